import type { GroupMember } from '../../domain/organisation.ts'
import type { Reader } from '../ports/store.ts'
import { requireLocalGroup } from './require-local.ts'

const pageSize = 5000

/** The members that a group of the local directory names itself, by name. Throws CardinalError InvalidParameter. */
export async function listGroupMembers(reader: Reader, name: string): Promise<readonly GroupMember[]> {
  const { uuid } = await requireLocalGroup(reader, name)
  const members: (readonly [key: string, member: GroupMember])[] = []
  let after: string | null = null
  do {
    const page: readonly GroupMember[] = await reader.listGroupMembers(uuid, { after, limit: pageSize })
    for (const member of page) members.push([member.name.toLowerCase(), member])
    after = page.length < pageSize ? null : (page.at(-1)?.sid ?? null)
  } while (after !== null)
  members.sort(([left], [right]) => (left < right ? -1 : 1))
  return members.map(([, member]) => member)
}
