import type { DirectoryUser } from '../../domain/directory-user.ts'
import type { Organisation } from '../../domain/organisation.ts'
import type { FileFault, PeopleFile, PersonEntry } from '../../domain/people-file.ts'
import type { LocalDirectorySnapshot } from './local-directory-snapshot.ts'
import { changedFields, composeChangedUser, composeNewUser, findUserFaults, quote } from './local-user.ts'

/** A person of a file, and who they are to become. */
export interface PlannedPerson {
  readonly entry: PersonEntry
  /** null for somebody new. */
  readonly before: DirectoryUser | null
  readonly after: DirectoryUser
}

/**
 * Who the people of a file are: known by uuid, otherwise by account name; new ones get an identity. What is wrong with
 * them goes to `faults`.
 */
export function planPeople(
  file: PeopleFile,
  directory: LocalDirectorySnapshot,
  organisation: Organisation,
  newIdentity: { uuid(): string; sid(): string },
  faults: FileFault[],
): PlannedPerson[] {
  const planned: PlannedPerson[] = []
  for (const entry of file.people) {
    const { line, account, uuid, sid } = entry
    // The file's own reader has said so already.
    if (account === '') continue
    const before = (uuid === undefined ? null : directory.user(uuid)) ?? directory.userByAccount(account)
    const fields = { ...entry, accountName: account }
    const after =
      before === null
        ? composeNewUser(organisation, fields, {
            uuid: uuid ?? newIdentity.uuid(),
            sid: sid ?? entry.sidIfNew ?? newIdentity.sid(),
          })
        : composeChangedUser(organisation, before, fields)
    const messages = [
      ...findIdentityFaults(entry, before, directory),
      // Who stays as they are was found sound before, and that takes the most time of all.
      ...(before === null || changedFields(before, after).length > 0 ? findUserFaults(after) : []),
      ...(before === null && directory.bySid(after.sid) !== null
        ? [`The security identifier ${after.sid} belongs to somebody else.`]
        : []),
    ]
    faults.push(...messages.map(message => ({ line, message })))
    planned.push({ entry, before, after })
  }
  findClashes(planned, directory, faults)
  return planned
}

/** A person's uuid and security identifier stand in certificates and permissions, and never change. */
function findIdentityFaults(
  { account, uuid, sid }: PersonEntry,
  before: DirectoryUser | null,
  directory: LocalDirectorySnapshot,
): string[] {
  if (uuid !== undefined && directory.group(uuid) !== null) return [`The uuid ${uuid} belongs to a group.`]
  if (before === null) return []
  const faults: string[] = []
  if (uuid !== undefined && uuid !== before.uuid) {
    faults.push(`${quote(account)} is here already, with the uuid ${before.uuid}, which never changes.`)
  }
  if (sid !== undefined && sid !== before.sid) {
    faults.push(`${quote(account)} has the security identifier ${before.sid}, which never changes.`)
  }
  return faults
}

/** Names that two would have, in the directory as it would be. One fault is enough for somebody who is there twice. */
function findClashes(
  planned: readonly PlannedPerson[],
  directory: LocalDirectorySnapshot,
  faults: FileFault[],
): void {
  const owners = new Map<string, string>()
  for (const group of directory.groups) {
    owners.set(keyOf('account name', group.name), `the group ${quote(group.name)}`)
  }
  const uuids = new Set(planned.map(({ after }) => after.uuid))
  for (const user of directory.users) {
    if (uuids.has(user.uuid)) continue
    for (const [kind, name] of namesOf(user))
      owners.set(keyOf(kind, name), `${user.accountName}, who is here`)
  }
  for (const { entry, after } of planned) {
    const names = namesOf(after)
    const clash = names.find(([kind, name]) => owners.has(keyOf(kind, name)))
    if (clash !== undefined) {
      const [kind, name] = clash
      const owner = owners.get(keyOf(kind, name))
      faults.push({ line: entry.line, message: `The ${kind} ${quote(name)} belongs to ${owner}.` })
    }
    for (const [kind, name] of names) {
      const key = keyOf(kind, name)
      if (!owners.has(key)) owners.set(key, `line ${entry.line} too`)
    }
  }
}

function namesOf(user: DirectoryUser): (readonly [kind: string, name: string])[] {
  const { accountName, uuid, sid, userPrincipalName } = user
  const names = [
    ['account name', accountName],
    ['uuid', uuid],
    ['security identifier', sid],
  ] as const
  return userPrincipalName === null ? [...names] : [...names, ['user principal name', userPrincipalName]]
}

function keyOf(kind: string, name: string): string {
  return `${kind}\0${name.toLowerCase()}`
}
