import { CardError } from '../../card/card-error.ts'
import type { EnrollableCard } from '../cards/enrollable-card.ts'
import { boundCardOf } from './card-administrator.ts'
import { type EnrollmentRun, journalCardOf, recordCard } from './enrollment-run.ts'
import type { SentUnblockingKey } from './journal.ts'
import {
  factoryUnblockingKey,
  type UnblockingKeyChange,
  unblockingKeyCandidates,
} from './unblocking-key-candidates.ts'

/** Of a card that does not tell them (SP 800-73-4 leaves the number to its issuer; three is what makers begin with). */
const fewestTries = 3
const unblockingKeyOperation = 'POST /v2.0/requests/{id}/smartcards/{smartcard}/unblocking-key'

/**
 * Gives the card the PUK that takes the place of the one it had, and returns it. Where another request may have left its
 * own on the card, that one is set and confirmed before: of a card whose holders told the truth, no more than two PUKs ever
 * come into question.
 *
 * @throws CardError 'wrong-puk', 'last-pin-try' where none was sent for good reason, 'puk-blocked'; CardinalApiError
 */
export async function renewUnblockingKey(run: EnrollmentRun, card: EnrollableCard): Promise<string> {
  const { current, next, isCardNew } = await askUntilSettled(run, card)
  const wasSent = journalCardOf(run).unblockingKey !== 'earlier'
  await setUnblockingKey(run, card, { current, target: ['next', next], wasSent, isCardNew }, 'changing')
  await recordCard(run, { unblockingKey: 'next', unblockingKeysSent: [], hadDefaultAdminKey: false })
  return next
}

async function askUntilSettled(
  run: EnrollmentRun,
  card: EnrollableCard,
): Promise<{ readonly current: string | null; readonly next: string; readonly isCardNew: boolean }> {
  const path = boundCardOf(run)
  const { current, lastTold, next, isCardNew } = await run.client.call(unblockingKeyOperation, { path })
  if (next !== null) return { current, next, isCardNew }
  if (lastTold === null) throw new TypeError('The server told no PUK that the card is to have.')
  const wasSent = (journalCardOf(run).unblockingKeysSent ?? []).length > 0
  const change = { current, target: ['lastTold', lastTold], wasSent, isCardNew } as const
  await setUnblockingKey(run, card, change, 'earlier')
  await recordCard(run, { unblockingKeysSent: [], hadDefaultAdminKey: false })
  await run.client.call(`${unblockingKeyOperation}/confirmation`, { path, body: { unblockingKey: lastTold } })
  return await askUntilSettled(run, card)
}

/** Presents one PUK after another until the card takes one, and none that it has refused before. */
async function setUnblockingKey(
  run: EnrollmentRun,
  card: EnrollableCard,
  about: Omit<UnblockingKeyChange, 'hadDefaultAdminKey'>,
  unblockingKey: 'earlier' | 'changing',
): Promise<void> {
  const change = { ...about, hadDefaultAdminKey: journalCardOf(run).hadDefaultAdminKey ?? false }
  for (const [name, key] of unblockingKeyCandidates(change, await card.hasFactoryUnblockingKey())) {
    const before = journalCardOf(run).unblockingKeysSent ?? []
    if (before.some(sent => sent.name === name && sent.isRefused)) continue
    await requireTryToSpare(before, card)
    const sent = { name, isRefused: false, triesLeft: null }
    await recordCard(run, { unblockingKey, unblockingKeysSent: [...before, sent] })
    try {
      await card.changeUnblockingKey(key, change.target[1])
      return
    } catch (error) {
      if (!(error instanceof CardError)) throw error
      if (error.code === 'last-pin-try') {
        await recordCard(run, { unblockingKeysSent: before })
        throw lastTryOfUnblockingKey(error)
      }
      if (error.code !== 'wrong-puk') throw error
      const refused = { name, isRefused: true, triesLeft: error.triesLeft ?? null }
      await recordCard(run, { unblockingKeysSent: [...before, refused] })
      // The last try is worth more than this card's enrollment.
      if (error.triesLeft !== undefined && error.triesLeft <= 1) throw foreignUnblockingKey(error.triesLeft)
    }
  }
  throw foreignUnblockingKey(journalCardOf(run).unblockingKeysSent?.at(-1)?.triesLeft ?? undefined)
}

/**
 * A card may hide how many PUKs it still takes: nothing but the answer to a wrong one says it (SP 800-73-4 part 2 §3.2.2 and
 * §3.2.3, '63 CX'). Then each one since its last word counts as a try, whether or not it arrived.
 */
async function requireTryToSpare(sent: readonly SentUnblockingKey[], card: EnrollableCard): Promise<void> {
  if ((await card.readUnblockingKeyTries()) !== null) return
  const left = sent.reduce((tries, { triesLeft }) => triesLeft ?? tries - 1, fewestTries)
  if (left > 1) return
  throw new CardError(
    'last-pin-try',
    `The card does not tell how many PUKs it still takes, and did not take the last ${sent.length} that it was sent. ` +
      'One more could block its PUK for good: none was sent. Reset its PIV application by the program of its maker (all ' +
      'its keys are lost), cancel this request, and begin again.',
  )
}

const howToMend =
  `Reset the card's PIV application (all its keys are lost: "ykman piv reset"), and begin again; or set its PUK back to ` +
  `${factoryUnblockingKey} where you know the one it has.`

function foreignUnblockingKey(triesLeft: number | undefined): CardError {
  const left = triesLeft === undefined ? '' : ` Tries left: ${triesLeft}.`
  return new CardError(
    'wrong-puk',
    `The card has neither the PUK that the server knows it to have, nor the last one that it made for it.${left} ${howToMend}`,
    triesLeft,
  )
}

function lastTryOfUnblockingKey(error: CardError): CardError {
  return new CardError(
    'last-pin-try',
    `The card takes one more PUK, and a wrong one blocks its PUK for good: none was sent. ${howToMend}`,
    error.triesLeft,
  )
}
