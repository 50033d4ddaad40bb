import { defaultPinPolicy, type PinPolicy } from '../../card/secrets/pin.ts'
import type { EnrollableCard } from '../cards/enrollable-card.ts'
import type { RequestSubject } from '../create-request.ts'
import { userPinOption } from '../enumerations.ts'
import type { CardinalClient } from '../library/create-cardinal-client.ts'
import type { SmartcardConfigurationView } from '../library/generated/answers.ts'
import { boundCardOf } from './card-administrator.ts'
import { type EnrollmentPerson, type EnrollmentRun, journalCardOf, recordCard } from './enrollment-run.ts'
import { readSmartcardConfiguration } from './read-smartcard-configuration.ts'
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
  const proposed = isChosen(configuration) ? null : await proposedPin(run, card)
  if (proposed === null) return await person.choosePin(pinRules(card, configuration))
  await person.receivePin(proposed)
  return proposed
}

/**
 * Has the person look for the PIN that `choosePin` will want: nobody should learn of a missing or unfit one from a card that
 * is half done.
 *
 * @throws EnrollmentError not-offered for a software profile template; what the person's refusals throw
 */
export async function expectNewPin(
  { client, keeper }: EnrollmentRun,
  card: EnrollableCard,
  person: EnrollmentPerson,
): Promise<void> {
  const template = await templateOf(client, keeper.journal.subject)
  if (template === null) return
  const configuration = await readSmartcardConfiguration(client, template)
  await person.expectPin(
    isChosen(configuration) ? { kind: 'chosen', rules: pinRules(card, configuration) } : { kind: 'received' },
  )
}

/** null where the caller cannot see what the request is about: making it says why. */
async function templateOf(client: CardinalClient, subject: RequestSubject): Promise<string | null> {
  if ('profiletemplateuuid' in subject) return subject.profiletemplateuuid
  if ('profile' in subject) return null
  const assignment = await client.call('GET /v1.0/smartcards/{id}', { path: { id: subject.smartcard } })
  return assignment?.ProfileTemplateUuid ?? null
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

function isChosen({ UserPinOption: option }: SmartcardConfigurationView): boolean {
  return option === userPinOption.none || option === userPinOption.userProvided
}

function proposedPin(run: EnrollmentRun, { answerToReset }: EnrollableCard): Promise<string | null> {
  const { id, smartcard } = boundCardOf(run)
  return run.client.call('GET /v1.0/requests/{reqid}/smartcards/{scid}/serverproposedpin', {
    path: { reqid: id, scid: smartcard },
    query: { atr: answerToReset, cardid: journalCardOf(run).cardId ?? '' },
  })
}
