import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

const patience = 60_000

/**
 * Resolves once a server takes connections there. Throws what `explain` says where that takes too long, or as soon as
 * the server is gone.
 */
export async function untilAccepting(
  server: { readonly exitCode: number | null; readonly signalCode: string | null },
  target: { readonly host: string; readonly port: number },
  explain: () => string,
): Promise<void> {
  const deadline = Date.now() + patience
  while (!(await accepts(target))) {
    if (server.exitCode !== null || server.signalCode !== null || Date.now() > deadline)
      throw new Error(explain())
    await delay(20)
  }
}

function accepts(target: { readonly host: string; readonly port: number }): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(target)
    const answer = (isOpen: boolean) => {
      socket.destroy()
      resolve(isOpen)
    }
    socket.once('connect', () => answer(true)).once('error', () => answer(false))
  })
}
