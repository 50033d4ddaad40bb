import type { DirectoryUser } from '../../domain/directory-user.ts'
import { changeLocalDirectory } from './change-local-directory.ts'
import { operatorAuditEntry, type PeopleEnvironment } from './people-environment.ts'
import { requireLocalUser } from './require-local.ts'

/**
 * Lets somebody in again, as who they were.
 *
 * @returns whether they were disabled
 * @throws CardinalError UserNotFound
 */
export async function enableUser(
  environment: PeopleEnvironment,
  name: string,
): Promise<{ readonly user: DirectoryUser; readonly wasDisabled: boolean }> {
  return await changeLocalDirectory(environment, async transaction => {
    const user = await requireLocalUser(transaction, name)
    if (user.enabled) return { user, wasDisabled: false }
    const enabled = { ...user, enabled: true }
    await transaction.saveUser(enabled)
    await transaction.audit(
      operatorAuditEntry(environment, 'user-enabled', user.uuid, { accountName: user.accountName }),
    )
    return { user: enabled, wasDisabled: true }
  })
}
