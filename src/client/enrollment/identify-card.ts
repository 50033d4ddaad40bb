import type { CardKey } from '../../card/smart-card.ts'
import type { EnrollableCard } from '../cards/enrollable-card.ts'
import { EnrollmentError } from '../enrollment-error.ts'
import { type RequestType, smartcardStatus } from '../enumerations.ts'
import { CardinalApiError } from '../library/cardinal-api-error.ts'
import type { SmartcardView } from '../library/generated/answers.ts'
import { findSmartcardByCardId } from '../list-smartcards.ts'
import type { EnrollmentPerson, EnrollmentRun } from './enrollment-run.ts'
import type { JournalCard } from './journal.ts'

/**
 * Makes sure that the card at hand is the one that the journal names, or one that may be enrolled: nothing is written to it
 * here. A card with keys of somebody's is taken only if the person says so.
 *
 * @throws EnrollmentError card-mismatch, card-in-use, declined; CardError, CardinalApiError
 */
export async function identifyCard(
  run: EnrollmentRun,
  card: EnrollableCard,
  person: EnrollmentPerson,
): Promise<void> {
  const { keeper, client, report } = run
  const known = keeper.journal.card
  const cardId = await card.readCardId()
  // A blank card may have been given an id by a run that could not write that down any more, and any other card looks like
  // that one: it is looked at as a new one is.
  const mayBeKnown = known?.cardId === null && known.kind === card.kind
  if (known !== null && !mayBeKnown) {
    requireSameCard(known, card, cardId)
    return
  }
  const assignment = cardId === null ? null : await findAssignment(client, cardId)
  const { subject } = keeper.journal
  const isUsersCard =
    assignment !== null && 'smartcard' in subject && isSame(assignment.Uuid, subject.smartcard)
  if (!isUsersCard) {
    if (!mayTakeNewCard.has(keeper.journal.operation)) throw foreignCard(cardId)
    requireFree(assignment)
    await askForHeldKeys(card, cardId, person)
  }
  await keeper.record({
    card: {
      kind: card.kind,
      cardId,
      isUsersCard,
      adminKey: assignment === null ? 'probably-default' : 'probably-own',
      unblockingKey: 'earlier',
      isErased: false,
      hasPin: isUsersCard,
      smartcardUuid: null,
      earlierKeyIds: null,
    },
  })
  report('card', cardId === null ? `Found a blank ${card.kind}.` : `Found the ${card.kind} ${cardId}.`)
}

const mayTakeNewCard: ReadonlySet<RequestType> = new Set(['Enroll', 'Renew', 'Recover'])

function foreignCard(cardId: string | null): EnrollmentError {
  return new EnrollmentError(
    'card-mismatch',
    `The card at hand (${cardId ?? 'a blank one'}) is not the one that this is about. Insert that card.`,
  )
}

/** Where a card belongs to. Whatever the caller may not see is somebody else's. */
export async function findAssignment(
  client: EnrollmentRun['client'],
  cardId: string,
): Promise<SmartcardView | null> {
  try {
    return await findSmartcardByCardId(client, cardId)
  } catch (error) {
    if (!(error instanceof CardinalApiError) || error.status !== 403) throw error
    throw new EnrollmentError(
      'card-in-use',
      `The card ${cardId} is assigned to somebody else. Use another card, or have that one retired first.`,
      { cause: error },
    )
  }
}

function requireSameCard(known: JournalCard, card: EnrollableCard, cardId: string | null): void {
  if (known.kind === card.kind && known.cardId === cardId) return
  throw new EnrollmentError(
    'card-mismatch',
    `The interrupted request goes on with the ${known.kind} ${known.cardId ?? ''}, and the card at hand is another one` +
      `${cardId === null ? '' : ` (${cardId})`}. Insert that card, or cancel the request with --cancel.`,
  )
}

function requireFree(assignment: SmartcardView | null): void {
  if (assignment === null || assignment.Status === smartcardStatus.retired) return
  throw new EnrollmentError(
    'card-in-use',
    `The card serves another enrollment (smart card ${assignment.Uuid}). Use another card, or retire that one first: ` +
      'cardinal retire.',
  )
}

async function askForHeldKeys(
  card: EnrollableCard,
  cardId: string | null,
  person: EnrollmentPerson,
): Promise<void> {
  const keys = await heldKeys(card, cardId)
  if (keys.length === 0) return
  const question = `The card ${cardId ?? 'without an id'} ${describeHeldKeys(keys)} Enrollment erases all that is on it.`
  if (await person.confirm(question)) return
  throw new EnrollmentError('declined', 'Nothing was changed.')
}

/** A PIV card can hold keys without an id; a GIDS card without one has no files to look for them in. */
async function heldKeys(card: EnrollableCard, cardId: string | null): Promise<readonly CardKey[]> {
  return cardId === null && card.kind === 'GIDS card' ? [] : await card.listKeys()
}

/**
 * A card that cannot delete keys makes another in the place of each that is erased: nothing on it tells that one from the key
 * of a program whose certificate has yet to come.
 */
function describeHeldKeys(keys: readonly CardKey[]): string {
  const certified = keys.filter(({ hasCertificate }) => hasCertificate).length
  const bare = keys.length - certified
  if (bare === 0) return `holds ${countKeys(certified)} already.`
  return (
    `holds ${certified === 0 ? '' : `${countKeys(certified)} already, and `}${countKeys(bare)} without a certificate. Such a ` +
    'key may be what an erasure left in the place of another, or one whose certificate a program still waits for.'
  )
}

function countKeys(count: number): string {
  return count === 1 ? 'a key' : `${count} keys`
}

function isSame(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}
