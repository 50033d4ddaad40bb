import { parseAdminKeyHex } from '../../card/secrets/admin-key.ts'
import type { SmartCard } from '../../card/smart-card.ts'
import { EnrollmentError } from '../enrollment-error.ts'
import { userPinOption, zeroGuid } from '../enumerations.ts'
import type { RequestView, SmartcardConfigurationView, SmartcardView } from '../library/generated/answers.ts'
import {
  bindSmartcard,
  type CardOfRequest,
  getAuthenticationResponse,
  getDiversifiedKey,
} from './card-of-request.ts'
import type { WalkthroughRun } from './walkthrough-options.ts'

/** A card that is assigned to the request. */
export interface PreparedCard extends CardOfRequest {
  readonly card: SmartCard
  readonly configuration: SmartcardConfigurationView
}

/** Steps 10 to 16. */
export async function createCardSteps(run: WalkthroughRun, request: RequestView): Promise<PreparedCard> {
  const { recorder, state } = run
  const isBound = request.NewSmartcardUuid !== zeroGuid
  await recorder.act(
    10,
    () => requireCardOf(request, state.card),
    () => (state.card === null ? 'A new card is needed.' : 'The card is there already.'),
  )
  if (state.card === null) {
    await recorder.act(
      11,
      () => {},
      () => 'The profile template is one of virtual smart cards: step 1 said so.',
    )
  } else {
    await recorder.skip([11])
  }
  const configuration = await recorder.call(
    { sent: 12, answered: 12 },
    client =>
      client.call('GET /v1.0/profiletemplates/{id}/configuration/smartcards', {
        path: { id: request.ProfileTemplateUuid },
      }),
    requireConfiguration,
  )
  const card = await createCardStep(run, configuration)
  const cardId = await card.readCardId()
  const smartcardUuid = isBound
    ? request.NewSmartcardUuid
    : await bindingSteps(run, request.Uuid, card, cardId)
  if (isBound) await recorder.skip([14, 15])
  await recorder.call(
    { sent: 16, answered: 16 },
    client => client.call('GET /v1.0/smartcards/{id}', { path: { id: smartcardUuid } }),
    found => requireSameCard(found, cardId),
  )
  return { requestUuid: request.Uuid, smartcardUuid, cardId, card, configuration }
}

function requireCardOf(request: RequestView, card: SmartCard | null): void {
  if (request.NewSmartcardUuid === zeroGuid || card !== null) return
  throw new EnrollmentError(
    'card-mismatch',
    `The request ${request.Uuid} is bound to a smart card already, and that card is not at hand. ` +
      'Cancel the request, and make a new one.',
  )
}

function requireConfiguration(configuration: SmartcardConfigurationView | null): SmartcardConfigurationView {
  if (configuration !== null) return configuration
  throw new EnrollmentError(
    'not-offered',
    'The profile template has no smart card configuration. Give it one.',
  )
}

function requireSameCard(smartcard: SmartcardView | null, cardId: string): void {
  if (smartcard?.SerialNumber.toLowerCase() === `{${cardId}}`) return
  throw new EnrollmentError(
    'card-mismatch',
    'The smart card of the request is not the one at hand. Go on with the card that the request is bound to.',
  )
}

async function createCardStep(
  run: WalkthroughRun,
  configuration: SmartcardConfigurationView,
): Promise<SmartCard> {
  const { recorder, state } = run
  if (state.card !== null) {
    await recorder.skip([13])
    return state.card
  }
  return await recorder.act(
    13,
    async () => {
      state.card = await run.createCard(parseAdminKeyHex(configuration.DefaultAdminKeyHex))
      return state.card
    },
    card => `Created; its answer to reset is ${card.answerToReset}.`,
  )
}

function bindingSteps(
  { recorder }: WalkthroughRun,
  requestUuid: string,
  { answerToReset }: SmartCard,
  cardId: string,
): Promise<string> {
  return recorder.call(
    { sent: 14, answered: 15 },
    client => bindSmartcard(client, { requestUuid, cardId, answerToReset }),
    uuid => uuid,
  )
}

/** Steps 17 to 23. */
export async function cardSecretSteps(run: WalkthroughRun, prepared: PreparedCard): Promise<void> {
  const { recorder, state } = run
  const { DiversifyAdminKey: isDiversified } = prepared.configuration
  await recorder.act(
    17,
    () => {},
    () => `DiversifyAdminKey is ${isDiversified}.`,
  )
  if (!isDiversified) await recorder.skip([18, 19, 20], 'not needed')
  else if (state.hasDiversifiedKey) await recorder.skip([18, 19, 20])
  else await diversificationSteps(run, prepared)
  await recorder.act(
    21,
    () => requireUserPin(prepared.configuration),
    () => 'UserPinOption is 1: the user chooses the PIN.',
  )
  if (state.hasUserPin) await recorder.skip([22, 23])
  else await pinSteps(run, prepared, isDiversified)
}

function requireUserPin(configuration: SmartcardConfigurationView): void {
  if (configuration.UserPinOption === userPinOption.userProvided) return
  throw new EnrollmentError(
    'not-offered',
    'The profile template does not let users choose their PIN, as this walkthrough shows. Select one that does.',
  )
}

async function diversificationSteps(
  { recorder, state }: WalkthroughRun,
  prepared: PreparedCard,
): Promise<void> {
  const { card } = prepared
  const adminKey = await recorder.call(
    { sent: 18, answered: 18 },
    client => getDiversifiedKey(client, prepared),
    key => key,
  )
  const response = await recorder.call(
    { sent: 19, answered: 19 },
    async client => getAuthenticationResponse(client, prepared, await card.requestChallenge(), false),
    answer => answer,
  )
  await recorder.act(
    20,
    async () => {
      await card.authenticateAdministrator(response)
      await card.changeAdminKey(adminKey)
      state.hasDiversifiedKey = true
      adminKey.fill(0)
    },
    () => 'The card accepted the response, and has an admin key of its own now.',
  )
}

async function pinSteps(
  { recorder, state, pin }: WalkthroughRun,
  prepared: PreparedCard,
  isDiversified: boolean,
): Promise<void> {
  const { card } = prepared
  const response = await recorder.call(
    { sent: 22, answered: 22 },
    async client => getAuthenticationResponse(client, prepared, await card.requestChallenge(), isDiversified),
    answer => answer,
  )
  await recorder.act(
    23,
    async () => {
      await card.authenticateAdministrator(response)
      await card.setPin(pin)
      state.hasUserPin = true
    },
    () => 'The card accepted the response, and has the PIN that the user chose.',
  )
}
