import type { LdapConnection } from './connection/ldap-connection.ts'
import type { DomainFacts } from './domain-facts.ts'
import type { LdapSettings } from './ldap-options.ts'

/** What every question to a directory needs. */
export interface LdapContext {
  readonly connection: LdapConnection
  readonly settings: LdapSettings
  readonly facts: DomainFacts
}
