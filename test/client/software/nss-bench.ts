import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { parseKeyList } from '../../../src/client/software/nss-database.ts'

export const password = 'hunter 22'

/** An NSS database of its own, under a password. */
export async function newDatabase(t: TestContext, secret: string = password) {
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-nss-'))
  t.after(() => rm(folder, { recursive: true }))
  const directory = join(folder, 'db')
  const secretFile = join(folder, 'password')
  await mkdir(directory)
  await mkdir(join(folder, 'bin'))
  await writeFile(secretFile, `${secret}\n`)
  const { PATH = '' } = process.env
  const calls = join(folder, 'calls')
  // Each run writes down what everybody on the computer can see of it and of what started it.
  const real = spawnSync('sh', ['-c', 'command -v certutil'], { encoding: 'utf8' }).stdout.trim()
  const note = `cat /proc/$$/cmdline /proc/$PPID/cmdline | tr '\\0' ' ' >> '${calls}'; echo >> '${calls}'`
  await writeFile(join(folder, 'bin', 'certutil'), `#!/bin/sh\n${note}\nexec '${real}' "$@"\n`)
  await chmod(join(folder, 'bin', 'certutil'), 0o700)
  const certutil = (...args: readonly string[]) => {
    const all = [...args, '-d', `sql:${directory}`, '-f', secretFile]
    const { status, stdout, stderr } = spawnSync('certutil', all, { encoding: 'utf8' })
    return { status, stdout, stderr }
  }
  const run = (...args: readonly string[]) => {
    const { status, stdout, stderr } = certutil(...args)
    assert.equal(status, 0, `certutil ${args.join(' ')}: ${stderr}`)
    return stdout
  }
  if (secret === '') run('-N', '--empty-password')
  else run('-N')
  return {
    folder,
    directory,
    run,
    environment: { PATH: `${join(folder, 'bin')}:${PATH}` },
    calls: () => readFile(calls, 'utf8'),
    keys: () => parseKeyList(certutil('-K').stdout),
    /** A key without a certificate, as somebody else's program makes one. */
    makeForeignKey() {
      run('-G', '-k', 'ec', '-q', 'nistp256', '-z', secretFile)
    },
    trust: (nickname: string) =>
      run('-L')
        .split('\n')
        .find(line => line.startsWith(nickname))
        ?.slice(nickname.length)
        .trim(),
  }
}
export type TestDatabase = Awaited<ReturnType<typeof newDatabase>>
