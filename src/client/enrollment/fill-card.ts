import { CardError } from '../../card/card-error.ts'
import { blockedPin } from '../../card/host/pin-attempts.ts'
import { parseAdminKeyHex } from '../../card/secrets/admin-key.ts'
import { describeErasure } from '../cards/describe-erasure.ts'
import type { EnrollableCard } from '../cards/enrollable-card.ts'
import { requestStatus } from '../enumerations.ts'
import type { RequestView, SmartcardConfigurationView } from '../library/generated/answers.ts'
import { beginRequest, isCompleted, type RequestWords } from './begin-request.ts'
import { authenticateAdministrator, diversifyAdminKey, replaceDefaultAdminKey } from './card-administrator.ts'
import { cardTarget } from './card-target.ts'
import { type EnrollmentPerson, type EnrollmentRun, journalCardOf, recordCard } from './enrollment-run.ts'
import { identifyCard } from './identify-card.ts'
import { type CertificateOfKey, issueCertificatesTo } from './issue-certificates-to.ts'
import { readSmartcardConfiguration } from './read-smartcard-configuration.ts'
import { choosePin, expectNewPin, setCardPin } from './set-card-pin.ts'

export interface FilledCard {
  readonly request: RequestView
  readonly cardId: string | null
  /** Empty where an earlier run installed them. */
  readonly certificates: readonly CertificateOfKey[]
}

/**
 * Carries out a request that issues certificates onto a card (Enroll, Renew, Recover), from its beginning or from where an
 * earlier run was interrupted, to its completion. A card that is not the user's own yet is made theirs: erased, with an
 * admin key of its own where the template wants one, and a new PIN.
 *
 * @param openCard not called where only the completion is left; the card is disconnected in any case
 * @throws EnrollmentError, CardinalApiError, CardError
 */
export async function fillCard(
  run: EnrollmentRun,
  openCard: () => Promise<EnrollableCard>,
  person: EnrollmentPerson,
  words: RequestWords,
): Promise<FilledCard> {
  const { keeper } = run
  if (keeper.journal.isInstalled || (await isCompleted(run))) {
    return { ...(await finish(run, words)), certificates: [] }
  }
  const card = await openCard()
  try {
    await identifyCard(run, card, person)
    if (journalCardOf(run).isUsersCard) await expectCurrentPin(card, person)
    else await expectNewPin(run, card, person)
    const request = await beginRequest(run, words)
    if (request.Status !== requestStatus.completed) {
      const certificates = await fill(run, card, request, person)
      await card.disconnect()
      return { ...(await finish(run, words)), certificates }
    }
  } finally {
    await card.disconnect()
  }
  return { ...(await finish(run, words)), certificates: [] }
}

/** Of a blocked card nothing could be made. */
async function expectCurrentPin(card: EnrollableCard, person: EnrollmentPerson): Promise<void> {
  if ((await card.readPinTries()) === 0) throw blockedPin()
  await person.expectPin({ kind: 'current' })
}

async function finish(run: EnrollmentRun, words: RequestWords): Promise<Omit<FilledCard, 'certificates'>> {
  const request = await completeRequest(run, words)
  return { request, cardId: run.keeper.journal.card?.cardId ?? null }
}

/** Completes the journal's request where no earlier run did, and removes the journal. */
export async function completeRequest(run: EnrollmentRun, words: RequestWords): Promise<RequestView> {
  const open = await beginRequest(run, words)
  const request =
    open.Status === requestStatus.completed
      ? open
      : await run.client.call('PUT /v1.0/requests/{id}', {
          path: { id: open.Uuid },
          body: { status: 'Completed' },
        })
  await run.keeper.remove()
  run.report('complete', 'The request is completed.')
  return request
}

async function fill(
  run: EnrollmentRun,
  card: EnrollableCard,
  request: RequestView,
  person: EnrollmentPerson,
): Promise<readonly CertificateOfKey[]> {
  const configuration = await readSmartcardConfiguration(run.client, request.ProfileTemplateUuid)
  if (journalCardOf(run).cardId === null) await furnish(run, card, configuration)
  if (journalCardOf(run).isUsersCard) {
    // Before the card is touched: whoever does not know it changes nothing.
    await card.verifyPin(await person.currentPin(await card.readPinTries()))
    await bind(run, card, request)
  } else {
    await bind(run, card, request)
    await card.verifyPin(await personalise(run, card, configuration, person))
  }
  if (card.keysNeedAdministrator) {
    await authenticateAdministrator(run, card)
    if (journalCardOf(run).isUsersCard) await replaceDefaultAdminKey(run, card, configuration)
  }
  return await issueCertificatesTo(run, cardTarget(run, card))
}

/** Gives a blank card its id, under the admin key of new cards. */
async function furnish(
  run: EnrollmentRun,
  card: EnrollableCard,
  { DefaultAdminKeyHex }: SmartcardConfigurationView,
): Promise<void> {
  const cardId = await furnishOnce(card, parseAdminKeyHex(DefaultAdminKeyHex))
  await recordCard(run, { cardId })
  run.report('card', `The card has the id ${cardId}.`)
}

/** A run that was interrupted right behind it could not write down the id. */
async function furnishOnce(card: EnrollableCard, adminKey: Uint8Array): Promise<string> {
  try {
    return await card.furnish(adminKey)
  } catch (error) {
    const cardId =
      error instanceof CardError && error.code === 'already-initialized' ? await card.readCardId() : null
    if (cardId === null) throw error
    return cardId
  }
}

async function bind(run: EnrollmentRun, card: EnrollableCard, request: RequestView): Promise<void> {
  // The same card again is answered by the same assignment.
  const { uuid: smartcardUuid } = await run.client.call('POST /v2.0/requests/{id}/smartcards', {
    path: { id: request.Uuid },
    body: {
      cardId: journalCardOf(run).cardId ?? '',
      answerToReset: card.answerToReset,
      adminKeyType: await card.readAdminKeyType(),
    },
  })
  if (journalCardOf(run).smartcardUuid === smartcardUuid) return
  await recordCard(run, { smartcardUuid })
  run.report('bind', 'The server assigned the card to the request.')
}

/**
 * Makes a card the user's own. Done anew by each run that is not past it, as only the administrator can set a PIN that
 * nobody but the user knows.
 *
 * @returns the PIN that the card has now. A secret.
 */
async function personalise(
  run: EnrollmentRun,
  card: EnrollableCard,
  configuration: SmartcardConfigurationView,
  person: EnrollmentPerson,
): Promise<string> {
  const pin = await choosePin(run, card, configuration, person)
  await authenticateAdministrator(run, card)
  run.report('administrator', "The card accepted the server's answer to its challenge.")
  await erase(run, card)
  await card.complete()
  if (configuration.DiversifyAdminKey) await diversifyAdminKey(run, card)
  await setCardPin(run, card, pin)
  return pin
}

async function erase(run: EnrollmentRun, card: EnrollableCard): Promise<void> {
  if (journalCardOf(run).isErased) return
  const { length } = await card.listKeys()
  if (length > 0) {
    run.report('erase', describeErasure(await card.erase()))
  }
  await recordCard(run, { isErased: true })
}
