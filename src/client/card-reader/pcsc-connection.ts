import type { CardInterface as NativeCard } from 'smartcard'
import type { CardConnection } from '../../card/card-connection.ts'
import { CardError } from '../../card/card-error.ts'
import { cardErrorOf, pcscError } from './pcsc-error.ts'
import { noteUnanswered } from './unanswered-calls.ts'
import { withinTime } from './within-time.ts'

export interface PcscConnectionParts {
  readonly card: NativeCard
  /** Milliseconds that a command may take. */
  readonly timeLimit: number
  /** The value of the protocol T=0, and of the disposition that resets the card. */
  readonly constants: { readonly protocolT0: number; readonly resetCard: number }
  /** Whether the card is still in its reader, after the service had a moment to notice. */
  readonly isCardPresent: () => Promise<boolean>
  /** Whether letting go of the card would come to an end. */
  readonly isServiceAlive: () => Promise<boolean>
  /** Lets go of what the connection was made with. */
  readonly release: () => void
}

const generateKeyPairInstruction = 0x47
/** Slow cards make RSA keys in a minute or two. */
const keyGenerationFactor = 6
/** 65,536 bytes of data and the status word (ISO/IEC 7816-4 §5.1). */
const maximumResponseLength = 0x10002

/** What a reader says of a card that leaves in the midst of a command, and of one that is only dirty. */
const lineErrors: ReadonlySet<string> = new Set(['card-failure', 'not-connected', 'no-such-reader'])

/**
 * A card in a reader, held by this program alone. After a removal or a command out of time it is of no use any more. PC/SC cannot
 * call a command back: until the reader gives up or the card is pulled, one out of time keeps a thread, and so the process.
 */
export class PcscConnection implements CardConnection {
  readonly answerToReset: string
  readonly #parts: PcscConnectionParts
  #end: CardError | undefined
  #pending: Promise<unknown> = Promise.resolve()
  /** Since a command out of time, until its answer comes: that lets go of the card then. */
  #isUnanswered = false
  #isReleased = false

  constructor(parts: PcscConnectionParts) {
    this.#parts = parts
    this.answerToReset = Buffer.from(parts.card.atr ?? []).toString('hex')
  }

  /** One command after another. */
  readonly transmit = (command: Uint8Array): Promise<Uint8Array> => {
    const result = this.#pending.then(() => this.#exchange(command))
    this.#pending = result.catch(() => undefined)
    return result
  }

  async disconnect(): Promise<void> {
    await this.#pending
    this.#end = cardErrorOf('not-connected')
    if (this.#isUnanswered || this.#isReleased) return
    if (await this.#parts.isServiceAlive()) this.#release()
    else noteUnanswered(new Promise(() => undefined))
  }

  async #exchange(command: Uint8Array): Promise<Uint8Array> {
    if (this.#end !== undefined) throw new CardError(this.#end.code, this.#end.message)
    const { card, constants } = this.#parts
    const bytes = Buffer.from(card.protocol === constants.protocolT0 ? commandForT0(command) : command)
    const answer = card.transmit(bytes, { maxRecvLength: maximumResponseLength })
    bytes.fill(0)
    const isKeyGeneration = command[1] === generateKeyPairInstruction
    try {
      const response = await withinTime(
        answer,
        this.#parts.timeLimit * (isKeyGeneration ? keyGenerationFactor : 1),
      )
      // Some readers hand on nothing, and no error, for a card that leaves in the midst of a command.
      if (response.length < 2) throw new Error('No status word')
      return response
    } catch (error) {
      throw await this.#explain(error, answer)
    }
  }

  async #explain(error: unknown, answer: Promise<unknown>): Promise<CardError> {
    if (error instanceof CardError) {
      this.#end = error
      // The service waits for the card, and every other call for the service: letting go must wait too.
      this.#isUnanswered = true
      const release = () => this.#release()
      answer.then(release, release)
      return error
    }
    const meaning = pcscError(error)
    const isGone =
      meaning.code === 'card-removed' ||
      (lineErrors.has(meaning.code) && !(await this.#parts.isCardPresent()))
    const explained = isGone ? cardErrorOf('card-removed') : meaning
    if (isGone) this.#end = explained
    return explained
  }

  #release(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    try {
      this.#parts.card.disconnect(this.#parts.constants.resetCard)
    } catch {
      // A card that is gone is let go of.
    }
    this.#parts.release()
  }
}

/**
 * T=0 has no room for a length of the answer behind data, and none for no length at all (ISO/IEC 7816-3 §12.2).
 *
 * @param command in short form
 */
function commandForT0(command: Uint8Array): Uint8Array {
  if (command.length === 4) return Uint8Array.from([...command, 0])
  const dataLength = command[4] ?? 0
  return command.length === 6 + dataLength && dataLength > 0 ? command.subarray(0, -1) : command
}
