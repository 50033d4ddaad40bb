import { statusWord } from '../apdu/status-word.ts'
import type { CardStateStore } from './card-state-store.ts'
import { CommandRefusal } from './command-refusal.ts'

/** How a card's state is written down and read. The written form has every secret of the card in the clear. */
export interface CardStateEncoding<State> {
  encode(state: State): Uint8Array
  /** @throws CardError 'invalid-card-state' */
  decode(content: Uint8Array): State
}

/** What a card remembers without power. */
export class PersistentState<State> {
  readonly #encoding: CardStateEncoding<State>
  readonly #store: CardStateStore
  #current: State

  constructor(current: State, encoding: CardStateEncoding<State>, store: CardStateStore) {
    this.#current = current
    this.#encoding = encoding
    this.#store = store
  }

  get current(): State {
    return this.#current
  }

  /**
   * Nothing has changed where this is refused.
   *
   * @throws CommandRefusal '6581'
   */
  async commit(next: State): Promise<void> {
    const content = this.#encoding.encode(next)
    try {
      await this.#store.save(content)
    } catch {
      throw new CommandRefusal(statusWord.memoryFailure)
    } finally {
      content.fill(0)
    }
    this.#current = next
  }
}
