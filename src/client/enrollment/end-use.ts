import { describeErasure } from '../cards/describe-erasure.ts'
import type { EnrollableCard } from '../cards/enrollable-card.ts'
import { requestStatus } from '../enumerations.ts'
import type { RequestView } from '../library/generated/answers.ts'
import { beginRequest, type RequestWords } from './begin-request.ts'
import { authenticateAdministrator } from './card-administrator.ts'
import { type EnrollmentPerson, type EnrollmentRun, recordCard } from './enrollment-run.ts'
import { completeRequest } from './fill-card.ts'
import { identifyCard } from './identify-card.ts'

/**
 * Carries out a Retire or Revoke request, whose journal's subject is a card or a software profile.
 *
 * @param openCard the card, to be erased where it is retired and its policy says so; null where it is not at hand
 * @throws EnrollmentError, CardinalApiError, CardError
 */
export async function endUse(
  run: EnrollmentRun,
  openCard: (() => Promise<EnrollableCard>) | null,
  person: EnrollmentPerson,
  words: RequestWords,
): Promise<RequestView> {
  const request = await beginRequest(run, words)
  const isOpen = request.Status !== requestStatus.completed && !run.keeper.journal.isInstalled
  if (isOpen && openCard !== null && (await isToBeErased(run, request))) {
    const card = await openCard()
    try {
      await identifyCard(run, card, person)
      await eraseCard(run, card, request)
    } finally {
      await card.disconnect()
    }
  }
  return await completeRequest(run, words)
}

async function isToBeErased(run: EnrollmentRun, request: RequestView): Promise<boolean> {
  if (run.keeper.journal.operation !== 'Retire' || !request.IsSmartcard) return false
  const policy = await run.client.call('GET /v1.0/profiletemplates/{id}/policies/{type}', {
    path: { id: request.ProfileTemplateUuid, type: 'retire' },
  })
  return policy?.EraseCard === true
}

async function eraseCard(run: EnrollmentRun, card: EnrollableCard, request: RequestView): Promise<void> {
  await recordCard(run, { smartcardUuid: request.OldSmartcardUuid })
  await authenticateAdministrator(run, card)
  const kept = await card.erase()
  await run.keeper.record({ isInstalled: true })
  run.report('erase', describeErasure(kept))
}
