import { createHmac } from 'node:crypto'
import { CardError } from '../card-error.ts'
import type { PinPresentation } from '../smart-card.ts'

/**
 * Stands between a caller and the PIN counter of a card: remembers, for one connection, which PINs the card has refused,
 * so that a caller that tries again blindly costs its holder one try and not all of them. PINs are kept only as an HMAC
 * under a key that nobody else has.
 */
export class PinAttempts {
  readonly #key: Uint8Array
  readonly #refused = new Set<string>()

  /** @param key 32 random bytes */
  constructor(key: Uint8Array) {
    this.#key = key
  }

  /**
   * To be asked before a PIN is sent.
   *
   * @param triesLeft what the card says of its counter; nothing where it does not say
   * @throws CardError 'pin-blocked', 'pin-refused-before', 'last-pin-try'
   */
  check(pin: string, triesLeft: number | undefined, presentation: PinPresentation = {}): void {
    if (triesLeft === 0) throw blockedPin()
    if (this.#refused.has(this.#digest(pin))) {
      throw new CardError(
        'pin-refused-before',
        'The card has refused this PIN already, and it was not sent again. Enter another one.',
        triesLeft,
      )
    }
    if (triesLeft === 1 && presentation.spendsLastTry !== true) {
      throw new CardError(
        'last-pin-try',
        'One try is left: a wrong PIN now blocks the card. Confirm that this try may be spent, or have the ' +
          'administrator set a new PIN.',
        1,
      )
    }
  }

  noteRefusal(pin: string): void {
    this.#refused.add(this.#digest(pin))
  }

  /** To be called when the PIN was set: what was wrong may be right now. */
  forget(): void {
    this.#refused.clear()
  }

  #digest(pin: string): string {
    return createHmac('sha256', this.#key).update(pin, 'utf8').digest('base64')
  }
}

export function blockedPin(): CardError {
  return new CardError(
    'pin-blocked',
    'Too many wrong PINs have blocked the card. Have the administrator unblock it.',
    0,
  )
}

export function wrongPin(triesLeft: number | undefined): CardError {
  const left =
    triesLeft === undefined ? '' : triesLeft === 1 ? ' One try is left.' : ` ${triesLeft} tries are left.`
  return new CardError('wrong-pin', `The PIN is wrong.${left}`, triesLeft)
}
