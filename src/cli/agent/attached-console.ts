import { chmod, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { AgentConsole } from '../../client/agent/agent-console.ts'
import { AgentError } from '../../client/agent/agent-error.ts'

/** What an agent without a terminal says to the one that is attached to it, a line of JSON each. */
export type ConsoleMessage =
  | { readonly show: string }
  | { readonly ask: number; readonly question: string }
  | { readonly withdraw: number }

/** A terminal that comes and goes, by a socket in a folder that only the user can reach. */
export class AttachedConsole implements AgentConsole {
  readonly #server: Server
  readonly #answers = new Map<number, (isYes: boolean) => void>()
  #terminal: Socket | null = null
  #count = 0

  constructor() {
    this.#server = createServer(socket => this.#attach(socket))
  }

  /** @param socket the path of a socket, which may have been left behind by an agent that was killed */
  async listen(socket: string): Promise<void> {
    await rm(socket, { force: true })
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(socket, resolve)
    })
    await chmod(socket, 0o600)
  }

  show(text: string): boolean {
    return this.#say({ show: text })
  }

  async confirm(question: string, signal: AbortSignal): Promise<boolean> {
    this.#count += 1
    const id = this.#count
    if (signal.aborted || !this.#say({ ask: id, question })) {
      throw new AgentError(
        'nobody-at-terminal',
        'The agent has no terminal to ask its user at. Attach one: cardinal agent attach.',
      )
    }
    return await new Promise<boolean>(resolve => {
      const withdraw = () => {
        this.#say({ withdraw: id })
        finish(false)
      }
      const finish = (isYes: boolean) => {
        this.#answers.delete(id)
        signal.removeEventListener('abort', withdraw)
        resolve(isYes)
      }
      this.#answers.set(id, finish)
      signal.addEventListener('abort', withdraw)
    })
  }

  close(): void {
    this.#terminal?.destroy()
    this.#server.close()
  }

  #attach(socket: Socket): void {
    socket.on('error', () => undefined)
    if (this.#terminal !== null) {
      socket.end(
        `${JSON.stringify({ show: 'Another terminal is attached to the agent. Close it first.' })}\n`,
      )
      return
    }
    this.#terminal = socket
    this.#say({ show: 'Attached to the agent. Codes and questions come here; Ctrl-C lets go.' })
    createInterface({ input: socket }).on('line', line => this.#hear(line))
    socket.once('close', () => {
      this.#terminal = null
      for (const answer of [...this.#answers.values()]) answer(false)
    })
  }

  #hear(line: string): void {
    const [, id, answer] = /^(\d{1,9}) (yes|no)$/.exec(line) ?? []
    this.#answers.get(Number(id))?.(answer === 'yes')
  }

  #say(message: ConsoleMessage): boolean {
    if (this.#terminal === null) return false
    this.#terminal.write(`${JSON.stringify(message)}\n`)
    return true
  }
}
