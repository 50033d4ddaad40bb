import { accept } from '../../domain/refusal.ts'
import { nextRequestStatus, type Request } from '../../domain/request.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { discardNewAssignment } from './discard-new-assignment.ts'
import { lockRequestFor } from './require-request.ts'

export type EndEnvironment = Pick<Environment, 'store' | 'clock'>

/** Ends a request before its completion, and takes back what it has assigned and issued until then. */
export async function endUnfinishedRequest(
  environment: EndEnvironment,
  caller: Caller,
  uuid: string,
  event: 'cancel' | 'abandon',
): Promise<Request> {
  return await environment.store.transactor.transaction(async transaction => {
    const request = await lockRequestFor(transaction, caller, uuid, 'cancel')
    const status = accept(nextRequestStatus(request.status, event))
    await discardNewAssignment(environment, transaction, caller, request)
    const ended: Request = { ...request, status, completed: environment.clock.now() }
    await transaction.updateRequest(ended)
    const action = event === 'cancel' ? 'request-canceled' : 'request-abandoned'
    await transaction.audit(auditEntry(environment, caller, action, { requestUuid: uuid, subject: uuid }))
    return ended
  })
}
