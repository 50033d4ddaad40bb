import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

export interface WatchedPrograms {
  /** Goes first in PATH. */
  readonly folder: string
  /** What each program was called, given and surrounded by, and what lay in its folder when it had ended. */
  calls(): Promise<readonly WatchedCall[]>
}

export interface WatchedCall {
  readonly program: string
  /** As /proc/PID/cmdline and /proc/PID/environ show them to others. */
  readonly visible: Buffer
  readonly folder: string
  readonly folderMode: string
  readonly files: Buffer
}

const programs = ['createprimary', 'startauthsession', 'create', 'load', 'unseal', 'flushcontext']

/** Puts before tpm2-tools scripts of the same names, which write down what can be seen of them and run them. */
export async function watchPrograms(t: TestContext): Promise<WatchedPrograms> {
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-watched-'))
  t.after(() => rm(folder, { recursive: true }))
  const log = join(folder, 'log')
  await mkdir(log)
  for (const name of programs) {
    const program = join(folder, `tpm2_${name}`)
    await writeFile(program, script(log, name))
    await chmod(program, 0o755)
  }
  return {
    folder,
    async calls() {
      const names = (await readdir(log)).sort()
      return await Promise.all(names.map(name => readCall(join(log, name))))
    },
  }
}

function script(log: string, name: string): string {
  return `#!/bin/bash
call=${log}/$(date +%s%N)
mkdir $call
echo -n tpm2_${name} >$call/program
cat /proc/$$/cmdline /proc/$$/environ >$call/visible
pwd >$call/folder
stat -c %a . >$call/mode
/usr/bin/tpm2_${name} "$@"
status=$?
cat ./* >$call/files 2>/dev/null
exit $status
`
}

async function readCall(place: string): Promise<WatchedCall> {
  const text = async (name: string) => (await readFile(join(place, name), 'utf8')).trim()
  return {
    program: await text('program'),
    visible: await readFile(join(place, 'visible')),
    folder: await text('folder'),
    folderMode: await text('mode'),
    files: await readFile(join(place, 'files')),
  }
}
