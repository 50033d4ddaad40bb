import { statusWord, statusWordOfTriesLeft } from '../../apdu/status-word.ts'
import type { CardStateStore } from '../../virtual/card-state-store.ts'
import { CommandRefusal } from '../../virtual/command-refusal.ts'
import type { PivCardState, SlotKey } from './card-state.ts'
import { encodeCardState } from './card-state-encoding.ts'

/** What the card gave to the administrator and waits for an answer to: in the clear, as the right answer needs it. */
export interface PendingAuthentication {
  readonly kind: 'challenge' | 'witness'
  readonly value: Uint8Array
}

/** A card in use: what it remembers without power, and what it forgets with it. */
export class CardSession {
  readonly randomBytes: (length: number) => Uint8Array
  readonly #store: CardStateStore
  #state: PivCardState
  isPinVerified = false
  /** Whether the verified PIN may still be used for a key that wants it before each use. */
  isPinFresh = false
  isAdministrator = false
  pending: PendingAuthentication | undefined

  constructor(state: PivCardState, store: CardStateStore, randomBytes: (length: number) => Uint8Array) {
    this.#state = state
    this.#store = store
    this.randomBytes = randomBytes
  }

  get state(): PivCardState {
    return this.#state
  }

  /** Nothing has changed where this is refused. */
  async commit(next: PivCardState): Promise<void> {
    const content = encodeCardState(next)
    try {
      await this.#store.save(content)
    } catch {
      throw new CommandRefusal(statusWord.memoryFailure)
    } finally {
      content.fill(0)
    }
    this.#state = next
  }

  /**
   * Compares a PIN or PUK, with the try spent and stored beforehand and given back on success, so that cutting the power
   * wins no free guess.
   *
   * @throws CommandRefusal '63Cx' or '6983'
   */
  async present(name: 'pin' | 'puk', isRight: (value: Uint8Array) => boolean): Promise<void> {
    const { value, tries } = this.#state[name]
    if (name === 'pin') this.endPin()
    if (tries.left === 0) throw new CommandRefusal(statusWord.authenticationMethodBlocked)
    await this.#setTries(name, tries.left - 1)
    if (!isRight(value)) throw new CommandRefusal(statusWordOfTriesLeft(tries.left - 1))
    await this.#setTries(name, tries.limit)
  }

  /** @throws CommandRefusal where the slot is empty */
  requireKey(reference: number, refusal: number): SlotKey {
    const key = this.#state.keys.find(candidate => candidate.reference === reference)
    if (key === undefined) throw new CommandRefusal(refusal)
    return key
  }

  requireAdministrator(): void {
    if (!this.isAdministrator) throw new CommandRefusal(statusWord.securityStatusNotSatisfied)
  }

  endPin(): void {
    this.isPinVerified = false
    this.isPinFresh = false
  }

  reset(): void {
    this.endPin()
    this.isAdministrator = false
    this.pending = undefined
  }

  #setTries(name: 'pin' | 'puk', left: number): Promise<void> {
    const { value, tries } = this.#state[name]
    return this.commit({ ...this.#state, [name]: { value, tries: { left, limit: tries.limit } } })
  }
}
