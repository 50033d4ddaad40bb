import { CardError } from '../../card/card-error.ts'
import { decodeBase64Lines } from '../../x509/base64-lines.ts'
import { decodeCertificationRequest } from '../../x509/certification-request.ts'
import { describeKeptKeys } from '../cards/describe-erasure.ts'
import type { EnrollableCard } from '../cards/enrollable-card.ts'
import { EnrollmentError } from '../enrollment-error.ts'
import { requestStatus, requestStatusName } from '../enumerations.ts'
import { readRequest } from '../executable-request.ts'
import { findLostRequest } from './begin-request.ts'
import { authenticateAdministrator } from './card-administrator.ts'
import type { EnrollmentPerson, EnrollmentRun } from './enrollment-run.ts'
import { identifyCard } from './identify-card.ts'
import type { JournalCard } from './journal.ts'

/**
 * Gives up an interrupted request, and removes its journal. Keys that it made are deleted from the card where that is at
 * hand.
 *
 * @param openCard null where it is not at hand
 * @param discard removes what the request made in software. Resolves to sentences
 * @returns what became of request and card, in sentences for people
 * @throws EnrollmentError, CardinalApiError, CardError
 */
export async function cancelEnrollment(
  run: EnrollmentRun,
  openCard: (() => Promise<EnrollableCard>) | null,
  person: EnrollmentPerson,
  discard: () => Promise<readonly string[]> = async () => [],
): Promise<readonly string[]> {
  const { keeper, client } = run
  const uuid = keeper.journal.requestUuid ?? (await findLostRequest(run))
  if (uuid === null) {
    await keeper.remove()
    return ['No request had been made.', ...describeCard(keeper.journal.card, notLookedAt)]
  }
  const { Status: status } = await readRequest(client, uuid)
  const open: readonly number[] = [requestStatus.pending, requestStatus.approved, requestStatus.executing]
  // Keys of a request that came to its end are in use.
  const discarded = status === requestStatus.completed ? [] : await discardOrTell(discard)
  if (!open.includes(status)) {
    await keeper.remove()
    return [
      `The request ${uuid} is ${requestStatusName(status)} already.`,
      ...discarded,
      ...describeCard(keeper.journal.card, notLookedAt),
    ]
  }
  const look = openCard === null ? notLookedAt : await deleteKeys(run, openCard, person)
  await client.call('PUT /v1.0/requests/{id}', { path: { id: uuid }, body: { status: 'Canceled' } })
  await keeper.remove()
  return [`The request ${uuid} is canceled.`, ...discarded, ...describeCard(keeper.journal.card, look)]
}

/** Of no use to anybody any more, a key that cannot be removed does not keep a request alive. A wrong PIN can be put right. */
async function discardOrTell(discard: () => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await discard()
  } catch (error) {
    const isWrongPin =
      error instanceof CardError && (error.code === 'wrong-pin' || error.code === 'pin-refused-before')
    if (isWrongPin || !(error instanceof CardError || error instanceof EnrollmentError)) throw error
    return [`A key that the request made may be left: ${error.message}`]
  }
}

/** What was seen of the card just now. */
interface Look {
  /** Whether the card has accepted the admin key that the journal tells of. */
  readonly hasAdminKey: boolean
  /** What is known of the keys that the request made, as a sentence. */
  readonly keys: string
  /** Whether it has its maker's PUK; null where that was not seen. */
  readonly hasFactoryUnblockingKey: boolean | null
}

const notLookedAt: Look = {
  hasAdminKey: false,
  keys: 'Keys that the request made may lie on it; they are of no use, and its next enrollment erases them.',
  hasFactoryUnblockingKey: null,
}

