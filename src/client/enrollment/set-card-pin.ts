import { CardError } from '../../card/card-error.ts'
import { defaultPinPolicy, type PinPolicy } from '../../card/secrets/pin.ts'
import type { EnrollableCard } from '../cards/enrollable-card.ts'
import { userPinOption } from '../enumerations.ts'
import type { SmartcardConfigurationView } from '../library/generated/answers.ts'
import type { AnswerOf } from '../library/operations.ts'
import { boundCardOf } from './card-administrator.ts'
import { type EnrollmentPerson, type EnrollmentRun, journalCardOf, recordCard } from './enrollment-run.ts'
import type { JournalCard } from './journal.ts'

/** The PUK of new PIV cards, YubiKeys and others, as their makers publish it. */
const factoryUnblockingKey = '12345678'
const mostBlindTries = 2
const unblockingKeyOperation = 'POST /v2.0/requests/{id}/smartcards/{smartcard}/unblocking-key'

/**
 * Sets and unblocks the PIN. A GIDS card needs its administrator authenticated.
 *
 * @throws CardError, CardinalApiError
 */
export async function setCardPin(run: EnrollmentRun, card: EnrollableCard, pin: string): Promise<void> {
  const unblockingKey = card.pinIsSetBy === 'unblocking-key' ? await renewUnblockingKey(run, card) : ''
  await card.setPin(pin, unblockingKey)
  await recordCard(run, { hasPin: true })
  run.report('pin', 'The card has its PIN.')
}

/** The PIN that the server proposes, handed over, or the one that the person chooses. A secret. */
export async function choosePin(
  run: EnrollmentRun,
  card: EnrollableCard,
  configuration: SmartcardConfigurationView,
  person: EnrollmentPerson,
): Promise<string> {
  const proposed = await proposedPin(run, card, configuration)
  if (proposed === null) return await person.choosePin(pinRules(card, configuration))
  await person.receivePin(proposed)
  return proposed
}

/** What the template wants, within what such cards can hold: 6 to 8 characters on PIV cards (SP 800-73-4 part 2 §2.4.3). */
function pinRules(
  { kind }: EnrollableCard,
  { UserPinPolicy: wanted }: SmartcardConfigurationView,
): PinPolicy {
  const longest = kind === 'PIV card' ? 8 : 127
  return {
    ...defaultPinPolicy,
    minimumLength: Math.min(Math.max(wanted.MinimumLength, kind === 'PIV card' ? 6 : 4), longest),
    maximumLength: Math.min(wanted.MaximumLength, longest),
    // Many PIV cards hold digits alone.
    ...(kind === 'PIV card' && digitsAlone),
  }
}

const digitsAlone = {
  digits: 'required',
  uppercase: 'forbidden',
  lowercase: 'forbidden',
  specialCharacters: 'forbidden',
} as const

function proposedPin(
  run: EnrollmentRun,
  { answerToReset }: EnrollableCard,
  { UserPinOption: option }: SmartcardConfigurationView,
): Promise<string | null> {
  if (option === userPinOption.none || option === userPinOption.userProvided) return Promise.resolve(null)
  const { id, smartcard } = boundCardOf(run)
  return run.client.call('GET /v1.0/requests/{reqid}/smartcards/{scid}/serverproposedpin', {
    path: { reqid: id, scid: smartcard },
    query: { atr: answerToReset, cardid: journalCardOf(run).cardId ?? '' },
  })
}

/**
 * Gives the card the PUK that takes the place of the one it had, and returns it. Which one it had, a request that was
 * canceled or interrupted may have left open.
 */
async function renewUnblockingKey(run: EnrollmentRun, card: EnrollableCard): Promise<string> {
  const keys = await run.client.call(unblockingKeyOperation, { path: boundCardOf(run) })
  const { next } = keys
  const { unblockingKey } = journalCardOf(run)
  const candidates = unblockingKeysToTry(keys, unblockingKey, await card.hasFactoryUnblockingKey())
  await recordCard(run, { unblockingKey: 'changing' })
  for (const [index, candidate] of candidates.entries()) {
    try {
      await card.changeUnblockingKey(candidate, next)
      break
    } catch (error) {
      if (!(error instanceof CardError)) throw error
      if (error.code === 'last-pin-try') throw lastTryOfUnblockingKey(error)
      if (error.code !== 'wrong-puk') throw error
      if (index === candidates.length - 1 || !mayTryAgain(error, index + 1)) throw foreignUnblockingKey(error)
    }
  }
  await recordCard(run, { unblockingKey: 'next' })
  return next
}

/**
 * The likelier one first: the one that counts, then the one that was told last; before both, where this request was
 * interrupted while it changed the PUK, its own. Where it had set its own, the card can only have one that was told later:
 * another request may have gone on with the card meanwhile, and completed or not.
 */
function unblockingKeysToTry(
  { current, lastTold, next }: AnswerOf<typeof unblockingKeyOperation>,
  knowledge: JournalCard['unblockingKey'],
  isFactory: boolean | null,
): readonly string[] {
  // A card that was reset since has its maker's again, whatever the server gave it.
  if (isFactory === true) return [factoryUnblockingKey]
  const confirmed = current ?? (isFactory === null ? factoryUnblockingKey : null)
  return keysByKnowledge[knowledge]({ confirmed, lastTold, next }).filter(key => key !== null)
}

interface ToldKeys {
  readonly confirmed: string | null
  readonly lastTold: string | null
  readonly next: string
}

const keysByKnowledge: Readonly<
  Record<JournalCard['unblockingKey'], (keys: ToldKeys) => readonly (string | null)[]>
> = {
  earlier: ({ confirmed, lastTold, next }) => [confirmed, lastTold, next],
  changing: ({ confirmed, lastTold, next }) => [next, confirmed, lastTold],
  next: ({ confirmed, lastTold, next }) => [next, lastTold, confirmed],
}

const howToMend =
  `Reset the card's PIV application (all its keys are lost: "ykman piv reset"), and begin again; or set its PUK back to ` +
  `${factoryUnblockingKey} where you know the one it has.`

/** The last try is worth more than this card's enrollment. Cards have three at the least where they do not say. */
function mayTryAgain({ triesLeft }: CardError, tried: number): boolean {
  return triesLeft === undefined ? tried < mostBlindTries : triesLeft > 1
}

function foreignUnblockingKey(error: CardError): CardError {
  const left = error.triesLeft === undefined ? '' : ` Tries left: ${error.triesLeft}.`
  return new CardError(
    'wrong-puk',
    `The card has neither the PUK that the server knows it to have, nor the last one that it made for it.${left} ${howToMend}`,
    error.triesLeft,
  )
}

function lastTryOfUnblockingKey(error: CardError): CardError {
  return new CardError(
    'last-pin-try',
    `The card takes one more PUK, and a wrong one blocks its PUK for good: none was sent. ${howToMend}`,
    error.triesLeft,
  )
}
