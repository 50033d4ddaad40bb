import { CardinalError } from '../../domain/error.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import { requireAccountAccess, type ScopedCaller } from '../people/account-access.ts'

/** Revokes an API token of the caller, or for administrators of anybody. Throws ApiTokenNotFound, NotPermitted. */
export async function revokeApiToken(
  environment: Pick<Environment, 'store' | 'clock'>,
  caller: ScopedCaller,
  uuid: string,
): Promise<void> {
  await environment.store.transactor.transaction(async transaction => {
    const apiToken = await transaction.lockApiToken(uuid)
    if (apiToken === null) {
      throw new CardinalError('ApiTokenNotFound', 'There is no API token with this id, or it was revoked.')
    }
    requireAccountAccess(caller, apiToken.userUuid)
    await transaction.deleteApiToken(uuid)
    const facts = { user: apiToken.userUuid, name: apiToken.name }
    await transaction.audit(auditEntry(environment, caller, 'api-token-revoked', { subject: uuid, facts }))
  })
}
