import { statusWord, statusWordOfTriesLeft } from '../../apdu/status-word.ts'
import { CommandRefusal } from '../../virtual/command-refusal.ts'
import type { PersistentState } from '../../virtual/persistent-state.ts'
import { attempt, type TryCounter } from '../../virtual/try-counter.ts'
import type { PivCardState, ReferenceData, SlotKey } from './card-state.ts'

/** What the card gave to the administrator and waits for an answer to: in the clear, as the right answer needs it. */
export interface PendingAuthentication {
  readonly kind: 'challenge' | 'witness'
  readonly value: Uint8Array
}

/** A card in use: what it remembers without power, and what it forgets with it. */
export class CardSession {
  readonly randomBytes: (length: number) => Uint8Array
  readonly #state: PersistentState<PivCardState>
  isPinVerified = false
  /** Whether the verified PIN may still be used for a key that wants it before each use. */
  isPinFresh = false
  isAdministrator = false
  pending: PendingAuthentication | undefined

  constructor(state: PersistentState<PivCardState>, randomBytes: (length: number) => Uint8Array) {
    this.#state = state
    this.randomBytes = randomBytes
  }

  get state(): PivCardState {
    return this.#state.current
  }

  /** Nothing has changed where this is refused. */
  commit(next: PivCardState): Promise<void> {
    return this.#state.commit(next)
  }

  /**
   * Compares a PIN or PUK, with its tries counted.
   *
   * @throws CommandRefusal '63Cx' or '6983'
   */
  async present(name: 'pin' | 'puk', isRight: (value: Uint8Array) => boolean): Promise<void> {
    const { value, tries } = this.state[name]
    if (name === 'pin') this.endPin()
    const store = (counter: TryCounter) =>
      this.commit({ ...this.state, [name]: { value, tries: counter } satisfies ReferenceData })
    if (!(await attempt(tries, store, () => isRight(value)))) {
      throw new CommandRefusal(statusWordOfTriesLeft(tries.left - 1))
    }
  }

  /** @throws CommandRefusal where the slot is empty */
  requireKey(reference: number, refusal: number): SlotKey {
    const key = this.state.keys.find(candidate => candidate.reference === reference)
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
}
