import type { CardConnection } from '../card-connection.ts'
import { CardError } from '../card-error.ts'
import { commandQueue } from '../command-queue.ts'

/** What a driver does with a card in one connection: one thing after another, and nothing once it was let go of. */
export class CommandSequence {
  readonly #connection: CardConnection
  readonly #enqueue = commandQueue()
  #hasChallenge = false
  #isConnected = true

  constructor(connection: CardConnection) {
    this.#connection = connection
  }

  /**
   * Runs a command after those before it, and tells it whether it follows a challenge: that is only promised to live until
   * the next command (ISO/IEC 7816-4, GET CHALLENGE), whatever that is.
   *
   * @throws CardError 'not-connected'; what the command throws
   */
  run<Result>(command: (hasChallenge: boolean) => Result | Promise<Result>): Promise<Result> {
    return this.#enqueue(async () => {
      if (!this.#isConnected) {
        throw new CardError('not-connected', 'The card was let go of. Connect to it again.')
      }
      const hasChallenge = this.#hasChallenge
      this.#hasChallenge = false
      return await command(hasChallenge)
    })
  }

  /** To be called by the command that got a challenge from the card. */
  noteChallenge(): void {
    this.#hasChallenge = true
  }

  disconnect(): Promise<void> {
    return this.#enqueue(async () => {
      if (!this.#isConnected) return
      this.#isConnected = false
      await this.#connection.disconnect()
    })
  }
}

export function noChallenge(): CardError {
  return new CardError(
    'no-challenge',
    'No challenge is open on the card. Request one and answer it with the next command.',
  )
}
