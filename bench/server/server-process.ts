import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const startScript = fileURLToPath(new URL('../../scripts/cardinal.mjs', import.meta.url))

export interface ServerProcess extends AsyncDisposable {
  readonly url: string
  readonly dataDir: string
  /** Megabytes of 10^6 bytes, as the kernel counts them. Linux only. */
  memory(): Promise<{ readonly resident: number; readonly peak: number }>
  /** Milliseconds that the processor spent on it since it started. Linux only. */
  processorTime(): Promise<number>
  passwordOf(user: string): Promise<string>
}

/**
 * Starts the product as a user does, on a port of its own choice; on leaving the scope it is told to stop and waited
 * for.
 *
 * @param options.environment settings beside the data folder
 * @param options.script what runs instead of the product, with its arguments; it has to say where it serves
 */
export async function startServerProcess(options: {
  readonly dataDir: string
  readonly environment?: Readonly<Record<string, string>>
  readonly script?: readonly string[]
}): Promise<ServerProcess> {
  const { dataDir } = options
  const child = spawn(process.execPath, [...(options.script ?? [startScript, 'serve'])], {
    env: { ...process.env, CARDINAL_DATA_DIR: dataDir, CARDINAL_PORT: '0', ...options.environment },
    // The log is discarded, but not before the server has written it.
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const exit = once(child, 'exit')
  const url = await urlFromBanner(child)
  return {
    url,
    dataDir,
    memory: () => readMemory(child),
    processorTime: () => readProcessorTime(child),
    async passwordOf(user) {
      const accounts: { user: string; password: string }[] = JSON.parse(
        await readFile(join(dataDir, 'demo-accounts.json'), 'utf8'),
      )
      const account = accounts.find(one => one.user === user)
      if (account === undefined) throw new Error(`The demo organisation has no account ${user}.`)
      return account.password
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await exit
    },
  }
}

async function urlFromBanner({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('The server has no standard output.')
  let said = ''
  for await (const chunk of stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    said += chunk
    const url = /serves on (\S+)\n/.exec(said)?.[1]
    if (url === undefined) continue
    stdout.resume()
    return url
  }
  throw new Error(`The server ended before it listened. It said: ${said}`)
}

/** proc_pid_status(5): VmRSS and its high-water mark, in units of 1024 bytes. */
async function readMemory({ pid }: ChildProcess): Promise<{ resident: number; peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const megabytes = (field: string) => {
    const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]
    if (kibibytes === undefined) throw new Error(`/proc/${pid}/status does not say ${field}.`)
    return (Number(kibibytes) * 1024) / 1e6
  }
  return { resident: megabytes('VmRSS'), peak: megabytes('VmHWM') }
}

/** proc_pid_stat(5): user and system time, fields 14 and 15, in ticks of 10 ms. */
async function readProcessorTime({ pid }: ChildProcess): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The second field, the name in parentheses, may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
