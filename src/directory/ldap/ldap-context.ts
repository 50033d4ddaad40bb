import type { DomainFacts } from './domain-facts.ts'
import type { LdapConnection } from './ldap-connection.ts'
import type { LdapSettings } from './ldap-options.ts'

/** What every question to a directory needs. */
export interface LdapContext {
  readonly connection: LdapConnection
  readonly settings: LdapSettings
  readonly facts: DomainFacts
}
