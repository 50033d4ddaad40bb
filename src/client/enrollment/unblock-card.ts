import type { EnrollableCard } from '../cards/enrollable-card.ts'
import { requestStatus } from '../enumerations.ts'
import type { RequestView } from '../library/generated/answers.ts'
import { beginRequest, isCompleted, type RequestWords } from './begin-request.ts'
import { authenticateAdministrator, replaceDefaultAdminKey } from './card-administrator.ts'
import { type EnrollmentPerson, type EnrollmentRun, recordCard } from './enrollment-run.ts'
import { completeRequest } from './fill-card.ts'
import { identifyCard } from './identify-card.ts'
import { readSmartcardConfiguration } from './read-smartcard-configuration.ts'
import { choosePin, expectNewPin, setCardPin } from './set-card-pin.ts'

/**
 * Sets a new PIN on a card whose PIN is forgotten or blocked; the journal's subject is its present assignment.
 *
 * @param openCard not called where only the completion is left; the card is disconnected in any case
 * @throws EnrollmentError, CardinalApiError, CardError
 */
export async function unblockCard(
  run: EnrollmentRun,
  openCard: () => Promise<EnrollableCard>,
  person: EnrollmentPerson,
  words: RequestWords,
): Promise<RequestView> {
  if (!run.keeper.journal.isInstalled && !(await isCompleted(run))) {
    const card = await openCard()
    try {
      await identifyCard(run, card, person)
      await expectNewPin(run, card, person)
      const request = await beginRequest(run, words)
      if (request.Status !== requestStatus.completed) await unblock(run, card, request, person)
    } finally {
      await card.disconnect()
    }
  }
  return await completeRequest(run, words)
}

async function unblock(
  run: EnrollmentRun,
  card: EnrollableCard,
  request: RequestView,
  person: EnrollmentPerson,
): Promise<void> {
  const configuration = await readSmartcardConfiguration(run.client, request.ProfileTemplateUuid)
  await recordCard(run, { smartcardUuid: request.OldSmartcardUuid })
  const pin = await choosePin(run, card, configuration, person)
  if (card.pinIsSetBy === 'administrator') {
    await authenticateAdministrator(run, card)
    run.report('administrator', "The card accepted the server's answer to its challenge.")
    await replaceDefaultAdminKey(run, card, configuration)
  }
  await setCardPin(run, card, pin)
  await run.keeper.record({ isInstalled: true })
}
