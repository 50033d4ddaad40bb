import type { DirectoryUser } from '../../domain/directory-user.ts'
import { changeLocalDirectory } from './change-local-directory.ts'
import { composeNewUser, findUserFaults, type UserFields } from './local-user.ts'
import { NewSecurityIdentifiers } from './new-security-identifiers.ts'
import { operatorAuditEntry, type PeopleEnvironment } from './people-environment.ts'
import { requireFreeNames, requireLocalGroup, requireNoFaults, requireOrganisation } from './require-local.ts'
import { type NewPassword, savePassword } from './set-password.ts'

export interface NewUser extends UserFields {
  readonly accountName: string
  /** Names of groups to put them into. */
  readonly groups: readonly string[]
}

/**
 * Adds somebody to the local directory, who gets an identity of their own for ever.
 *
 * @param password null for somebody who does not sign in by password
 * @throws CardinalError InvalidParameter where a name is not one, or somebody else's, or a group is not there
 */
export async function addUser(
  environment: PeopleEnvironment,
  { groups, ...fields }: NewUser,
  password: NewPassword | null,
): Promise<DirectoryUser> {
  return await changeLocalDirectory(environment, async transaction => {
    const organisation = await requireOrganisation(transaction)
    const user = composeNewUser(organisation, fields, {
      uuid: environment.randomness.uuid(),
      sid: await new NewSecurityIdentifiers(environment.randomness, organisation).drawUnknownTo(transaction),
    })
    requireNoFaults(findUserFaults(user))
    await requireFreeNames(transaction, user)
    await transaction.saveUser(user)
    for (const name of groups) {
      const group = await requireLocalGroup(transaction, name)
      await transaction.saveGroup({ ...group, members: [...group.members, user.sid] })
    }
    await transaction.audit(
      operatorAuditEntry(environment, 'user-added', user.uuid, {
        accountName: user.accountName,
        sid: user.sid,
        groups: groups.join(', '),
      }),
    )
    if (password !== null) await savePassword(environment, transaction, user, password)
    return user
  })
}
