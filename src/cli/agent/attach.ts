import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { UsageError } from '../usage-error.ts'
import { agentFiles } from './agent-files.ts'
import type { ConsoleMessage } from './attached-console.ts'
import { TerminalConsole } from './terminal-console.ts'

/** Lends this terminal to an agent that has none, until either ends. Throws UsageError. */
export async function attach(): Promise<void> {
  const { controlSocket } = agentFiles()
  if (controlSocket === null) throw new UsageError('On Windows run the agent in a terminal of its own.')
  if (!process.stdin.isTTY) throw new UsageError('There is no terminal here to answer at.')
  const socket = connect(controlSocket)
  try {
    await once(socket, 'connect')
  } catch {
    throw new UsageError('No agent without a terminal runs here. Start one: cardinal agent.')
  }
  const terminal = new TerminalConsole()
  const open = new Map<number, AbortController>()
  const ask = async (id: number, question: string) => {
    const withdrawn = new AbortController()
    open.set(id, withdrawn)
    // What cannot be asked is not agreed to; the others stay open.
    const isYes = await terminal.confirm(question, withdrawn.signal).catch(() => false)
    open.delete(id)
    socket.write(`${id} ${isYes ? 'yes' : 'no'}\n`)
  }
  createInterface({ input: socket }).on('line', line => {
    const message: ConsoleMessage = JSON.parse(line)
    if ('show' in message) terminal.show(message.show)
    else if ('withdraw' in message) open.get(message.withdraw)?.abort()
    else void ask(message.ask, message.question)
  })
  await Promise.race([once(socket, 'close'), terminal.closed])
  socket.destroy()
  terminal.close()
}
