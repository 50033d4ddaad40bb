import { CardError } from '../../card/card-error.ts'
import { PinAttempts } from '../../card/host/pin-attempts.ts'

interface RefusedOfCard {
  readonly attempts: PinAttempts
  /** As the last refusal said; nothing where the card does not say. */
  readonly triesLeft: number | undefined
}

/**
 * Which PINs the cards of this computer have refused, so that a page that sends a wrong one again, in another job, costs the
 * holder one try and not all of them. It lives as long as the process, and holds no PIN: see `PinAttempts`.
 */
export class RefusedPins {
  readonly #randomBytes: (length: number) => Uint8Array
  readonly #cards = new Map<string, RefusedOfCard>()

  constructor(randomBytes: (length: number) => Uint8Array) {
    this.#randomBytes = randomBytes
  }

  /**
   * Presents a PIN to a card, unless that has refused it before.
   *
   * @param card names it: see `nameOfCard`
   * @param readTries what the card says of its counter, without a try
   * @param send resolves where the card accepts the PIN
   * @throws CardError 'pin-refused-before', and what `send` throws
   */
  async present(
    card: string,
    pin: string,
    readTries: () => Promise<number | null>,
    send: () => Promise<void>,
  ): Promise<void> {
    await this.#requireNew(card, pin, readTries)
    try {
      await send()
    } catch (error) {
      if (error instanceof CardError && error.code === 'wrong-pin') this.#note(card, pin, error.triesLeft)
      throw error
    }
    this.forget(card)
  }

  /** To be called when a PIN was accepted or set: what was wrong may be right now. */
  forget(card: string): void {
    this.#cards.delete(card)
  }

  async #requireNew(card: string, pin: string, readTries: () => Promise<number | null>): Promise<void> {
    const refused = this.#cards.get(card)
    if (refused === undefined) return
    const left = (await readTries()) ?? undefined
    // Another program has got the card to take a PIN, or to have another one: the counter never grows otherwise.
    const isSetBack = left !== undefined && refused.triesLeft !== undefined && left > refused.triesLeft
    if (isSetBack) this.forget(card)
    // Whether the last try may be spent, and whether any is left, is the driver's to say.
    else refused.attempts.check(pin, left === 0 ? undefined : left, { spendsLastTry: true })
  }

  #note(card: string, pin: string, triesLeft: number | undefined): void {
    const attempts = this.#cards.get(card)?.attempts ?? new PinAttempts(this.#randomBytes(32))
    attempts.noteRefusal(pin)
    this.#cards.set(card, { attempts, triesLeft })
  }
}

/** @param cardId null for a card without one, which is told by its place */
export function nameOfCard(cardId: string | null, reader: string): string {
  return cardId === null ? `in ${reader}` : cardId.toLowerCase()
}