/** Looks at the card, and deletes what the request made on it. */
async function deleteKeys(
  run: EnrollmentRun,
  openCard: () => Promise<EnrollableCard>,
  person: EnrollmentPerson,
): Promise<Look> {
  const earlierKeyIds = run.keeper.journal.card?.earlierKeyIds ?? null
  if (earlierKeyIds === null) return notLookedAt
  const card = await openCard()
  try {
    await identifyCard(run, card, person)
    const hasFactoryUnblockingKey = await card.hasFactoryUnblockingKey()
    const requested = run.keeper.journal.certificates.map(({ certificationRequest }) =>
      publicKeyOf(certificationRequest),
    )
    // Where a new key had begun to take the place of an earlier one, neither is in the slot in which it was.
    const made = (await card.listKeys()).filter(
      ({ keyId, publicKey, hasCertificate }) =>
        requested.some(key => Buffer.compare(key, publicKey) === 0) ||
        (!earlierKeyIds.includes(keyId) && !hasCertificate),
    )
    if (made.length > 0) await authenticateAdministrator(run, card)
    const keptKeyIds: string[] = []
    for (const { keyId } of made) {
      if (!(await deleteWherePossible(card, keyId))) keptKeyIds.push(keyId)
    }
    // Some cards tell of no key without a certificate, so that one that is not seen need not be gone.
    const isEachSeen = made.length > 0 && made.length >= requested.length
    return {
      hasAdminKey: made.length > 0,
      keys: describeKeys(keptKeyIds, isEachSeen),
      hasFactoryUnblockingKey,
    }
  } finally {
    await card.disconnect()
  }
}

/** False where the card has no way to: the request would otherwise live as long as the card. */
async function deleteWherePossible(card: EnrollableCard, keyId: string): Promise<boolean> {
  try {
    await card.deleteKey(keyId)
    return true
  } catch (error) {
    if (error instanceof CardError && error.code === 'command-not-supported') return false
    throw error
  }
}

function publicKeyOf(certificationRequest: string): Uint8Array {
  return decodeCertificationRequest(decodeBase64Lines(certificationRequest)).subjectPublicKeyInfo.der
}

/** The journal tells what was true when the card was last seen: somebody may have reset it since. */
function describeCard(card: JournalCard | null, look: Look): string[] {
  if (card === null || card.smartcardUuid === null) return card === null ? [] : ['The card was not changed.']
  const facts: string[] = []
  if (look.hasFactoryUnblockingKey === true && card.unblockingKey !== 'earlier') {
    facts.push('The card was reset since the request was interrupted: it has the PUK of its maker.')
    return facts
  }
  if (card.adminKey === 'own' || card.adminKey === 'changing') {
    facts.push(
      `${look.hasAdminKey ? 'The card has' : `${whenLastSeen} ${card.adminKey === 'own' ? 'had' : 'may have had'}`} an ` +
        'admin key that only the server knows; its next enrollment there starts with that key.',
    )
  }
  if (card.unblockingKey !== 'earlier') {
    facts.push(
      look.hasFactoryUnblockingKey === false
        ? 'Its PUK is not the one of its maker; the next enrollment at the server sets another.'
        : `${whenLastSeen} had a PUK that only the server knows; the next enrollment there sets another.`,
    )
  }
  if ((card.unblockingKeysSent ?? []).length > 0) {
    facts.push(
      'It did not take the last PUK that it was sent: where it does not tell how many it still takes, the next one may be ' +
        'its last.',
    )
  }
  if (card.hasPin && !card.isUsersCard) facts.push(`${whenLastSeen} had the PIN that was set.`)
  if (card.earlierKeyIds !== null) facts.push(look.keys)
  return facts.length === 0 ? ['Nothing on the card was changed.'] : facts
}

function describeKeys(kept: readonly string[], isEachSeen: boolean): string {
  if (kept.length > 0) {
    return `What the request made is deleted from the card, but not the ${describeKeptKeys(kept)}`
  }
  return isEachSeen
    ? 'No key that the request made is on it any more.'
    : 'The card shows no key that the request made. One without a certificate may lie on it unseen; it is of no use, ' +
        'and the next enrollment puts its own in its place where the card can.'
}

const whenLastSeen = 'When it was last seen, the card'
