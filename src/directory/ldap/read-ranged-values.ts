import { PresenceFilter } from 'ldapts'
import type { LdapConnection } from './connection/ldap-connection.ts'
import { LdapFault } from './ldap-fault.ts'

/**
 * All values of one attribute. A server that gives out only some at once names them `member;range=0-1499` and the last
 * ones `member;range=1500-*` (MS-ADTS 3.1.1.3.1.3.3); we ask on until these come. Throws LdapFault, for more than `limit`
 * values too.
 *
 * @param attribute its name, or its name with the range to begin with
 */
export async function readRangedValues(
  connection: LdapConnection,
  dn: string,
  attribute: string,
  limit: number,
): Promise<readonly Uint8Array[]> {
  const name = attribute.split(';')[0] ?? attribute
  const values: Uint8Array[] = []
  for (let asked: string | null = attribute; asked !== null; ) {
    const [entry] = await connection.search({
      base: dn,
      scope: 'base',
      filter: new PresenceFilter({ attribute: 'objectClass' }),
      attributes: [asked],
      binary: [asked],
      limit: 1,
    })
    const ranges = (entry?.attributes ?? []).filter(each => each.startsWith(`${name.toLowerCase()};range=`))
    const found = ranges[0] ?? name
    values.push(...(entry?.allBytes(found) ?? []))
    if (values.length > limit) throw new LdapFault('operation', `more than ${limit} values of ${name}`)
    const end = /;range=[0-9]+-([0-9]+)$/.exec(found)?.[1]
    const next = end === undefined ? null : Number(end) + 1
    // A server that went back would keep us here for ever.
    if (next !== null && next !== values.length) {
      throw new LdapFault('operation', `values of ${name} in a range that was not asked for`)
    }
    asked = next === null ? null : `${name};range=${next}-*`
  }
  return values
}
