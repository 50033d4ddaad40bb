import { EqualityFilter, OrFilter } from 'ldapts'
import { uuidOfSecurityIdentifier } from './attributes/binary-security-identifier.ts'
import { formatObjectGuid } from './attributes/object-guid.ts'
import { binaryAttributes, sidOf } from './find-users.ts'
import type { LdapContext } from './ldap-context.ts'

/** In one filter; servers bound its size. */
const sidsPerSearch = 50

/** Those that nothing in the whole directory has, below whichever base. Throws LdapFault. */
export async function listMissingSids(
  context: LdapContext,
  sids: readonly string[],
): Promise<readonly string[]> {
  const found = new Set<string>()
  for (let start = 0; start < sids.length; start += sidsPerSearch) {
    for (const sid of await findSids(context, sids.slice(start, start + sidsPerSearch))) found.add(sid)
  }
  return sids.filter(sid => !found.has(sid))
}

async function findSids(
  { connection, settings: { mapping, maximumGroups }, facts }: LdapContext,
  sids: readonly string[],
): Promise<readonly string[]> {
  const filters = sids.flatMap(sid => {
    if (mapping.sid.attribute !== null)
      return [new EqualityFilter({ attribute: mapping.sid.attribute, value: sid })]
    const uuid = uuidOfSecurityIdentifier(sid)
    if (uuid === null) return []
    const value = mapping.uuid.form === 'objectGUID' ? formatObjectGuid(uuid) : uuid
    return [new EqualityFilter({ attribute: mapping.uuid.attribute, value })]
  })
  if (filters.length === 0) return []
  const entries = await connection.searchAll({
    base: facts.rootDn,
    scope: 'sub',
    filter: new OrFilter({ filters }),
    attributes: [mapping.uuid.attribute, mapping.sid.attribute].filter(name => name !== null),
    binary: binaryAttributes(mapping),
    limit: maximumGroups,
  })
  return entries.map(entry => sidOf(entry, mapping)).filter(sid => sid !== null)
}
