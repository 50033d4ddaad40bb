import { CardinalError } from '../../domain/error.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import { requireAccountAccess, type ScopedCaller } from '../people/account-access.ts'

/** Ends a session of the caller, or for administrators of anybody. Throws SessionNotFound, NotPermitted. */
export async function endSession(
  environment: Pick<Environment, 'store' | 'clock'>,
  caller: ScopedCaller,
  uuid: string,
): Promise<void> {
  await environment.store.transactor.transaction(async transaction => {
    const session = await transaction.lockSession(uuid)
    if (session === null) {
      throw new CardinalError('SessionNotFound', 'There is no session with this id, or it has ended.')
    }
    requireAccountAccess(caller, session.userUuid)
    await transaction.deleteSession(uuid)
    const facts = { user: session.userUuid }
    await transaction.audit(auditEntry(environment, caller, 'session-ended', { subject: uuid, facts }))
  })
}
