import { mostSessionsOfUser } from '../../domain/session.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import { findAccount, type ScopedCaller } from '../people/account-access.ts'

/**
 * Ends all sessions of the caller, or for administrators of another user (uuid or account name).
 * Throws NotPermitted, UserNotFound.
 *
 * @param which `exceptUuid` is the session that stays; null for none
 */
export async function endSessions(
  environment: Pick<Environment, 'store' | 'directory' | 'clock'>,
  caller: ScopedCaller,
  which: { readonly user: string | null; readonly exceptUuid: string | null },
): Promise<void> {
  const userUuid = await findAccount(environment, caller, which.user)
  await environment.store.transactor.transaction(async transaction => {
    await transaction.lockUser(userUuid)
    const sessions = await transaction.listSessionsOfUser(userUuid, mostSessionsOfUser)
    for (const { uuid } of sessions) {
      if (uuid === which.exceptUuid || !(await transaction.deleteSession(uuid))) continue
      const facts = { user: userUuid }
      await transaction.audit(auditEntry(environment, caller, 'session-ended', { subject: uuid, facts }))
    }
  })
}
