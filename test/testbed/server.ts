import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { EventEmitter, once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CardinalClient, createCardinalClient } from '../../src/client/library/create-cardinal-client.ts'

/** Settings by their names in the environment. */
export type Settings = Readonly<Record<string, string>>

export interface ServerOptions {
  /** Beside, or instead of, the ones that every test server has. */
  readonly settings?: Settings
  /** A data folder that is there already and belongs to somebody else; otherwise a new one, removed at the end. */
  readonly dataDir?: string
  /** A program, with its arguments, that becomes the server: it gets the command line after its own. */
  readonly launcher?: readonly string[]
  /** What stands before the data folder's path where this process sees it elsewhere than the server does. */
  readonly root?: string
}

export interface TestServer {
  readonly url: string
  readonly dataDir: string
  readonly settings: Settings
  /** Of the process that runs now. */
  processId(): number
  /** Everything that it has said so far, in all its lives: stdout and the log. */
  output(): string
  /**
   * Resolves to what matches in its output from this place on, once it has said it: what is logged before an answer comes
   * over a pipe of its own, and so at times after the answer.
   */
  untilSaid(pattern: RegExp, from?: number): Promise<RegExpExecArray>
  passwordOf(user: string): Promise<string>
  /** A client that repeats nothing. */
  clientOf(user: string): Promise<CardinalClient>
  /** Ends it as a power cut does; resolves once it is gone. */
  kill(): Promise<void>
  /** Tells it to stop; resolves to its exit code. */
  stop(): Promise<number | null>
  /** Starts it again on the same data folder and port. */
  restart(): Promise<void>
  /** Kills it where it runs, and removes what it left. Happens by itself when the test process dies. */
  remove(): Promise<void>
}

export const cardinalCommand = fileURLToPath(new URL('../../src/cli/cardinal.ts', import.meta.url))

/** The first start makes the CAs; keys of this kind take no time. */
const quickKeys = { CARDINAL_CERTIFICATION_AUTHORITY_KEY_ALGORITHM: 'EC-P256' }

const patience = 60_000

