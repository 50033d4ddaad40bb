import { CardinalError } from '../../domain/error.ts'
import { accept } from '../../domain/refusal.ts'
import { nextRequestStatus, type Request } from '../../domain/request.ts'
import type { Smartcard, SmartcardStatus } from '../../domain/smartcard.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { publishCommittedRevocation } from '../publication/publish-revocation-list.ts'
import { endingEvent, revocationOf } from '../requests/complete-request.ts'
import { beginExecution } from '../steps/begin-execution.ts'
import { endAssignment } from '../steps/end-assignment.ts'
import { policyOf, profileTemplateOf } from '../steps/profile-template-of.ts'
import { lockRequestFor } from '../steps/require-request.ts'
import { smartcardOfRequest } from '../steps/smartcard-of-request.ts'

export interface SmartcardStatusUpdate {
  readonly requestUuid: string
  readonly smartcardUuid: string
  /** null: what the request's type implies. */
  readonly status: SmartcardStatus | null
}

type UpdateEnvironment = Pick<
  Environment,
  'store' | 'clock' | 'certificationAuthority' | 'revocationListHours' | 'faults'
>

/**
 * Carries out what a Retire or Revoke request does to its card, before the request is completed.
 * A status that the card already has changes nothing.
 * Throws RequestNotFound, NotPermitted, RequestStateForbids, SmartcardNotOfRequest, SmartcardStateForbids.
 */
export async function updateSmartcardStatus(
  environment: UpdateEnvironment,
  caller: Caller,
  update: SmartcardStatusUpdate,
): Promise<Smartcard> {
  const { smartcard, publishes } = await environment.store.transactor.transaction(async transaction => {
    const request = await lockRequestFor(transaction, caller, update.requestUuid, 'execute')
    accept(nextRequestStatus(request.status, 'execute'))
    const smartcard = await smartcardOfRequest(transaction, request, update.smartcardUuid)
    const wanted = update.status ?? impliedStatus(request)
    if (smartcard.status === wanted) return { smartcard, publishes: false }
    const event = endingEvent(request)
    if (event === null || wanted !== impliedStatus(request)) {
      throw new CardinalError(
        'SmartcardStateForbids',
        `A request of the type ${request.type} cannot set a smart card to ${wanted}.`,
      )
    }
    const policy = policyOf(await profileTemplateOf(transaction, request), request)
    await endAssignment(environment, transaction, caller, {
      requestUuid: request.uuid,
      smartcardUuid: smartcard.uuid,
      profileUuid: smartcard.profileUuid,
      event,
      revocation: revocationOf(request, policy),
      flags: [],
    })
    await beginExecution(environment, transaction, caller, request)
    return {
      smartcard: (await transaction.findSmartcard(smartcard.uuid)) ?? smartcard,
      publishes: policy.revocationSettings?.publishBaseCrl === true,
    }
  })
  if (publishes) await publishCommittedRevocation(environment)
  return smartcard
}

/** What a request makes of its card when the client names no status, as in the published sample. */
function impliedStatus(request: Request): SmartcardStatus {
  const event = endingEvent(request)
  if (event === null) return 'active'
  return event === 'retire' ? 'retired' : 'disabled'
}
