import type { DirectoryUser } from '../../domain/directory-user.ts'
import type { Role } from '../../domain/role.ts'
import type { Reader } from '../ports/store.ts'
import { requireLocalUser } from './require-local.ts'

export interface ShownUser {
  readonly user: DirectoryUser
  readonly hasPassword: boolean
  /** Names of the groups that name the user, and of those that hold these. */
  readonly groups: readonly string[]
  readonly groupsByWayOfOthers: readonly string[]
  readonly roles: readonly Role[]
}

/** What is known of somebody in the local directory. Throws CardinalError UserNotFound. */
export async function showUser(reader: Reader, name: string): Promise<ShownUser> {
  const user = await requireLocalUser(reader, name)
  const sids = await reader.listGroupSidsOf(user.sid)
  const groups = await reader.listGroupNamesHolding(user.sid)
  const holders = await Promise.all(sids.map(sid => reader.listGroupNamesHolding(sid)))
  const assignments = await reader.listRoleAssignments()
  const roles = assignments.filter(({ trustee }) => trustee === user.sid || sids.includes(trustee))
  return {
    user,
    hasPassword: (await reader.findLocalAccount(user.uuid)) !== null,
    groups,
    groupsByWayOfOthers: [...new Set(holders.flat())].filter(group => !groups.includes(group)).sort(),
    roles: [...new Set(roles.map(({ role }) => role))],
  }
}
