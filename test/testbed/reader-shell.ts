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
 * it, and it ends with this process.
 */
export async function startReaderShell(options: ReaderShellOptions): Promise<ReaderShell> {
  const srv = path.join(options.folder, 'srv')
  const folder = path.join(srv, 'cardinal')
  const [hosts, typedFile, outputFile, logFile] = ['hosts', 'typed', 'output', 'log'].map(name =>
    path.join(options.folder, name),
  )
  await mkdir(folder, { recursive: true })
  const lines = Object.entries({ localhost: '127.0.0.1', ...options.hosts })
  await writeFile(String(hosts), lines.map(([name, address]) => `${address} ${name}\n`).join(''))
  const shell = spawn('unshare', ['--mount', '/bin/bash', '--noprofile', '--norc'], {
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
    await writeFile(String(typedFile), typed, { mode: 0o600 })
    const code = await execute(`{ ${command}\n} < '${typedFile}' > '${outputFile}' 2>&1`)
    return { output: await readFile(String(outputFile), 'utf8'), code }
  }

  const prepared = await execute(
    `trap 'kill $(jobs -p) 2> /dev/null' EXIT; mount --bind '${srv}' /srv && mount --bind '${hosts}' /etc/hosts && cd /srv/cardinal`,
  )
  if (prepared !== 0) throw new Error('The shell could not be given a /srv and an /etc/hosts of its own.')

  return {
    folder,
    run,
    async serve(command) {
      const untilItSaidAll = `while IFS= read -r -u "$server" line; do echo "$line"; [[ $line == *'Sign in'* ]] && break; done`
      const { output } = await run(`exec {server}< <(exec ${command} 2> '${logFile}'); ${untilItSaidAll}`)
      return output
    },
    log: () => readFile(String(logFile), 'utf8'),
    async stop() {
      const ended = once(shell, 'exit')
      shell.stdin.end('wait_for=$!; kill $wait_for 2> /dev/null; wait $wait_for 2> /dev/null\nexit 0\n')
      await ended
    },
  }
}
