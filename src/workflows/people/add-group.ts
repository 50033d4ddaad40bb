import { findGroupNameFault } from '../../domain/local-names.ts'
import type { DirectoryGroup } from '../../domain/organisation.ts'
import { changeLocalDirectory } from './change-local-directory.ts'
import { quote } from './local-user.ts'
import { NewSecurityIdentifiers } from './new-security-identifiers.ts'
import { operatorAuditEntry, type PeopleEnvironment } from './people-environment.ts'
import { requireFreeGroupName, requireNoFaults, requireOrganisation } from './require-local.ts'

/** Adds an empty group. Throws CardinalError InvalidParameter where the name is not one, or taken. */
export async function addGroup(environment: PeopleEnvironment, name: string): Promise<DirectoryGroup> {
  return await changeLocalDirectory(environment, async transaction => {
    const organisation = await requireOrganisation(transaction)
    const fault = findGroupNameFault(name)
    requireNoFaults(fault === null ? [] : [`The group name ${quote(name)} ${fault}.`])
    await requireFreeGroupName(transaction, name)
    const group: DirectoryGroup = {
      uuid: environment.randomness.uuid(),
      sid: await new NewSecurityIdentifiers(environment.randomness, organisation).drawUnknownTo(transaction),
      name,
      members: [],
    }
    await transaction.saveGroup(group)
    await transaction.audit(
      operatorAuditEntry(environment, 'group-added', group.uuid, { name, sid: group.sid }),
    )
    return group
  })
}
