import { requestStatus } from '../enumerations.ts'
import { cardSecretSteps, createCardSteps } from './card-steps.ts'
import { certificateSteps, completionStep } from './certificate-steps.ts'
import { requestSteps, selectionSteps } from './request-steps.ts'
import { StepRecorder } from './step-recorder.ts'
import type { WalkthroughOptions, WalkthroughRun } from './walkthrough-options.ts'
import { checkOutcome, type WalkthroughResult } from './walkthrough-result.ts'
import { newWalkthroughState } from './walkthrough-state.ts'

/** "Virtual Smartcard VPN", the profile template of the published walkthrough. */
export const sampleProfileTemplateUuid = '97CD65FA-AF4B-4587-9309-0DD6BFD8B4E1'

/**
 * Enrolls a virtual smart card in the 28 steps of Microsoft's "Sample enrollment walkthrough", and checks the outcome:
 * the request is completed, the card active, the certificate in the server's books.
 *
 * A run that was interrupted, at whatever step, is gone on with by calling again with the same `state`: what is done is
 * not done again, and a call whose answer was lost is repeated.
 *
 * @throws WalkthroughError, which names the step and whose cause is a CardinalApiError, a CardError or an EnrollmentError
 */
export async function runWalkthrough(options: WalkthroughOptions): Promise<WalkthroughResult> {
  const run: WalkthroughRun = {
    ...options,
    profileTemplateUuid: options.profileTemplateUuid ?? sampleProfileTemplateUuid,
    recorder: new StepRecorder(options.client, options.report),
    state: options.state ?? newWalkthroughState(),
  }
  const profileTemplate = await selectionSteps(run)
  const request = await requestSteps(run, profileTemplate)
  const prepared = await createCardSteps(run, request)
  const isCompleted = request.Status === requestStatus.completed
  await cardSecretSteps(run, prepared)
  const issued = await certificateSteps(run, prepared)
  await completionStep(run, prepared, isCompleted)
  return checkOutcome(run.client, prepared, issued)
}
