import type { SentUnblockingKey } from './journal.ts'

/** The PUK of new PIV cards, YubiKeys and others, as their makers publish it. */
export const factoryUnblockingKey = '12345678'

export type Candidate = readonly [name: SentUnblockingKey['name'], key: string]

export interface UnblockingKeyChange {
  /** As the server says; null for the maker's. */
  readonly current: string | null
  /** What is to be set: one that another request was told (`lastTold`), or the present request's own. */
  readonly target: readonly [name: 'lastTold' | 'next', key: string]
  /** Whether the present request may have set the target already. */
  readonly wasSent: boolean
  /** As the server says: nobody ever completed an assignment of the card. */
  readonly isCardNew: boolean
  /** Whether the card had the admin key of new cards, and has taken no PUK since. */
  readonly hadDefaultAdminKey: boolean
}

/**
 * The PUKs that the card can have, the likeliest first: the third of them is sent to no card with three tries.
 *
 * What requests say of a card that was never completed may come from somebody who does not hold it. But nobody else replaces
 * its admin key, which an enrollment does before it changes the PUK: a new card that had the one of new cards until now has
 * its maker's PUK as well. Where its key was replaced before, a holder went on with it, and the server's words are likelier.
 *
 * @param isFactory whether the card says that it has its maker's PUK; null where it says nothing
 */
export function unblockingKeyCandidates(
  { current, target, wasSent, isCardNew, hadDefaultAdminKey }: UnblockingKeyChange,
  isFactory: boolean | null,
): readonly Candidate[] {
  const factory: Candidate = ['factory', factoryUnblockingKey]
  // A card that was reset since has its maker's again, whatever the server gave it.
  if (isFactory === true) return [factory]
  const confirmed: Candidate = current === null ? factory : ['confirmed', current]
  if (isFactory === false) {
    if (current === null) return [target]
    return wasSent ? [target, confirmed] : [confirmed, target]
  }
  if (current === null || !(isCardNew || hadDefaultAdminKey)) {
    return wasSent ? [target, confirmed] : [confirmed, target]
  }
  const untold = isCardNew && hadDefaultAdminKey ? [factory, confirmed] : [confirmed, factory]
  if (wasSent) return [target, ...untold]
  // Nobody but the present request was told its own.
  if (target[0] === 'next') return [...untold, target]
  return isCardNew && hadDefaultAdminKey ? [factory, target, confirmed] : [confirmed, target, factory]
}
