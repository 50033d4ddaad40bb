import { PresenceFilter } from 'ldapts'
import type { LdapContext } from './ldap-context.ts'
import { LdapFault } from './ldap-fault.ts'

/** That where users and groups are said to be is there, and may be read. Throws LdapFault. */
export async function checkBases({ connection, facts }: LdapContext): Promise<void> {
  for (const base of new Set([facts.baseDn, facts.groupBaseDn])) {
    const found = await connection.search({
      base,
      scope: 'base',
      filter: new PresenceFilter({ attribute: 'objectClass' }),
      attributes: ['1.1'],
      limit: 1,
    })
    if (found.length === 0) throw new LdapFault('operation', `${connection.url}: ${base} cannot be read`)
  }
}
