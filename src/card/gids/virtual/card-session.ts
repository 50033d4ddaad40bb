import { statusWord } from '../../apdu/status-word.ts'
import { CommandRefusal } from '../../virtual/command-refusal.ts'
import type { PersistentState } from '../../virtual/persistent-state.ts'
import { attempt, type TryCounter } from '../../virtual/try-counter.ts'
import { firstKeyFile } from '../gids-identifiers.ts'
import { isSatisfied, type SecurityStatus } from './access-conditions.ts'
import { type CardFile, findFile, type GidsCardState, type KeyFile } from './card-state.ts'

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
  readonly #state: PersistentState<GidsCardState>
  status: SecurityStatus = { isPinVerified: false, isAdministrator: false }
  /** Of the selected file; nothing while the application itself is selected. */
  currentFile: number | undefined
  environment: SecurityEnvironment | undefined
  isAdminKeySelected = false
  challenge: PendingChallenge | undefined

  constructor(state: PersistentState<GidsCardState>, randomBytes: (length: number) => Uint8Array) {
    this.#state = state
    this.randomBytes = randomBytes
  }

  get state(): GidsCardState {
    return this.#state.current
  }

  /** Nothing has changed where this is refused. */
  commit(next: GidsCardState): Promise<void> {
    return this.#state.commit(next)
  }

  /** Whether a secret is right, with its tries counted. */
  attempt(counter: 'pinTries' | 'adminTries', isRight: () => boolean): Promise<boolean> {
    return attempt(
      this.state[counter],
      tries => this.commit({ ...this.state, [counter]: tries satisfies TryCounter }),
      isRight,
    )
  }

  requireAccess(condition: number): void {
    if (!this.allows(condition)) throw new CommandRefusal(statusWord.securityStatusNotSatisfied)
  }

  /** In creation nobody can have proved anything yet, and everything but 'never' is open. */
  allows(condition: number): boolean {
    const everybody = { isPinVerified: true, isAdministrator: true }
    return isSatisfied(condition, this.state.lifeCycle === 'creation' ? everybody : this.status)
  }

  requireOperational(): void {
    if (this.state.lifeCycle !== 'operational') {
      throw new CommandRefusal(statusWord.conditionsOfUseNotSatisfied)
    }
  }

  /** An activated file. */
  requireFile(identifier: number): CardFile {
    const file = findFile(this.state, identifier)
    if (file === undefined) throw new CommandRefusal(statusWord.fileNotFound)
    if (!file.isActive) throw new CommandRefusal(statusWord.conditionsOfUseNotSatisfied)
    return file
  }

  requireKeyFile(keyReference: number): KeyFile {
    const file = findFile(this.state, firstKeyFile + keyReference)
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
