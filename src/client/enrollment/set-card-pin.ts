import { defaultPinPolicy, type PinPolicy } from '../../card/secrets/pin.ts'
import type { EnrollableCard } from '../cards/enrollable-card.ts'
import { userPinOption } from '../enumerations.ts'
import type { SmartcardConfigurationView } from '../library/generated/answers.ts'
import { boundCardOf } from './card-administrator.ts'
import { type EnrollmentPerson, type EnrollmentRun, journalCardOf, recordCard } from './enrollment-run.ts'
import { renewUnblockingKey } from './renew-unblocking-key.ts'

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
