import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Runs a program that is not ours in a folder with these files; returns its exit status and all that it wrote. */
export function run(
  program: 'openssl' | 'certtool',
  commandLine: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): { status: number | null; output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'authority-'))
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
    const { status, stdout, stderr, error } = spawnSync(program, commandLine.split(' '), { cwd: folder })
    if (error) throw error
    return { status, output: `${stdout}${stderr}` }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** One or more DER objects under the same label, as `CERTIFICATE` (RFC 7468). */
export function pem(label: string, ...objects: readonly Uint8Array[]): string {
  return objects
    .map(der => {
      const lines =
        Buffer.from(der)
          .toString('base64')
          .match(/.{1,64}/g) ?? []
      return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
    })
    .join('')
}
