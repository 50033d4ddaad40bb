import type { DirectoryUser } from '../../domain/directory-user.ts'
import { distinguishedNameKey } from '../../domain/distinguished-name-key.ts'
import type { DirectoryGroup } from '../../domain/organisation.ts'
import type { Reader } from '../ports/store.ts'

const pageSize = 1000

/** All people and groups of the local directory, by everything that a file may call them. */
export class LocalDirectorySnapshot {
  readonly #users = new Map<string, DirectoryUser>()
  readonly #groups = new Map<string, DirectoryGroup>()
  readonly #usersByAccount = new Map<string, DirectoryUser>()
  readonly #usersByName = new Map<string, DirectoryUser>()
  readonly #groupsByName = new Map<string, DirectoryGroup>()
  readonly #groupsByMember = new Map<string, DirectoryGroup[]>()
  readonly #bySid = new Map<string, DirectoryUser | DirectoryGroup>()

  constructor(users: readonly DirectoryUser[], groups: readonly DirectoryGroup[]) {
    for (const user of users) {
      this.#users.set(user.uuid, user)
      this.#usersByAccount.set(user.accountName.toLowerCase(), user)
      this.#usersByName.set(distinguishedNameKey(user.distinguishedName), user)
      this.#bySid.set(user.sid, user)
    }
    for (const group of groups) {
      this.#groups.set(group.uuid, group)
      this.#groupsByName.set(group.name.toLowerCase(), group)
      this.#bySid.set(group.sid, group)
      for (const member of group.members) {
        const groupsOfMember = this.#groupsByMember.get(member) ?? []
        groupsOfMember.push(group)
        this.#groupsByMember.set(member, groupsOfMember)
      }
    }
  }

  get users(): Iterable<DirectoryUser> {
    return this.#users.values()
  }

  get groups(): Iterable<DirectoryGroup> {
    return this.#groups.values()
  }

  user(uuid: string): DirectoryUser | null {
    return this.#users.get(uuid) ?? null
  }

  group(uuid: string): DirectoryGroup | null {
    return this.#groups.get(uuid) ?? null
  }

  userByAccount(name: string): DirectoryUser | null {
    return this.#usersByAccount.get(name.toLowerCase()) ?? null
  }

  userByDistinguishedName(name: string): DirectoryUser | null {
    return this.#usersByName.get(distinguishedNameKey(name)) ?? null
  }

  groupByName(name: string): DirectoryGroup | null {
    return this.#groupsByName.get(name.toLowerCase()) ?? null
  }

  /** Those that name this member themselves. */
  groupsHolding(memberSid: string): readonly DirectoryGroup[] {
    return this.#groupsByMember.get(memberSid) ?? []
  }

  bySid(sid: string): DirectoryUser | DirectoryGroup | null {
    return this.#bySid.get(sid) ?? null
  }
}

/** Reads everybody: for work on all of them, never for a call. */
export async function readLocalDirectory(
  reader: Pick<Reader, 'listUsers' | 'listGroups' | 'findGroupByName'>,
): Promise<LocalDirectorySnapshot> {
  const users: DirectoryUser[] = []
  for (;;) {
    const page = await reader.listUsers({ after: users.at(-1) ?? null, limit: pageSize })
    users.push(...page)
    if (page.length < pageSize) break
  }
  const groups: DirectoryGroup[] = []
  for (;;) {
    const page = await reader.listGroups({ after: groups.at(-1)?.name ?? null, limit: pageSize })
    for (const { name } of page) {
      const group = await reader.findGroupByName(name)
      if (group !== null) groups.push(group)
    }
    if (page.length < pageSize) break
  }
  return new LocalDirectorySnapshot(users, groups)
}
