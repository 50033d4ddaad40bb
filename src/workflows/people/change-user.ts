import type { AuditRecord } from '../../domain/audit-record.ts'
import type { DirectoryUser } from '../../domain/directory-user.ts'
import { changeLocalDirectory } from './change-local-directory.ts'
import { changedFields, composeChangedUser, findUserFaults, type UserFields } from './local-user.ts'
import { operatorAuditEntry, type PeopleEnvironment } from './people-environment.ts'
import { requireFreeNames, requireLocalUser, requireNoFaults, requireOrganisation } from './require-local.ts'

export interface ChangedUser {
  readonly before: DirectoryUser
  readonly after: DirectoryUser
}

/**
 * Renames somebody, or changes what is known of them. Their identity stays: uuid, security identifier, groups, cards
 * and certificates.
 *
 * @throws CardinalError UserNotFound, InvalidParameter where a name is not one or somebody else's
 */
export async function changeUser(
  environment: PeopleEnvironment,
  name: string,
  fields: Omit<UserFields, 'enabled'>,
): Promise<ChangedUser> {
  return await changeLocalDirectory(environment, async transaction => {
    const before = await requireLocalUser(transaction, name)
    const after = composeChangedUser(await requireOrganisation(transaction), before, fields)
    if (changedFields(before, after).length === 0) return { before, after }
    requireNoFaults(findUserFaults(after))
    await requireFreeNames(transaction, after)
    await transaction.saveUser(after)
    await transaction.audit(
      operatorAuditEntry(environment, 'user-changed', after.uuid, changeFacts(before, after)),
    )
    return { before, after }
  })
}

/** Each field that changed, as it is and as it was. */
export function changeFacts(before: DirectoryUser, after: DirectoryUser): AuditRecord['facts'] {
  const pairs = changedFields(before, after).flatMap(field => [
    [field, after[field]] as const,
    [`${field}Before`, before[field]] as const,
  ])
  return { ...Object.fromEntries(pairs), accountName: after.accountName }
}
