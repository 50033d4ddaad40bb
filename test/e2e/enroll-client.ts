import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cardinalCommand, type TestServer } from '../testbed/server.ts'
import { type CommandResult, resultOf } from './command.ts'

export const pin = '73904182'
export const passphrase = 'correct horse battery'
const signalAfterLines = fileURLToPath(new URL('signal-after-lines.ts', import.meta.url))

/** Somebody's computer: their files, and their state folder. */
export interface Workstation {
  readonly folder: string
  file(name: string): string
  /** Options that sign this user in. */
  readonly signIn: readonly string[]
  /** Runs `cardinal` to its end. */
  cardinal(...args: readonly string[]): Promise<CommandResult & { readonly signal: NodeJS.Signals | null }>
  /**
   * Runs `cardinal` at a terminal, and types each answer once its question is there. Resolves to what the terminal showed.
   */
  talk(
    args: readonly string[],
    dialogue: readonly (readonly [question: RegExp, answer: string])[],
  ): Promise<{ readonly code: number | null; readonly shown: string }>
  /** Runs `cardinal` and kills it in what follows so many lines, before one more. Resolves to whether it ended before. */
  killAfter(lines: number, ...args: readonly string[]): Promise<boolean>
  /** Runs `cardinal` and presses Ctrl-C when it has said so many lines. */
  interruptAfter(
    lines: number,
    ...args: readonly string[]
  ): Promise<{ readonly signal: NodeJS.Signals | null; readonly stderr: string }>
  /** Everything that lies in journals. */
  journals(): Promise<string>
  remove(): Promise<void>
}

export async function newWorkstation(
  server: TestServer,
  user: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Workstation> {
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-enroll-'))
  const file = (name: string) => join(folder, name)
  await writeFile(file('password'), `${await server.passwordOf(user)}\n`)
  await writeFile(file('pin'), `${pin}\n`)
  await writeFile(file('passphrase'), `${passphrase}\n`)
  const { PATH = '', NODE_COMPILE_CACHE } = process.env
  const env = {
    PATH,
    HOME: folder,
    XDG_STATE_HOME: join(folder, 'state'),
    XDG_DATA_HOME: join(folder, 'share'),
    ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }),
    ...environment,
  }
  const run = async (args: readonly string[], before: readonly string[] = [], settings = {}) => {
    const child = spawn(process.execPath, [...before, cardinalCommand, ...args], {
      cwd: folder,
      env: { ...env, ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return { ...(await resultOf(child)), signal: child.signalCode }
  }
  const runUntil = (signal: 'SIGKILL' | 'SIGINT', lines: number, delay: number, args: readonly string[]) =>
    run(args, ['--import', signalAfterLines], { SIGNAL_AFTER_LINES: `${signal} ${lines} ${delay}` })
  return {
    folder,
    file,
    signIn: ['--server', server.url, '--user', user, '--password-file', file('password')],
    cardinal: (...args) => run(args),
    async talk(args, dialogue) {
      const quoted = [process.execPath, cardinalCommand, ...args].map(each => `'${each}'`).join(' ')
      const child = spawn('script', ['--quiet', '--return', '--command', quoted, '/dev/null'], {
        cwd: folder,
        env,
      })
      const left = [...dialogue]
      let shown = ''
      let unanswered = ''
      const hear = (text: string) => {
        shown += text
        unanswered += text
        const [next] = left
        if (next === undefined || !next[0].test(unanswered)) return
        left.shift()
        unanswered = ''
        child.stdin.write(`${next[1]}\r`)
      }
      child.stdout.setEncoding('utf8').on('data', hear)
      child.stderr.setEncoding('utf8').on('data', hear)
      await once(child, 'close')
      return { code: child.exitCode, shown }
    },
    killAfter: async (lines, ...args) => (await runUntil('SIGKILL', lines, 15, args)).signal === null,
    interruptAfter: (lines, ...args) => runUntil('SIGINT', lines, 0, args),
    async journals() {
      const place = join(folder, 'state', 'cardinal', 'requests')
      const names = await readdir(place).catch(() => [])
      const texts = await Promise.all(
        names.filter(name => name.endsWith('.json')).map(name => readFile(join(place, name), 'utf8')),
      )
      return texts.join('\n')
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
