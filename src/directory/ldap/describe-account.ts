import { EqualityFilter, type Filter, OrFilter } from 'ldapts'
import type { AccountDescription } from '../../workflows/ports/directory.ts'
import { uuidOfSecurityIdentifier } from './attributes/binary-security-identifier.ts'
import { findUserEntry, sidOf } from './find-users.ts'
import type { LdapContext } from './ldap-context.ts'
import { listGroupSids, searchGroups } from './list-groups.ts'

/** Identifiers in one filter; servers bound its size. */
const sidsPerSearch = 50

/** State and groups of a user, as the directory says at this moment; null where there is no such user. */
export async function describeAccount(
  context: LdapContext,
  uuid: string,
): Promise<AccountDescription | null> {
  const { mapping, clock } = context.settings
  const entry = await findUserEntry(context, uuid, mapping.stateAttributes)
  const sids = entry === null ? null : await listGroupSids(context, uuid)
  if (entry === null || sids === null) return null
  const [, ...groupSids] = sids
  const names = await nameGroups(context, groupSids)
  return {
    state: mapping.refusal(entry, clock.now()) ?? 'enabled',
    groups: groupSids.map(sid => ({ sid, name: names.get(sid) ?? null })),
  }
}

/** By security identifier; those that lie outside of the base of the groups have none. */
async function nameGroups(
  context: LdapContext,
  sids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { mapping } = context.settings
  const names = new Map<string, string>()
  for (let start = 0; start < sids.length; start += sidsPerSearch) {
    const filters = sids.slice(start, start + sidsPerSearch).flatMap(sid => conditionOf(context, sid) ?? [])
    if (filters.length === 0) continue
    for (const group of await searchGroups(context, new OrFilter({ filters }))) {
      const sid = sidOf(group, mapping)
      const name = group.text(mapping.groupName)
      if (sid !== null && name !== null) names.set(sid, name)
    }
  }
  return names
}

function conditionOf({ settings }: LdapContext, sid: string): Filter | null {
  const { mapping } = settings
  if (mapping.sid.attribute !== null) {
    return new EqualityFilter({ attribute: mapping.sid.attribute, value: sid })
  }
  const uuid = uuidOfSecurityIdentifier(sid)
  return uuid === null ? null : new EqualityFilter({ attribute: mapping.uuid.attribute, value: uuid })
}
