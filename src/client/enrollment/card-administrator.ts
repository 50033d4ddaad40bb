import { CardError } from '../../card/card-error.ts'
import type { EnrollableCard } from '../cards/enrollable-card.ts'
import type { SmartcardConfigurationView } from '../library/generated/answers.ts'
import { type EnrollmentRun, journalCardOf, recordCard, requestUuidOf } from './enrollment-run.ts'
import type { AdminKeyKnowledge } from './journal.ts'

/** Which keys to try, `true` for the card's own: the likelier one first, and never more than these. */
const keysToTry: Readonly<Record<AdminKeyKnowledge, readonly boolean[]>> = {
  'probably-default': [false, true],
  'probably-own': [true, false],
  default: [false],
  changing: [true, false],
  own: [true],
}

/**
 * Authenticates the card's administrator with the server's help: the card's challenge goes there, the response comes back.
 *
 * @throws CardError 'wrong-response', 'admin-blocked'; CardinalApiError
 */
export async function authenticateAdministrator(run: EnrollmentRun, card: EnrollableCard): Promise<void> {
  const keys = keysToTry[journalCardOf(run).adminKey]
  for (const [index, isOwn] of keys.entries()) {
    try {
      const challenge = await card.requestChallenge()
      const response = await requestResponse(run, challenge, isOwn)
      await card.authenticateAdministrator(response)
      await recordCard(run, { adminKey: isOwn ? 'own' : 'default' })
      return
    } catch (error) {
      if (!(error instanceof CardError) || error.code !== 'wrong-response') throw error
      // The last try is worth more than this card's enrollment.
      if (index === keys.length - 1 || error.triesLeft === 1) throw foreignAdminKey(error, card)
    }
  }
}

/** Gives the card its own admin key. Needs the administrator, and leaves them authenticated. */
export async function diversifyAdminKey(run: EnrollmentRun, card: EnrollableCard): Promise<void> {
  if (journalCardOf(run).adminKey === 'own') return
  const key = await requestAdminKey(run)
  try {
    await recordCard(run, { adminKey: 'changing', hadDefaultAdminKey: true })
    await card.changeAdminKey(key)
  } finally {
    key.fill(0)
  }
  await recordCard(run, { adminKey: 'own' })
  run.report('admin-key', 'The card has an admin key of its own.')
}

/**
 * Gives a card in use its own admin key where it has accepted that of new cards: one that was reset since its enrollment has
 * that again, and whoever holds the card could replace its keys. Needs the administrator, and leaves them authenticated.
 */
export async function replaceDefaultAdminKey(
  run: EnrollmentRun,
  card: EnrollableCard,
  { DiversifyAdminKey }: Pick<SmartcardConfigurationView, 'DiversifyAdminKey'>,
): Promise<void> {
  if (!DiversifyAdminKey || journalCardOf(run).adminKey !== 'default') return
  await card.complete()
  await diversifyAdminKey(run, card)
}

/** The key that the card is to have, as long as its type wants it. A secret. */
async function requestAdminKey(run: EnrollmentRun): Promise<Uint8Array> {
  const { key } = await run.client.call('POST /v2.0/requests/{id}/smartcards/{smartcard}/admin-key', {
    path: boundCardOf(run),
  })
  return fromBase64(key)
}

/**
 * The response to a challenge of the card, as long as that.
 *
 * @param diversified under the card's own admin key, or under the one that its template's new cards have
 */
async function requestResponse(
  run: EnrollmentRun,
  challenge: Uint8Array,
  diversified: boolean,
): Promise<Uint8Array> {
  const { response } = await run.client.call(
    'POST /v2.0/requests/{id}/smartcards/{smartcard}/authentication-response',
    {
      path: boundCardOf(run),
      body: { challenge: Buffer.from(challenge).toString('base64'), diversified },
    },
  )
  return fromBase64(response)
}

/** The card in the hands of the request, as paths name it. */
export function boundCardOf(run: EnrollmentRun): { readonly id: string; readonly smartcard: string } {
  return { id: requestUuidOf(run), smartcard: journalCardOf(run).smartcardUuid ?? '' }
}

function fromBase64(base64: string): Uint8Array {
  return Uint8Array.from(Buffer.from(base64, 'base64'))
}

function foreignAdminKey(error: CardError, { kind }: EnrollableCard): CardError {
  const mend =
    kind === 'PIV card'
      ? 'Reset its PIV application (all its keys are lost: "ykman piv reset", "yubico-piv-tool -a reset"), or use another card.'
      : 'Use another card, or have its maker set that key back.'
  const left = error.triesLeft === undefined ? '' : ` Tries left: ${error.triesLeft}.`
  return new CardError(
    'wrong-response',
    `The ${kind} has neither the admin key of new cards of this template nor one that the server gave it.${left} ${mend}`,
    error.triesLeft,
  )
}
