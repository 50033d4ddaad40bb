import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Settings } from './server.ts'

/** The terminal of somebody who follows a page of the documentation, in /srv/cardinal. */
export interface ReaderShell {
  /** The folder that is /srv/cardinal for the shell, as it is called outside of it. */
  readonly folder: string
  /**
   * Runs a line as it stands; what is set and exported stays. The output is what a reader sees, of both streams.
   *
   * @param typed what the reader answers to questions
   */
  run(command: string, typed?: string): Promise<{ readonly output: string; readonly code: number }>
  /** Starts a server by a line that runs until it is told to stop, and returns what it says of itself. */
  serve(command: string): Promise<string>
  /** What that server has logged. */
  log(): Promise<string>
  stop(): Promise<void>
}

export interface ReaderShellOptions {
  /** An empty one, which is /srv for the shell. */
  readonly folder: string
  readonly environment: Settings
  /** Addresses by the names that lead to them here, beside localhost. */
  readonly hosts: Readonly<Record<string, string>>
}

/**
 * A shell with a /srv and an /etc/hosts of its own (mount_namespaces(7)), so that paths and names of hosts may stand in a
 * page as they are. It has no terminal: programs ask their questions on its standard input. What it started ends with
 * it, it ends with this process in whatever way, and then its folder is removed.
 */
export async function startReaderShell(options: ReaderShellOptions): Promise<ReaderShell> {
  const srv = path.join(options.folder, 'srv')
  const folder = path.join(srv, 'cardinal')
  const file = (name: string) => path.join(options.folder, name)
  await mkdir(folder, { recursive: true })
  const lines = Object.entries({ localhost: '127.0.0.1', ...options.hosts })
  await writeFile(file('hosts'), lines.map(([name, address]) => `${address} ${name}\n`).join(''))
  // Whoever is not root may mount in a namespace of their own users (user_namespaces(7)), where the system lets them.
  const namespaces = process.getuid?.() === 0 ? ['--mount'] : ['--mount', '--map-root-user']
  const shell = spawn('unshare', [...namespaces, '/bin/bash', '--noprofile', '--norc'], {
    detached: true,
    env: { LC_ALL: 'C.UTF-8', HOME: options.folder, ...options.environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const codes = createInterface({ input: shell.stdout })[Symbol.asyncIterator]()

  async function execute(line: string): Promise<number> {
    shell.stdin.write(`${line}\necho "$?"\n`)
    const { value } = await codes.next()
    if (value === undefined) throw new Error(`The shell ended at: ${line}`)
    return Number(value)
  }

  async function run(command: string, typed = '') {
    await writeFile(file('typed'), typed, { mode: 0o600 })
    const code = await execute(`{ ${command}\n} < '${file('typed')}' > '${file('output')}' 2>&1`)
    return { output: await readFile(file('output'), 'utf8'), code }
  }

  const prepared = await execute(
    [
      `trap 'kill $server_process 2> /dev/null; wait $server_process; rm -rf "${options.folder}"' EXIT`,
      `mount --bind '${srv}' /srv`,
      `mount --bind '${file('hosts')}' /etc/hosts`,
      'cd /srv/cardinal',
    ].join(' && '),
  )
  if (prepared !== 0) throw new Error('The shell could not be given a /srv and an /etc/hosts of its own.')

  return {
    folder,
    run,
    async serve(command) {
      const start = `exec {server}< <(exec ${command} 2> '${file('log')}'); server_process=$!`
      const untilItSaidAll = `while IFS= read -r -u "$server" line; do echo "$line"; [[ $line == *'with a name and password'* ]] && break; done`
      const { output } = await run(`${start}; ${untilItSaidAll}`)
      return output
    },
    log: () => readFile(file('log'), 'utf8'),
    async stop() {
      const ended = once(shell, 'exit')
      shell.stdin.end()
      await ended
    },
  }
}
