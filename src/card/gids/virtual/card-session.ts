import { statusWord } from '../../apdu/status-word.ts'
import type { CardStateStore } from '../../virtual/card-state-store.ts'
import { CommandRefusal } from '../../virtual/command-refusal.ts'
import { firstKeyFile } from '../gids-identifiers.ts'
import { isSatisfied, type SecurityStatus } from './access-conditions.ts'
import { type CardFile, findFile, type GidsCardState, type KeyFile, type TryCounter } from './card-state.ts'
import { encodeCardState } from './card-state-encoding.ts'

/** A challenge that was given and not answered yet. */
export type PendingChallenge =
  | { readonly kind: 'single'; readonly ours: Uint8Array }
  | { readonly kind: 'mutual'; readonly ours: Uint8Array; readonly theirs: Uint8Array }

/** What MANAGE SECURITY ENVIRONMENT has chosen for the next operation with a key pair. */
export interface SecurityEnvironment {
  readonly template: number
  readonly mechanism: number
  readonly keyReference: number
}

/** A card in use: what it remembers without power, and what it forgets with it. */
export class CardSession {
  readonly randomBytes: (length: number) => Uint8Array
  readonly #store: CardStateStore
  #state: GidsCardState
  status: SecurityStatus = { isPinVerified: false, isAdministrator: false }
  /** Of the selected file; nothing while the application itself is selected. */
  currentFile: number | undefined
  environment: SecurityEnvironment | undefined
  isAdminKeySelected = false
  challenge: PendingChallenge | undefined

  constructor(state: GidsCardState, store: CardStateStore, randomBytes: (length: number) => Uint8Array) {
    this.#state = state
    this.#store = store
    this.randomBytes = randomBytes
  }

  get state(): GidsCardState {
    return this.#state
  }

  /** Nothing has changed where this is refused. */
  async commit(next: GidsCardState): Promise<void> {
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
   * Compares a secret, with the try spent and stored beforehand and given back on success, so that cutting the power wins
   * no free guess.
   */
  async attempt(counter: 'pinTries' | 'adminTries', compare: () => boolean): Promise<boolean> {
    const { left, limit } = this.#state[counter]
    if (left === 0) throw new CommandRefusal(statusWord.authenticationMethodBlocked)
    await this.commit({ ...this.#state, [counter]: { left: left - 1, limit } satisfies TryCounter })
    if (!compare()) return false
    await this.commit({ ...this.#state, [counter]: { left: limit, limit } satisfies TryCounter })
    return true
  }

  requireAccess(condition: number): void {
    if (!this.allows(condition)) throw new CommandRefusal(statusWord.securityStatusNotSatisfied)
  }

  /** In creation nobody can have proved anything yet, and everything but 'never' is open. */
  allows(condition: number): boolean {
    const everybody = { isPinVerified: true, isAdministrator: true }
    return isSatisfied(condition, this.#state.lifeCycle === 'creation' ? everybody : this.status)
  }

  requireOperational(): void {
    if (this.#state.lifeCycle !== 'operational') {
      throw new CommandRefusal(statusWord.conditionsOfUseNotSatisfied)
    }
  }

  /** An activated file. */
  requireFile(identifier: number): CardFile {
    const file = findFile(this.#state, identifier)
    if (file === undefined) throw new CommandRefusal(statusWord.fileNotFound)
    if (!file.isActive) throw new CommandRefusal(statusWord.conditionsOfUseNotSatisfied)
    return file
  }

  requireKeyFile(keyReference: number): KeyFile {
    const file = findFile(this.#state, firstKeyFile + keyReference)
    if (file?.kind !== 'key') throw new CommandRefusal(statusWord.referencedDataNotFound)
    if (!file.isActive) throw new CommandRefusal(statusWord.conditionsOfUseNotSatisfied)
    return file
  }

  endAuthentications(): void {
    this.status = { isPinVerified: false, isAdministrator: false }
    this.environment = undefined
    this.isAdminKeySelected = false
    this.challenge = undefined
  }

  reset(): void {
    this.endAuthentications()
    this.currentFile = undefined
  }
}
