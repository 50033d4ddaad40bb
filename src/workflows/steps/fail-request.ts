import { isRefusal } from '../../domain/refusal.ts'
import { nextRequestStatus } from '../../domain/request.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { discardNewAssignment } from './discard-new-assignment.ts'

/** Ends a request that the certification authority could not serve: its new card and profile are retired with it. */
export async function failRequest(
  environment: Pick<Environment, 'store' | 'clock'>,
  caller: Caller,
  uuid: string,
): Promise<void> {
  await environment.store.transactor.transaction(async transaction => {
    const request = await transaction.lockRequest(uuid)
    if (request === null) return
    const status = nextRequestStatus(request.status, 'fail')
    if (isRefusal(status)) return
    await discardNewAssignment(environment, transaction, caller, request)
    await transaction.updateRequest({ ...request, status, completed: environment.clock.now() })
    await transaction.audit(
      auditEntry(environment, caller, 'request-failed', { requestUuid: uuid, subject: uuid }),
    )
  })
}
