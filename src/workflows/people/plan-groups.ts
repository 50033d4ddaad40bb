import { distinguishedNameKey, leadingAttribute } from '../../domain/distinguished-name-key.ts'
import { findGroupNameFault } from '../../domain/local-names.ts'
import type { DirectoryGroup } from '../../domain/organisation.ts'
import type { FileFault, GroupEntry, MemberReference, PeopleFile } from '../../domain/people-file.ts'
import type { LocalDirectorySnapshot } from './local-directory-snapshot.ts'
import { quote } from './local-user.ts'
import type { PlannedPerson } from './plan-people.ts'

export interface PlannedGroup {
  /** null for a new one. */
  readonly before: DirectoryGroup | null
  readonly after: DirectoryGroup
}

export interface GroupOptions {
  /** Makes groups that people of the file are in and that are not there. */
  readonly addGroups: boolean
  /** Leaves members out that are nobody, instead of finding fault. */
  readonly ignoreUnknownMembers: boolean
}

/**
 * The groups as the file has them: a group of the file has just the members that stand there, and a person with a list
 * of groups is in just these. Other groups and people keep what they have. What is wrong goes to `faults`.
 */
export class GroupPlanner {
  readonly #directory: LocalDirectorySnapshot
  readonly #options: GroupOptions
  readonly #newIdentity: { uuid(): string; sid(): string }
  readonly #faults: FileFault[]
  /** By name in lower case: those that the file may change. */
  readonly #groups = new Map<
    string,
    { before: DirectoryGroup | null; group: DirectoryGroup; members: Set<string> }
  >()

  /** Uuids and security identifiers of the file's people and of its new groups. */
  readonly #identities = new Set<string>()

  /** Where each was named first: hundreds of people may be in it. */
  readonly #missingGroups = new Map<string, { readonly name: string; readonly line: number }>()

  constructor(
    directory: LocalDirectorySnapshot,
    options: GroupOptions,
    newIdentity: { uuid(): string; sid(): string },
    faults: FileFault[],
  ) {
    this.#directory = directory
    this.#options = options
    this.#newIdentity = newIdentity
    this.#faults = faults
  }

