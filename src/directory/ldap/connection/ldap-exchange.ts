import type { Socket } from 'node:net'
import { closedByServer } from './advice-on-connection.ts'
import { BerError, berTag, readBerElement } from './ber-element.ts'
import { type LdapAnswer, parseAnswer } from './ldap-message.ts'

/** Requests and their answers one after another, on a connection that no client has taken over yet. */
export interface LdapExchange extends Disposable {
  /**
   * @param kind of the answer
   * @param request with this number in it
   * @throws Error where the connection ends; BerError for an answer that is none
   */
  ask(kind: LdapAnswer['kind'], messageId: number, request: Uint8Array): Promise<LdapAnswer>
  /** Nothing came but the answers. */
  readonly isDrained: boolean
}

/** Octets; the answers to a bind have some hundreds. */
const longestMessage = 1 << 16

/** Disposing of it leaves the socket, with all that the last answer was not part of, to whoever comes next. */
export function openExchange(socket: Socket): LdapExchange {
  let received: Buffer = Buffer.alloc(0)
  let waiting: PromiseWithResolvers<LdapAnswer> | null = null
  let end: Error | null = null

  /** What nobody waits for stays in the socket. */
  function read(): void {
    while (waiting !== null) {
      const chunk: Buffer | null = socket.read()
      if (chunk === null) return
      received = Buffer.concat([received, chunk])
      answer()
    }
  }

  function answer(): void {
    if (waiting === null) return
    const { resolve, reject } = waiting
    try {
      if (received.length > 0 && received[0] !== berTag.sequence) throw new BerError('This is no LDAP.')
      const message = readBerElement(received, longestMessage)
      if (message === null && end === null) return
      waiting = null
      if (message === null) throw end
      received = received.subarray(message.size)
      resolve(parseAnswer(message.content))
    } catch (error) {
      waiting = null
      reject(error)
    }
  }

  const fail = (error: Error) => {
    end ??= error
    answer()
  }
  const ended = () => fail(new Error(closedByServer))
  socket.on('readable', read).on('error', fail).on('end', ended).on('close', ended)

  return {
    async ask(kind, messageId, request) {
      const answering = Promise.withResolvers<LdapAnswer>()
      waiting = answering
      if (end === null) socket.write(request)
      answer()
      read()
      const found = await answering.promise
      // RFC 4511 §4.4: what a server says unasked has the number 0.
      if (found.kind === 'extended' && found.messageId === 0) {
        throw new Error(`The server ends the connection: ${found.diagnosticMessage || found.resultCode}`)
      }
      if (found.kind !== kind || found.messageId !== messageId) {
        throw new BerError('The server answered something else than what it was asked.')
      }
      return found
    },
    get isDrained() {
      return received.length === 0 && socket.readableLength === 0
    },
    [Symbol.dispose]() {
      socket.off('readable', read).off('error', fail).off('end', ended).off('close', ended)
      if (received.length > 0 && !socket.readableEnded && !socket.destroyed) socket.unshift(received)
    },
  }
}
