import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { ApduCard } from '../../card/apdu/apdu-card.ts'

export interface VpcdConnectionOptions {
  /** Where vpcd's reader waits for its card. */
  readonly host?: string
  readonly port?: number
  /** Milliseconds to wait for the connection, 5,000 by default. */
  readonly timeout?: number
}

/** A card that lies in a reader of this computer. */
export interface PluggedCard {
  /** Resolves when the card has left the reader, whoever ended it; rejects where the reader spoke no vpcd. */
  readonly unplugged: Promise<void>
  /** Takes the card out after the command that it carries out. */
  unplug(): Promise<void>
}

/** The port of vpcd's first reader. */
const defaultPort = 35_963
const defaultTimeout = 5_000

/** Messages of one byte drive the card's contacts; all others are commands (vsmartcard, vpcd). */
const control = { powerOff: 0, powerOn: 1, reset: 2, answerToReset: 4 } as const

/**
 * Puts a card into the virtual reader of vpcd, through which every program that speaks PC/SC sees it. Messages go both ways
 * behind two bytes of length, most significant first; the card answers commands and the question for its answer to
 * reset, one after another.
 *
 * @throws Error where nothing listens there within the time
 */
export async function plugIntoVpcd(
  card: ApduCard,
  options: VpcdConnectionOptions = {},
): Promise<PluggedCard> {
  const socket = connect({
    host: options.host ?? '127.0.0.1',
    port: options.port ?? defaultPort,
    noDelay: true,
  })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(options.timeout ?? defaultTimeout) })
  } catch (error) {
    socket.destroy()
    throw error
  }
  const unplugged = serve(socket, card)
  // Whoever only unplugs must not be ended by a rejection that nobody awaits.
  unplugged.catch(() => undefined)
  return {
    unplugged,
    async unplug() {
      socket.end()
      await unplugged
    },
  }
}

async function serve(socket: Socket, card: ApduCard): Promise<void> {
  try {
    for await (const message of messagesOf(socket)) {
      const answer = await answerTo(message, card)
      if (answer !== undefined && !socket.writableEnded) await send(socket, answer)
    }
  } catch (error) {
    // The reader's end is how a card is pulled: pcscd goes away without ceremony.
    if (!isDisconnection(error)) throw error
  } finally {
    socket.destroy()
    await card.reset()
  }
}

async function* messagesOf(socket: Socket): AsyncGenerator<Uint8Array> {
  let received: Buffer = Buffer.alloc(0)
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk])
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0)
      yield received.subarray(2, end)
      received = received.subarray(end)
    }
  }
}

/** Nothing for what vpcd expects no answer to. */
async function answerTo(message: Uint8Array, card: ApduCard): Promise<Uint8Array | undefined> {
  if (message.length > 1) {
    const answer = await card.transmit(message)
    message.fill(0)
    return answer
  }
  switch (message[0]) {
    case control.powerOff:
    case control.powerOn:
    case control.reset:
      await card.reset()
      return undefined
    case control.answerToReset:
      return Buffer.from(card.answerToReset, 'hex')
    default:
      return undefined
  }
}

async function send(socket: Socket, message: Uint8Array): Promise<void> {
  const framed = Buffer.alloc(2 + message.length)
  framed.writeUInt16BE(message.length)
  framed.set(message, 2)
  if (!socket.write(framed)) await once(socket, 'drain')
}

function isDisconnection(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ECONNRESET', 'EPIPE'].includes(String(error.code))
}
