import type { PinPolicy } from '../../card/secrets/pin.ts'
import type { ClientDescription } from '../certification-request.ts'
import { EnrollmentError } from '../enrollment-error.ts'
import type { CardinalClient } from '../library/create-cardinal-client.ts'
import type { JournalCard, JournalKeeper } from './journal.ts'

/** In the order in which they come. */
export const enrollmentSteps = [
  'request',
  'card',
  'bind',
  'administrator',
  'erase',
  'admin-key',
  'pin',
  'key',
  'certificate',
  'install',
  'retire',
  'complete',
] as const
export type EnrollmentStep = (typeof enrollmentSteps)[number]

/** What all steps of carrying out a request share. */
export interface EnrollmentRun {
  readonly client: CardinalClient
  readonly keeper: JournalKeeper
  readonly description: ClientDescription
  /** Called when a step is done. @param text a sentence for people */
  report(step: EnrollmentStep, text: string): void
}

/** A PIN that will be needed: the card's own, a new one that keeps the rules, or room for one that the server makes. */
export type PinNeed =
  | { readonly kind: 'current' }
  | { readonly kind: 'chosen'; readonly rules: PinPolicy }
  | { readonly kind: 'received' }

/** The person at the keyboard, or what speaks for them. */
export interface EnrollmentPerson {
  /** @param question what would happen, as a sentence. Resolves to whether it may. */
  confirm(question: string): Promise<boolean>
  /**
   * Called before a request is made and the card touched, and before the one of the three below that it announces. Asks
   * nobody anything; throws where it is known already that there will be no such PIN.
   */
  expectPin(need: PinNeed): Promise<void>
  /** A new PIN that keeps the rules. */
  choosePin(rules: PinPolicy): Promise<string>
  /** The PIN that the card has. @param triesLeft null where the card does not say */
  currentPin(triesLeft: number | null): Promise<string>
  /** Hands over the PIN that the server made, before the card has it: nobody could tell it afterwards. */
  receivePin(pin: string): Promise<void>
}

export function requestUuidOf({ keeper }: EnrollmentRun): string {
  const { requestUuid } = keeper.journal
  if (requestUuid !== null) return requestUuid
  throw new EnrollmentError('not-offered', 'No request was made yet.')
}

export function journalCardOf({ keeper }: EnrollmentRun): JournalCard {
  const { card } = keeper.journal
  if (card !== null) return card
  throw new EnrollmentError('card-mismatch', 'No card was chosen yet.')
}

export async function recordCard(run: EnrollmentRun, changes: Partial<JournalCard>): Promise<void> {
  await run.keeper.record({ card: { ...journalCardOf(run), ...changes } })
}
