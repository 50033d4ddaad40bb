import type { DirectoryUser } from '../domain/directory-user.ts'
import type { RoleAssignment } from '../domain/organisation.ts'
import type { Principal } from '../domain/permission.ts'
import type { Clock } from '../workflows/ports/clock.ts'
import type { Directory } from '../workflows/ports/directory.ts'
import type { Reader } from '../workflows/ports/store.ts'
import { LeastRecentlyUsedMap } from './least-recently-used-map.ts'

/** A user with all groups, and the roles that are assigned to any of them. */
export async function resolvePrincipal(
  user: DirectoryUser,
  directory: Pick<Directory, 'listSids'>,
  roleAssignments: readonly RoleAssignment[],
  groupSids: ReadonlySet<string> = new Set(),
): Promise<Principal> {
  const sids = new Set([...(await directory.listSids(user)), ...groupSids])
  const roles = roleAssignments.filter(assignment => sids.has(assignment.trustee)).map(({ role }) => role)
  return { uuid: user.uuid, sid: user.sid, sids, roles: new Set(roles) }
}

/**
 * Resolves principals and remembers each for `lifetimeSeconds`: a change of groups or roles takes effect after that
 * time at the latest. `groupSids` are groups that somebody else vouches for. Nothing else is remembered: whether the
 * user still exists and is enabled is not asked here.
 * At most `capacity` principals are held.
 */
export function createPrincipalResolver(options: {
  readonly directory: Pick<Directory, 'listSids'>
  readonly reader: Pick<Reader, 'listRoleAssignments'>
  readonly clock: Clock
  readonly lifetimeSeconds: number
  readonly capacity?: number
}): (user: DirectoryUser, groupSids?: ReadonlySet<string>) => Promise<Principal> {
  const { directory, reader, clock, lifetimeSeconds, capacity = 10_000 } = options
  const remembered = new LeastRecentlyUsedMap<{
    readonly at: number
    readonly principal: Promise<Principal>
  }>(capacity)
  const resolve = async (user: DirectoryUser, groupSids: ReadonlySet<string>) =>
    resolvePrincipal(user, directory, await reader.listRoleAssignments(), groupSids)

  return async (user, groupSids = new Set()) => {
    const key = [user.uuid, ...[...groupSids].sort()].join(' ')
    const now = clock.now().getTime()
    const known = remembered.get(key)
    // Where the clock was set back, it is not known how old it is.
    const isFresh = known !== undefined && known.at <= now && now < known.at + lifetimeSeconds * 1000
    if (isFresh) return known.principal
    const entry = { at: now, principal: resolve(user, groupSids) }
    remembered.set(key, entry)
    try {
      return await entry.principal
    } catch (error) {
      if (remembered.get(key) === entry) remembered.delete(key)
      throw error
    }
  }
}
