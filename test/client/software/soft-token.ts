import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Environment } from '../../../src/client/software/run-program.ts'

const folders = ['/usr/lib/softhsm', '/usr/lib64/softhsm', '/usr/local/lib/softhsm']
export const softHsm = folders.map(each => join(each, 'libsofthsm2.so')).find(existsSync) ?? 'libsofthsm2.so'
/** Has letters that no hexadecimal number has, so that none of those beside it in a command line ever contains it. */
export const tokenPin = 'orchid-73904'

/** SoftHSM with tokens of its own. */
export interface SoftToken {
  readonly folder: string
  readonly environment: Environment & { readonly SOFTHSM2_CONF: string; readonly PATH: string }
  /** Another token beside the first one. */
  initialize(label: string): void
  /** Other settings of SoftHSM, by lines. */
  configure(...lines: readonly string[]): Promise<void>
  /** Runs pkcs11-tool to its success, logged in. @returns what it printed */
  tool(...args: readonly string[]): string
  /** CKA_IDs of the objects of a kind. */
  ids(type: 'privkey' | 'pubkey' | 'cert'): string[]
  /** A line of arguments for each time that pkcs11-tool was run with `environment`. */
  calls(): Promise<readonly string[]>
}

export async function newSoftToken(
  t: { after(hook: () => Promise<void>): void },
  label: string,
): Promise<SoftToken> {
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-token-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = (name: string) => join(folder, name)
  await mkdir(file('tokens'))
  await mkdir(file('bin'))
  const { PATH: systemPath = '' } = process.env
  // Each run writes down what everybody on the computer can see of it.
  const real = spawnSync('sh', ['-c', 'command -v pkcs11-tool'], { encoding: 'utf8' }).stdout.trim()
  const script = `#!/bin/sh\ntr '\\0' ' ' < /proc/$$/cmdline >> '${file('calls')}'; echo >> '${file('calls')}'\nexec '${real}' "$@"\n`
  await writeFile(file('bin/pkcs11-tool'), script)
  await chmod(file('bin/pkcs11-tool'), 0o700)
  const environment = { SOFTHSM2_CONF: file('softhsm2.conf'), PATH: `${file('bin')}:${systemPath}` }
  const run = (program: string, ...args: readonly string[]) => {
    const env = { ...environment, PATH: systemPath, TOKEN_PIN: tokenPin }
    const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8' })
    assert.equal(status, 0, `${program} ${args.join(' ')}: ${stderr}`)
    return stdout
  }
  const token: SoftToken = {
    folder,
    environment,
    initialize(name) {
      run(
        'softhsm2-util',
        '--init-token',
        '--free',
        '--label',
        name,
        '--so-pin',
        '12345678',
        '--pin',
        tokenPin,
      )
    },
    async configure(...lines) {
      const text = [`directories.tokendir = ${file('tokens')}`, 'log.level = ERROR', ...lines, '']
      await writeFile(environment.SOFTHSM2_CONF, text.join('\n'))
    },
    tool: (...args) =>
      run(
        'pkcs11-tool',
        '--module',
        softHsm,
        '--token-label',
        label,
        '--login',
        '--pin',
        'env:TOKEN_PIN',
        ...args,
      ),
    ids(type) {
      const listed = token.tool('--list-objects', '--type', type)
      return [...listed.matchAll(/^ {2}ID: +([0-9a-f]+)$/gm)].map(([, id = '']) => id)
    },
    async calls() {
      const text = await readFile(file('calls'), 'utf8').catch(() => '')
      return text.split('\n').filter(line => line !== '')
    },
  }
  await token.configure()
  token.initialize(label)
  return token
}
