import { issuingRequestTypes } from '../../domain/permission.ts'
import { isRefusal } from '../../domain/refusal.ts'
import { nextRequestStatus } from '../../domain/request.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import type { Transaction } from '../ports/store.ts'
import { discardNewAssignment } from './discard-new-assignment.ts'

/**
 * Cancels the renewals and replacements under way of a profile that ends: what they have issued already lies on the same
 * card or in the same hands, and must not outlive it.
 */
export async function cancelSuccessors(
  environment: Pick<Environment, 'clock'>,
  transaction: Transaction,
  caller: Caller,
  profileUuid: string,
  exceptRequestUuid: string,
): Promise<void> {
  for (const { uuid } of await transaction.listOpenRequestsAbout(profileUuid)) {
    const request = uuid === exceptRequestUuid ? null : await transaction.lockRequest(uuid)
    if (request === null || !issuingRequestTypes.has(request.type)) continue
    const status = nextRequestStatus(request.status, 'cancel')
    if (isRefusal(status)) continue
    await discardNewAssignment(environment, transaction, caller, request)
    await transaction.updateRequest({ ...request, status, completed: environment.clock.now() })
    await transaction.audit(
      auditEntry(environment, caller, 'request-canceled', {
        requestUuid: uuid,
        subject: uuid,
        facts: { because: exceptRequestUuid },
      }),
    )
  }
}
