import { CardinalError } from '../../domain/error.ts'
import type { DirectoryGroup } from '../../domain/organisation.ts'
import { isSecurityIdentifier } from '../../domain/security-identifier.ts'
import type { Reader } from '../ports/store.ts'
import { changeLocalDirectory } from './change-local-directory.ts'
import { keepAnAdministrator } from './keep-an-administrator.ts'
import { quote } from './local-user.ts'
import { operatorAuditEntry, type PeopleEnvironment } from './people-environment.ts'
import { requireLocalGroup } from './require-local.ts'

export interface MemberChanges {
  /** Users, groups or security identifiers, by name. */
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

export interface ChangedMembers {
  readonly group: DirectoryGroup
  /** Those of the names that made a difference. */
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

/**
 * Puts users and other groups into a group, and takes some out of it.
 *
 * @throws CardinalError InvalidParameter where somebody is not there, a group would hold itself by way of others, or
 *   the last administrator would be taken out
 */
export async function changeGroupMembers(
  environment: PeopleEnvironment,
  name: string,
  changes: MemberChanges,
): Promise<ChangedMembers> {
  return await changeLocalDirectory(environment, async transaction => {
    const group = await requireLocalGroup(transaction, name)
    const members = new Set(group.members)
    const added: string[] = []
    const removed: string[] = []
    for (const member of changes.add) {
      const sid = await sidOf(transaction, member)
      await requireNoCycle(transaction, group, sid, member)
      if (!members.has(sid)) added.push(member)
      members.add(sid)
    }
    for (const member of changes.remove) {
      if (members.delete(await sidOf(transaction, member))) removed.push(member)
    }
    if (added.length + removed.length === 0) return { group, added, removed }
    const changed = { ...group, members: [...members] }
    await keepAnAdministrator(transaction, () => transaction.saveGroup(changed))
    await transaction.audit(
      operatorAuditEntry(environment, 'group-members-changed', group.uuid, {
        name: group.name,
        added: added.join(', '),
        removed: removed.join(', '),
      }),
    )
    return { group: changed, added, removed }
  })
}

async function sidOf(reader: Reader, name: string): Promise<string> {
  if (isSecurityIdentifier(name)) return name
  const found = [await reader.findUserByName(name), await reader.findGroupByName(name)].filter(
    one => one !== null,
  )
  const [first, second] = found
  if (first === undefined) {
    throw new CardinalError('InvalidParameter', `There is neither a user nor a group ${quote(name)}.`)
  }
  if (second === undefined) return first.sid
  throw new CardinalError(
    'InvalidParameter',
    `${quote(name)} is both a user (${first.sid}) and a group (${second.sid}): give the security identifier.`,
  )
}

/** Nobody would be harmed by a cycle, but the groups would be one and the same, which nobody means. */
async function requireNoCycle(
  reader: Reader,
  group: DirectoryGroup,
  memberSid: string,
  member: string,
): Promise<void> {
  const holders = [group.sid, ...(await reader.listGroupSidsOf(group.sid))]
  if (!holders.includes(memberSid)) return
  throw new CardinalError(
    'InvalidParameter',
    memberSid === group.sid
      ? `The group ${quote(group.name)} cannot be a member of itself.`
      : `The group ${quote(member)} holds ${quote(group.name)}, and so cannot be a member of it.`,
  )
}
