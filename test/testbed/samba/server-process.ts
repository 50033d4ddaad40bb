import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { untilAccepting } from './until-accepting.ts'

export interface ServerProcess {
  /** Resolves once it takes connections on every port. */
  start(): Promise<void>
  kill(): Promise<void>
  /** Kills it and removes the folder. */
  remove(): Promise<void>
}

/** One process for everything, so that killing it leaves nothing behind. */
export function createServerProcess(options: {
  readonly folder: string
  readonly address: string
  readonly ports: readonly number[]
}): ServerProcess {
  const { folder, address, ports } = options
  const output = path.join(folder, 'output')
  const keeper = startKeeper(folder)
  let running: ChildProcess | null = null

  async function start(): Promise<void> {
    const log = openSync(output, 'a')
    const child = spawn(
      '/usr/sbin/samba',
      ['--interactive', '--model=single', '--no-process-group', `--configfile=${folder}/smb.conf`],
      // It ends by itself when its input does: the kernel closes that pipe even when the test process was killed.
      { cwd: folder, stdio: ['pipe', log, log], detached: true },
    )
    running = child
    for (const port of ports) {
      await untilAccepting(
        child,
        { host: address, port },
        () => `Samba did not start:\n${readFileSync(output, 'utf8')}`,
      )
    }
  }

  async function kill(): Promise<void> {
    const child = running
    running = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  async function remove(): Promise<void> {
    await kill()
    const ended = once(keeper, 'exit')
    keeper.stdin.end()
    await ended
  }

  return { start, kill, remove }
}

/** Removes the folder when its own input ends, and so after the test process in whatever way that dies. */
function startKeeper(folder: string) {
  const script = 'read -r _; sleep 0.2; rm -rf "$1" || rm -rf "$1"'
  return spawn('/bin/sh', ['-c', script, 'keeper', folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
}
