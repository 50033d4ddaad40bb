import type { DirectoryGroup } from '../../domain/organisation.ts'
import type { Role } from '../../domain/role.ts'
import { changeLocalDirectory } from './change-local-directory.ts'
import { keepAnAdministrator } from './keep-an-administrator.ts'
import { operatorAuditEntry, type PeopleEnvironment } from './people-environment.ts'
import { requireLocalGroup } from './require-local.ts'

/**
 * Removes a group, with the roles and rights that it had. Its members stay.
 *
 * @throws CardinalError InvalidParameter where there is no such group, or it holds the last administrator
 */
export async function removeGroup(
  environment: PeopleEnvironment,
  name: string,
): Promise<{ readonly group: DirectoryGroup; readonly roles: readonly Role[] }> {
  return await changeLocalDirectory(environment, async transaction => {
    const group = await requireLocalGroup(transaction, name)
    const assignments = await transaction.listRoleAssignments()
    const roles = assignments.filter(({ trustee }) => trustee === group.sid).map(({ role }) => role)
    await keepAnAdministrator(transaction, () => transaction.deleteGroup(group))
    await transaction.audit(
      operatorAuditEntry(environment, 'group-removed', group.uuid, {
        name: group.name,
        sid: group.sid,
        members: group.members.length,
        roles: roles.join(', '),
      }),
    )
    return { group, roles }
  })
}