/** Starts the product as a process of its own, and waits until it is ready. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cardinal-e2e-'))
  const watchdog = startWatchdog(folder)
  const port = await freePort()
  const dataDir = options.dataDir ?? path.join(folder, 'data')
  const settings = {
    CARDINAL_PORT: String(port),
    CARDINAL_DATA_DIR: dataDir,
    ...quickKeys,
    ...options.settings,
  }
  const scheme = 'CARDINAL_TLS_CERTIFICATE_FILE' in settings ? 'https' : 'http'
  const url = `${scheme}://127.0.0.1:${settings.CARDINAL_PORT}`
  let output = ''
  const voice = new EventEmitter()
  let running: ChildProcess | null = null

  async function start(): Promise<void> {
    const child = spawnCardinal(['serve'], settings, options.launcher)
    running = child
    watchdog.guard(child)
    const hear = (text: string) => {
      output += text
      voice.emit('heard')
    }
    child.stdout?.setEncoding('utf8').on('data', hear)
    child.stderr?.setEncoding('utf8').on('data', hear)
    await untilReady(child, url, () => output)
  }

  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    if (running === null) return null
    const child = running
    running = null
    const exit = child.exitCode ?? child.signalCode
    if (exit === null) {
      const closed = once(child, 'close')
      child.kill(signal)
      await closed
    }
    watchdog.guard(null)
    return child.exitCode
  }

  const accounts = async () =>
    parseAccounts(await readFile(path.join(options.root ?? '', dataDir, 'demo-accounts.json'), 'utf8'))
  const passwordOf = async (user: string) => {
    const account = (await accounts()).find(one => one.user === user)
    if (account === undefined) throw new Error(`There is no account ${user}.`)
    return account.password
  }
  const server: TestServer = {
    url,
    dataDir,
    settings,
    output: () => output,
    async untilSaid(pattern, from = 0) {
      const late = AbortSignal.timeout(patience)
      for (;;) {
        const found = pattern.exec(output.slice(from))
        if (found !== null) return found
        await once(voice, 'heard', { signal: late }).catch(() => {
          throw new Error(`The server did not say ${pattern}:\n${output.slice(-4000)}`)
        })
      }
    },
    processId: () => {
      if (running?.pid === undefined) throw new Error('The server does not run.')
      return running.pid
    },
    passwordOf,
    clientOf: async user =>
      createCardinalClient({
        baseUrl: url,
        credentials: { user, password: await passwordOf(user) },
        retries: 0,
      }),
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    restart: start,
    remove: async () => {
      await end('SIGKILL')
      await watchdog.end()
    },
  }
  try {
    await start()
  } catch (error) {
    await server.remove()
    throw error
  }
  return server
}

/** Runs `cardinal` with these settings and no others that this process may have. */
export function spawnCardinal(
  args: readonly string[],
  settings: Settings,
  launcher: readonly string[] = [],
): ChildProcess {
  const { PATH = '', TMPDIR = os.tmpdir(), NODE_COMPILE_CACHE } = process.env
  const [program = process.execPath, ...rest] = [...launcher, process.execPath, cardinalCommand, ...args]
  return spawn(program, rest, {
    cwd: os.tmpdir(),
    env: { PATH, TMPDIR, ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/**
 * A port that is free, that no outgoing connection gets while the server is down (systems give those higher ones), and that
 * no other test gets as long as this process lives: it is theirs who hold the port of UDP with the same number.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 15_000 + randomInt(17_000)
    const claim = createSocket('udp4').unref()
    const isOurs = await succeeds(claim, () => claim.bind({ port, address: '127.0.0.1', exclusive: true }))
    if (!isOurs) continue
    const probe = createServer()
    const isFree = await succeeds(probe, () => probe.listen(port, '127.0.0.1'))
    if (isFree) await new Promise(resolve => probe.close(resolve))
    if (isFree) return port
    claim.close()
  }
}

/** Whether it comes to listen. */
function succeeds(listener: EventEmitter, begin: () => unknown): Promise<boolean> {
  return new Promise(resolve => {
    listener.once('error', () => resolve(false)).once('listening', () => resolve(true))
    begin()
  })
}

async function untilReady(child: ChildProcess, url: string, output: () => string): Promise<void> {
  const started = output().length
  const late = AbortSignal.timeout(patience)
  await new Promise<void>((resolve, reject) => {
    const fail = () => reject(new Error(`The server did not start:\n${output().slice(started)}`))
    late.addEventListener('abort', fail)
    child.once('exit', fail)
    child.stdout?.on('data', () => {
      if (!output().slice(started).includes('serves on ')) return
      late.removeEventListener('abort', fail)
      child.removeListener('exit', fail)
      resolve()
    })
  })
  const readiness = await fetch(`${url}/health/ready`)
  if (readiness.status !== 200) throw new Error(`The server is not ready: ${await readiness.text()}`)
}

/**
 * A process that outlives this one for a moment: it kills the last server that it was told of and removes the folder
 * when its input ends, which the kernel sees to in whatever way this process ends.
 */
function startWatchdog(folder: string) {
  const script =
    'while read -r line; do server=$line; done; [ -n "$server" ] && kill -KILL "$server"; rm -rf "$1"'
  const watchdog = spawn('/bin/sh', ['-c', script, 'watchdog', folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  return {
    guard: (server: ChildProcess | null) => void watchdog.stdin.write(`${server?.pid ?? ''}\n`),
    async end() {
      if (watchdog.exitCode !== null) return
      const closed = once(watchdog, 'close')
      watchdog.stdin.end()
      await closed
    },
  }
}

export interface DemoAccount {
  readonly user: string
  readonly password: string
  readonly roles: readonly string[]
}

export function parseAccounts(text: string): DemoAccount[] {
  const parsed: unknown = JSON.parse(text)
  if (!Array.isArray(parsed)) throw new TypeError('The accounts are not a list.')
  return parsed.map(({ user, password, roles, ...others }) => {
    if (typeof user !== 'string' || typeof password !== 'string' || !Array.isArray(roles)) {
      throw new TypeError('An account lacks its user, password or roles.')
    }
    if (Object.keys(others).length > 0) throw new TypeError('An account has more than user, password, roles.')
    return { user, password, roles: roles.map(String) }
  })
}
