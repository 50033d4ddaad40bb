import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cardinalCommand, freePort } from '../../testbed/server.ts'

/** `cardinal agent` as a process, at a terminal of its own or at none. */
export interface AgentProcess {
  readonly port: number
  readonly url: string
  readonly stateFile: string
  readonly folder: string
  readonly processId: number
  /** Resolves to the first match in what it says from now on; what matched is not looked at again. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  /** Everything that it has said. */
  said(): string
  /** What the user types at its terminal, without the Enter. */
  type(line: string): void
  /** Runs `cardinal agent` with these operands beside it. */
  command(
    ...operands: readonly string[]
  ): Promise<{ readonly status: number | null; readonly output: string }>
  /** The terminal of another `cardinal agent attach`. */
  attach(): Promise<AgentTerminal>
  stop(): Promise<void>
}

export type AgentTerminal = Pick<AgentProcess, 'says' | 'said' | 'type' | 'stop'>

export interface AgentOptions {
  readonly origins: readonly string[]
  /** PCSCLITE_CSOCK_NAME. */
  readonly socket?: string
  readonly hasTerminal?: boolean
  readonly settings?: Readonly<Record<string, string>>
}

const patience = 60_000
const { PATH = '' } = process.env

export async function startAgent(options: AgentOptions): Promise<AgentProcess> {
  const { origins, socket, hasTerminal = true } = options
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-agent-'))
  const port = await freePort()
  const environment = {
    PATH,
    XDG_STATE_HOME: folder,
    LC_ALL: 'C.UTF-8',
    ...(socket !== undefined && { PCSCLITE_CSOCK_NAME: socket }),
    ...options.settings,
  }
  const allowed = origins.flatMap(origin => ['--allow-origin', origin])
  const launch = (args: readonly string[], atTerminal: boolean) =>
    startTerminal([process.execPath, cardinalCommand, 'agent', ...args], environment, atTerminal)
  const agent = launch(['--port', String(port), ...allowed], hasTerminal)
  await agent.says(/The agent serves .*\.\r?\n/)
  return {
    ...agent,
    port,
    url: `http://127.0.0.1:${port}`,
    folder,
    stateFile: join(folder, 'cardinal', 'agent', 'origins.json'),
    async command(...operands) {
      const child = launch(operands, false)
      return { status: await child.exited, output: child.said() }
    },
    async attach() {
      const terminal = launch(['attach'], true)
      await terminal.says(/Attached to the agent/)
      return terminal
    },
    async stop() {
      await agent.stop()
      await rm(folder, { recursive: true })
    },
  }
}

/** script(1) gives a program a terminal whose keyboard and screen are our pipes. */
function startTerminal(command: readonly string[], env: Record<string, string>, atTerminal: boolean) {
  const quoted = command.map(word => `'${word}'`).join(' ')
  const child = atTerminal
    ? spawn('script', ['-qfec', `exec ${quoted}`, '/dev/null'], { env })
    : spawn(command[0] ?? '', command.slice(1), { env })
  let said = ''
  let seen = 0
  const hear = (text: string) => {
    said += text
  }
  child.stdout.setEncoding('utf8').on('data', hear)
  child.stderr.setEncoding('utf8').on('data', hear)
  const exited = once(child, 'close').then(([status]) => (typeof status === 'number' ? status : null))
  return {
    exited,
    processId: child.pid ?? 0,
    said: () => said,
    says: (pattern: RegExp) =>
      new Promise<RegExpExecArray>((resolve, reject) => {
        const fail = () => reject(new Error(`It did not say ${pattern}:\n${said}`))
        const timer = setTimeout(fail, patience)
        const check = () => {
          const match = pattern.exec(said.slice(seen))
          if (match === null) return
          seen += match.index + match[0].length
          clearTimeout(timer)
          child.stdout.off('data', check)
          child.stderr.off('data', check)
          child.off('close', fail)
          resolve(match)
        }
        child.stdout.on('data', check)
        child.stderr.on('data', check)
        child.once('close', fail)
        check()
      }),
    type: (line: string) => void child.stdin.write(`${line}\n`),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await exited
    },
  }
}
