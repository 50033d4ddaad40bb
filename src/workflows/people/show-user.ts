import { type AccountState, type DirectoryUser, qualifiedAccountName } from '../../domain/directory-user.ts'
import { CardinalError } from '../../domain/error.ts'
import type { Role } from '../../domain/role.ts'
import { isSecurityIdentifier } from '../../domain/security-identifier.ts'
import type { AccountDirectory, Directory } from '../ports/directory.ts'
import type { Reader } from '../ports/store.ts'
import { quote } from './local-user.ts'

export interface ShowEnvironment {
  readonly reader: Reader
  /** People of the server and of the company. */
  readonly directory: Directory
  /** null where the server itself keeps all people. */
  readonly company: AccountDirectory | null
}

export interface ShownUser {
  readonly user: DirectoryUser
  /** Who keeps the account: the server itself, or the company's directory. */
  readonly keptBy: 'cardinal' | 'directory'
  readonly state: AccountState
  /** null where the directory keeps it. */
  readonly hasPassword: boolean | null
  /** Names of the groups that name the user; of a company's directory, of all. Without a name, the security identifier. */
  readonly groups: readonly string[]
  /** Those that hold these; null of a company's directory, which says no more than all. */
  readonly groupsByWayOfOthers: readonly string[] | null
  readonly roles: readonly HeldRole[]
}

export interface HeldRole {
  readonly role: Role
  /** Names of the groups that have the role, or of the account itself. */
  readonly by: readonly string[]
}

/**
 * What is known of somebody.
 *
 * @param text a name as at sign-in, a bare one of Cardinal's own accounts, a UUID or a security identifier
 * @throws CardinalError UserNotFound, ServiceUnavailable while the company's directory cannot be asked
 */
export async function showUser(environment: ShowEnvironment, text: string): Promise<ShownUser> {
  const { reader, company } = environment
  const user = await findAnybody(environment, text)
  if (user === null) throw notFound(company, text)
  if (company === null || (await reader.findUser(user.uuid)) !== null)
    return await showLocalUser(reader, user)
  const described = await company.describeAccount(user.uuid)
  if (described === null) throw notFound(company, text)
  const { state, groups } = described
  const nameOf = new Map(groups.map(({ sid, name }) => [sid, name ?? sid]))
  return {
    user,
    keptBy: 'directory',
    state,
    hasPassword: null,
    groups: [...nameOf.values()].sort(),
    groupsByWayOfOthers: null,
    roles: await rolesOf(reader, user, nameOf),
  }
}

async function findAnybody(
  { reader, directory }: ShowEnvironment,
  text: string,
): Promise<DirectoryUser | null> {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) {
    return await directory.findUserNow(text.toLowerCase())
  }
  if (isSecurityIdentifier(text)) return await directory.findUserBySid(text)
  const user = await directory.findUserByName(text)
  if (user !== null || /[\\@]/.test(text)) return user
  const local = await reader.findUserByName(text)
  return local === null ? null : await directory.findUser(local.uuid)
}

async function showLocalUser(reader: Reader, user: DirectoryUser): Promise<ShownUser> {
  const sids = await reader.listGroupSidsOf(user.sid)
  const held = await Promise.all(sids.map(sid => reader.findGroupBySid(sid)))
  const nameOf = new Map(held.flatMap(group => (group === null ? [] : [[group.sid, group.name] as const])))
  const groups = await reader.listGroupNamesHolding(user.sid)
  return {
    user,
    keptBy: 'cardinal',
    state: user.enabled ? 'enabled' : 'disabled',
    hasPassword: (await reader.findLocalAccount(user.uuid)) !== null,
    groups,
    groupsByWayOfOthers: [...nameOf.values()].filter(name => !groups.includes(name)).sort(),
    roles: await rolesOf(reader, user, nameOf),
  }
}

async function rolesOf(
  reader: Reader,
  user: DirectoryUser,
  groups: ReadonlyMap<string, string>,
): Promise<readonly HeldRole[]> {
  const trustees = new Map([...groups, [user.sid, qualifiedAccountName(user)]])
  const roles = new Map<Role, string[]>()
  for (const { role, trustee } of await reader.listRoleAssignments()) {
    const name = trustees.get(trustee)
    if (name !== undefined) roles.set(role, [...(roles.get(role) ?? []), name])
  }
  return [...roles].map(([role, by]) => ({ role, by: by.sort() }))
}

function notFound(company: AccountDirectory | null, text: string): CardinalError {
  const where = company === null ? "in Cardinal's own directory" : "in the directory or among Cardinal's own"
  return new CardinalError('UserNotFound', `There is no user ${quote(text)} ${where}.`)
}
