import { type ApiToken, mostApiTokensOfUser } from '../../domain/api-token.ts'
import type { Environment } from '../environment.ts'
import { findAccount, type ScopedCaller } from '../people/account-access.ts'

/**
 * The API tokens of the caller, or for administrators of another user (uuid or account name), the newest first; also
 * those that expired lately. Throws NotPermitted, UserNotFound.
 */
export async function listApiTokens(
  environment: Pick<Environment, 'store' | 'directory'>,
  caller: ScopedCaller,
  user: string | null,
): Promise<readonly ApiToken[]> {
  const userUuid = await findAccount(environment, caller, user)
  return await environment.store.reader.listApiTokensOfUser(userUuid, mostApiTokensOfUser)
}
