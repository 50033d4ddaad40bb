import { PresenceFilter } from 'ldapts'
import { parseBinarySecurityIdentifier } from './attributes/binary-security-identifier.ts'
import type { LdapContext } from './ldap-context.ts'

/** The security identifier below which those of the domain's accounts lie; null where the directory has none. */
export async function readDomainSid({ connection, settings, facts }: LdapContext): Promise<string | null> {
  const { form, attribute } = settings.mapping.sid
  if (form !== 'objectSid') return null
  const [domain] = await connection.search({
    base: facts.rootDn,
    scope: 'base',
    filter: new PresenceFilter({ attribute: 'objectClass' }),
    attributes: [attribute],
    binary: [attribute],
    limit: 1,
  })
  const bytes = domain?.bytes(attribute) ?? null
  return bytes === null ? null : parseBinarySecurityIdentifier(bytes)
}
