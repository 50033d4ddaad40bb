import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { ApduCard } from '../../card/apdu/apdu-card.ts'
import { ChainedAnswers } from './chained-answers.ts'

export interface VpcdConnectionOptions {
  /** Where vpcd's reader waits for its card. */
  readonly host?: string
  readonly port?: number
  /** Milliseconds to wait for the connection, 5,000 by default. */
  readonly timeout?: number
  /** Begins answers before the command is there, see below. */
  readonly isQuick?: boolean
}

/** A card that lies in a reader of this computer. */
export interface PluggedCard {
  /** Resolves when the card has left the reader, whoever ended it; rejects where the reader spoke no vpcd. */
  readonly unplugged: Promise<void>
  /** Takes the card out after the command that it carries out, whether or not the reader takes note of it. */
  unplug(): Promise<void>
}

/** The port of vpcd's first reader. */
const defaultPort = 35_963
const defaultTimeout = 5_000
/** Milliseconds that the reader has to take note of a removal. */
const farewellTime = 1_000

/** Messages of one byte drive the card's contacts; all others are commands (vsmartcard, vpcd). */
const control = { powerOff: 0, powerOn: 1, reset: 2, answerToReset: 4 } as const

const lengthBytes = 2
/** ISO/IEC 7816-4 §5.1: a command has a header of four bytes at the least. */
const shortestCommand = 4
/** Of an answer whose length has 0 for its first byte. */
const longestAnnounced = 0xff
const longestAnswer = 0xffff

interface Message {
  readonly content: Uint8Array
  /** Whether the first byte of the answer's length, a 0, is sent already. */
  readonly isAnnounced: boolean
}

/**
 * Puts a card into the virtual reader of vpcd, through which every program that speaks PC/SC sees it. Messages go both ways
 * behind two bytes of length, most significant first; the card answers commands and the question for its answer to
 * reset, one after another.
 *
 * vpcd up to 3.3 writes length and content apart, so that its system holds the content back until ours acknowledges the
 * length, which it puts off for 40 ms in the hope of an answer to go along (RFC 896, RFC 1122 §4.2.3.2). A quick card
 * therefore sends the first byte of its answer's length once the length of a command has come alone: it carries the
 * acknowledgement. Longer answers go by GET RESPONSE then. The price: pcscd was seen to miss the removal of a card that had
 * begun an answer, hung, and was taken out then.
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
  const unplugged = serve(socket, card, options.isQuick ?? false)
  // Whoever only unplugs must not be ended by a rejection that nobody awaits.
  unplugged.catch(() => undefined)
  return {
    unplugged,
    async unplug() {
      socket.end()
      // A reader that hangs answers no farewell.
      const timer = setTimeout(() => socket.destroy(), farewellTime)
      await unplugged.finally(() => clearTimeout(timer))
    },
  }
}

async function serve(socket: Socket, card: ApduCard, isQuick: boolean): Promise<void> {
  const answers = new ChainedAnswers(card)
  try {
    for await (const message of messagesOf(socket, isQuick)) {
      const answer = await answerTo(message, card, answers)
      if (answer !== undefined && !socket.writableEnded) await send(socket, answer, message.isAnnounced)
    }
  } catch (error) {
    // The reader's end is how a card is pulled: pcscd goes away without ceremony.
    if (!isDisconnection(error)) throw error
  } finally {
    socket.destroy()
    answers.forget()
    await card.reset()
  }
}

async function* messagesOf(socket: Socket, isQuick: boolean): AsyncGenerator<Message> {
  let received: Buffer = Buffer.alloc(0)
  let isAnnounced = false
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk])
    while (received.length >= lengthBytes && received.length >= lengthBytes + received.readUInt16BE(0)) {
      const end = lengthBytes + received.readUInt16BE(0)
      yield { content: received.subarray(lengthBytes, end), isAnnounced }
      isAnnounced = false
      received = received.subarray(end)
    }
    const isLengthAlone = received.length === lengthBytes && received.readUInt16BE(0) >= shortestCommand
    if (isQuick && isLengthAlone && !isAnnounced && !socket.writableEnded) {
      socket.write(Buffer.of(0))
      isAnnounced = true
    }
  }
}

/** Nothing for what vpcd expects no answer to. */
async function answerTo(
  { content, isAnnounced }: Message,
  card: ApduCard,
  answers: ChainedAnswers,
): Promise<Uint8Array | undefined> {
  if (content.length > 1) {
    const answer = await answers.transmit(content, isAnnounced ? longestAnnounced : longestAnswer)
    content.fill(0)
    return answer
  }
  switch (content[0]) {
    case control.powerOff:
    case control.powerOn:
    case control.reset:
      answers.forget()
      await card.reset()
      return undefined
    case control.answerToReset:
      return Buffer.from(card.answerToReset, 'hex')
    default:
      return undefined
  }
}

/** One write, so that nothing of it waits for an acknowledgement. */
async function send(socket: Socket, answer: Uint8Array, isAnnounced: boolean): Promise<void> {
  const framed = Buffer.alloc(lengthBytes + answer.length)
  framed.writeUInt16BE(answer.length)
  framed.set(answer, lengthBytes)
  if (!socket.write(isAnnounced ? framed.subarray(1) : framed)) await untilDrained(socket)
}

/** Also where the reader has gone instead of taking the rest. */
async function untilDrained(socket: Socket): Promise<void> {
  const done = new AbortController()
  const { signal } = done
  try {
    await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })])
  } finally {
    done.abort()
  }
}

/** The last two are for a line that this side has cut. */
const disconnections: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ECANCELED',
])

function isDisconnection(error: unknown): boolean {
  return error instanceof Error && 'code' in error && disconnections.has(String(error.code))
}
