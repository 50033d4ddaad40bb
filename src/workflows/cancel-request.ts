import { accept } from '../domain/refusal.ts'
import { nextRequestStatus, type Request } from '../domain/request.ts'
import { auditEntry } from './audit-entry.ts'
import { discardNewAssignment } from './discard-new-assignment.ts'
import type { Environment } from './environment.ts'
import type { Caller } from './ports.ts'
import { lockRequestFor } from './require-request.ts'

type EndEnvironment = Pick<Environment, 'store' | 'clock'>

/**
 * Stops a request at any time before it ends; what it has assigned and issued until then is taken back.
 * Throws RequestNotFound, NotPermitted, RequestStateForbids.
 */
export async function cancelRequest(
  environment: EndEnvironment,
  caller: Caller,
  uuid: string,
): Promise<Request> {
  return await endUnfinished(environment, caller, uuid, 'cancel')
}

/**
 * Gives up an approved request before it was executed.
 * Throws RequestNotFound, NotPermitted, RequestStateForbids.
 */
export async function abandonRequest(
  environment: EndEnvironment,
  caller: Caller,
  uuid: string,
): Promise<Request> {
  return await endUnfinished(environment, caller, uuid, 'abandon')
}

async function endUnfinished(
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
