import { mostSessionsOfUser, type Session, sessionExpiry } from '../../domain/session.ts'
import type { Environment } from '../environment.ts'
import { findAccount, type ScopedCaller } from '../people/account-access.ts'

export interface ListedSession {
  readonly session: Session
  readonly expiresAt: Date
}

/**
 * The sessions of the caller, or for administrators of another user (uuid or account name), the one used last first.
 * Throws NotPermitted, UserNotFound.
 */
export async function listSessions(
  environment: Pick<Environment, 'store' | 'directory' | 'clock' | 'sessionLimits'>,
  caller: ScopedCaller,
  user: string | null,
): Promise<readonly ListedSession[]> {
  const userUuid = await findAccount(environment, caller, user)
  const sessions = await environment.store.reader.listSessionsOfUser(userUuid, mostSessionsOfUser)
  const now = environment.clock.now()
  return sessions
    .map(session => ({ session, expiresAt: sessionExpiry(session, environment.sessionLimits) }))
    .filter(({ expiresAt }) => now <= expiresAt)
}
