import { accept } from '../../domain/refusal.ts'
import { nextRequestStatus, type Request } from '../../domain/request.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import type { Transaction } from '../ports/store.ts'

/**
 * Moves a locked request into execution, with the audit record; one that executes already stays as it is.
 * Throws RequestStateForbids.
 */
export async function beginExecution(
  environment: Pick<Environment, 'clock'>,
  transaction: Transaction,
  caller: Caller,
  request: Request,
): Promise<Request> {
  const status = accept(nextRequestStatus(request.status, 'execute'))
  if (request.status === status) return request
  const executing: Request = { ...request, status }
  await transaction.updateRequest(executing)
  await transaction.audit(
    auditEntry(environment, caller, 'request-executing', {
      requestUuid: request.uuid,
      subject: request.uuid,
    }),
  )
  return executing
}
