import type { Reader } from '../ports/store.ts'
import { requireLocalGroup } from './require-local.ts'

export interface GroupMember {
  /** `elsewhere`: of another directory, known by the security identifier alone. */
  readonly kind: 'user' | 'group' | 'elsewhere'
  readonly name: string
  readonly sid: string
  readonly enabled: boolean
}

/** The members that a group of the local directory names itself, by name. Throws CardinalError InvalidParameter. */
export async function listGroupMembers(reader: Reader, name: string): Promise<readonly GroupMember[]> {
  const { members } = await requireLocalGroup(reader, name)
  const found = await Promise.all(members.map(sid => memberOf(reader, sid)))
  return found.toSorted((left, right) => (left.name.toLowerCase() < right.name.toLowerCase() ? -1 : 1))
}

async function memberOf(reader: Reader, sid: string): Promise<GroupMember> {
  const user = await reader.findUserBySid(sid)
  if (user !== null) return { kind: 'user', name: user.accountName, sid, enabled: user.enabled }
  const group = await reader.findGroupBySid(sid)
  if (group !== null) return { kind: 'group', name: group.name, sid, enabled: true }
  return { kind: 'elsewhere', name: sid, sid, enabled: true }
}
