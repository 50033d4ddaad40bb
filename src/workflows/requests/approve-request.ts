import { CardinalError } from '../../domain/error.ts'
import { accept } from '../../domain/refusal.ts'
import { nextRequestStatus, type Request } from '../../domain/request.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { lockRequestFor } from '../steps/require-request.ts'
import { longestComment } from './create-request.ts'

/**
 * Records one approver's decision. The last approval that the policy needs approves the request, one denial denies it.
 * Throws InvalidParameter, RequestNotFound, NotPermitted, RequestStateForbids, DuplicateApproval.
 */
export async function approveRequest(
  environment: Pick<Environment, 'store' | 'clock'>,
  caller: Caller,
  uuid: string,
  input: { readonly decision: 'approve' | 'deny'; readonly comment: string },
): Promise<Request> {
  if (input.comment.length > longestComment) {
    throw new CardinalError('InvalidParameter', `comment: longer than ${longestComment} characters.`)
  }
  return await environment.store.transactor.transaction(async transaction => {
    const request = await lockRequestFor(transaction, caller, uuid, 'approve')
    const decided = accept(nextRequestStatus(request.status, input.decision))
    const isNew = await transaction.insertApproval({
      requestUuid: uuid,
      approverUuid: caller.user.uuid,
      decision: input.decision,
      at: environment.clock.now(),
      comment: input.comment,
    })
    if (!isNew)
      throw new CardinalError('DuplicateApproval', 'The caller has already decided on this request.')
    const approvals = (await transaction.listApprovals(uuid)).filter(
      approval => approval.decision === 'approve',
    )
    const isDecisive = input.decision === 'deny' || approvals.length >= request.approvalsNeeded
    const updated: Request = isDecisive ? { ...request, status: decided } : request
    if (isDecisive) await transaction.updateRequest(updated)
    await transaction.audit(
      auditEntry(environment, caller, input.decision === 'deny' ? 'request-denied' : 'request-approved', {
        requestUuid: uuid,
        subject: uuid,
        facts: {
          approvals: approvals.length,
          approvalsNeeded: request.approvalsNeeded,
          status: updated.status,
        },
      }),
    )
    return updated
  })
}