  plan(file: PeopleFile, people: readonly PlannedPerson[]): PlannedGroup[] {
    const sidsByName = new Map<string, string>()
    for (const { after } of people) sidsByName.set(distinguishedNameKey(after.distinguishedName), after.sid)
    for (const { after } of people) this.#identities.add(after.uuid).add(after.sid)
    const accounts = new Map(people.map(({ after }) => [after.accountName.toLowerCase(), after.sid]))
    for (const entry of file.groups) {
      const sid = this.#openEntry(entry, accounts)
      if (sid !== null && entry.distinguishedName !== undefined) {
        sidsByName.set(distinguishedNameKey(entry.distinguishedName), sid)
      }
    }
    for (const { name, members } of file.groups) {
      const planned = this.#groups.get(name.toLowerCase())
      if (planned === undefined) continue
      for (const member of members) {
        const sid = this.#memberSid(member, sidsByName, accounts)
        if (sid !== null) planned.members.add(sid)
        else if (!this.#isPassedOver(member, file)) this.#missing(member, name)
      }
    }
    for (const person of people) this.#putIntoGroups(person, accounts)
    for (const { name, line } of this.#missingGroups.values()) {
      const message = `There is no group ${quote(name)}. Add it by "cardinal group add", or import with --add-groups.`
      this.#faults.push({ line, message })
    }
    return [...this.#groups.values()].map(({ before, group, members }) => ({
      before,
      after: { ...group, members: [...members] },
    }))
  }

  /** A group of the file begins without members. */
  #openEntry(entry: GroupEntry, accounts: ReadonlyMap<string, string>): string | null {
    const { line, name, uuid, sid } = entry
    const fault = findGroupNameFault(name)
    const before =
      (uuid === undefined ? null : this.#directory.group(uuid)) ?? this.#directory.groupByName(name)
    const group = before === null ? this.#newGroup(name, entry) : { ...before, name }
    const key = name.toLowerCase()
    const faults = [
      fault === null ? null : `The group name ${quote(name)} ${fault}.`,
      this.#groups.has(key) ? `The group ${quote(name)} is in the file twice.` : null,
      accounts.has(key) || this.#directory.userByAccount(name) !== null
        ? `${quote(name)} is the account name of a user.`
        : null,
      this.#isTakenBySomebodyElse(group, before)
        ? `Somebody else has the name or an identity of ${quote(name)}.`
        : null,
      before !== null && uuid !== undefined && before.uuid !== uuid
        ? `The group ${quote(name)} is here already, with the uuid ${before.uuid}, which never changes.`
        : null,
      before !== null && sid !== undefined && before.sid !== sid
        ? `The group ${quote(name)} has the security identifier ${before.sid}, which never changes.`
        : null,
    ].filter(message => message !== null)
    // The file's own reader has said what an empty name means.
    if (name !== '') this.#faults.push(...faults.map(message => ({ line, message })))
    if (faults.length > 0) return null
    this.#identities.add(group.uuid).add(group.sid)
    this.#groups.set(key, { before, group, members: new Set() })
    return group.sid
  }

  #isTakenBySomebodyElse({ name, uuid, sid }: DirectoryGroup, before: DirectoryGroup | null): boolean {
    const isAnother = (one: { readonly uuid: string } | null) => one !== null && one.uuid !== before?.uuid
    return (
      isAnother(this.#directory.groupByName(name)) ||
      isAnother(this.#directory.user(uuid)) ||
      isAnother(this.#directory.bySid(sid)) ||
      this.#identities.has(uuid) ||
      this.#identities.has(sid)
    )
  }

  #newGroup(name: string, stated: Partial<Pick<GroupEntry, 'uuid' | 'sid' | 'sidIfNew'>>): DirectoryGroup {
    return {
      uuid: stated.uuid ?? this.#newIdentity.uuid(),
      sid: stated.sid ?? stated.sidIfNew ?? this.#newIdentity.sid(),
      name,
      members: [],
    }
  }

  #memberSid(
    { by, name }: MemberReference,
    sidsByName: ReadonlyMap<string, string>,
    accounts: ReadonlyMap<string, string>,
  ): string | null {
    const byAccount = (account: string) =>
      accounts.get(account.toLowerCase()) ?? this.#directory.userByAccount(account)?.sid ?? null
    if (by === 'account') return byAccount(name)
    const known = sidsByName.get(distinguishedNameKey(name))
    if (known !== undefined) return known
    const here = this.#directory.userByDistinguishedName(name)
    if (here !== null) return here.sid
    // People who came from elsewhere: their entry had another name, but the account in it is the same.
    const leading = leadingAttribute(name)
    return leading?.type === 'uid' ? byAccount(leading.value) : null
  }

  #isPassedOver({ by, name }: MemberReference, file: PeopleFile): boolean {
    return (
      this.#options.ignoreUnknownMembers ||
      (by === 'distinguished-name' && file.passedOver.has(distinguishedNameKey(name)))
    )
  }

  #missing({ line, name }: MemberReference, group: string): void {
    this.#faults.push({
      line,
      message: `The member ${quote(name)} of ${quote(group)} is neither in the file nor here.`,
    })
  }

  #putIntoGroups({ entry, before, after }: PlannedPerson, accounts: ReadonlyMap<string, string>): void {
    if (entry.groups === undefined) return
    const wanted = new Set(entry.groups.map(name => name.toLowerCase()))
    for (const group of before === null ? [] : this.#directory.groupsHolding(after.sid)) {
      if (!wanted.has(group.name.toLowerCase())) this.#open(group).delete(after.sid)
    }
    for (const name of entry.groups) {
      const members = this.#membersToAdd(name, entry.line, accounts)
      members?.add(after.sid)
    }
  }

  #membersToAdd(name: string, line: number, accounts: ReadonlyMap<string, string>): Set<string> | null {
    const opened = this.#groups.get(name.toLowerCase())
    if (opened !== undefined) return opened.members
    const group = this.#directory.groupByName(name)
    if (group !== null) return this.#open(group)
    if (this.#options.addGroups) {
      this.#openEntry(
        {
          ...{ line, name, members: [] },
          ...{ uuid: undefined, sid: undefined, sidIfNew: undefined, distinguishedName: undefined },
        },
        accounts,
      )
      return this.#groups.get(name.toLowerCase())?.members ?? null
    }
    const missing = this.#missingGroups.get(name.toLowerCase())
    this.#missingGroups.set(name.toLowerCase(), missing ?? { name, line })
    return null
  }

  #open(group: DirectoryGroup): Set<string> {
    const key = group.name.toLowerCase()
    const opened = this.#groups.get(key) ?? { before: group, group, members: new Set(group.members) }
    this.#groups.set(key, opened)
    return opened.members
  }
}
