import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Runs a program of somebody else's over files of ours, and returns what it prints on both streams.
 *
 * @param files what to write, by name; the arguments name them
 * @throws with the output, when the program does not exit with 0
 */
export function runTool(
  program: string,
  args: readonly string[],
  files: Readonly<Record<string, Uint8Array | string>> = {},
): string {
  const folder = mkdtempSync(join(tmpdir(), 'x509-test-'))
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
    const run = spawnSync('sh', ['-c', '"$0" "$@" 2>&1', program, ...args], { cwd: folder, encoding: 'utf8' })
    if (run.status !== 0) throw new Error(`${program} failed: ${run.stdout}`)
    return run.stdout
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
