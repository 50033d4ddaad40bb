import { randomUUID } from 'node:crypto'
import type { KeytabCredentials } from '../../config/configuration.ts'
import { LdapFault } from '../../directory/ldap/ldap-fault.ts'
import type { GssapiCredentials } from '../../directory/ldap/ldap-options.ts'
import { createGssapiInitiator } from '../../identity/negotiate/gssapi-initiator.ts'
import { cannotWork, type KerberosUse, loadAddonFor, readKeytabFor } from './kerberos-use.ts'

/**
 * Signing in to the directory by the keys of a keytab.
 *
 * The Kerberos library takes keytab and tickets from where the environment of the process says, so both are set there.
 * Tickets stay in memory.
 *
 * @throws UsageError where it cannot work: whoever configured it must not find out at the first lookup
 */
export async function createDirectoryGssapi(credentials: KeytabCredentials): Promise<GssapiCredentials> {
  const { keytabFile, principal } = credentials
  const use: KerberosUse = {
    purpose: 'Signing in to the directory by Kerberos',
    keytabFile,
    setting: 'CARDINAL_LDAP_KEYTAB_FILE',
  }
  await requireKeyOf(principal, use)
  const addon = await loadAddonFor(use)
  Object.assign(process.env, { KRB5_CLIENT_KTNAME: `FILE:${keytabFile}` })
  return {
    gssapi: createGssapiInitiator(addon, {
      principal,
      keytabFile,
      service: 'ldap',
      beginTickets() {
        Object.assign(process.env, { KRB5CCNAME: `MEMORY:${randomUUID()}` })
      },
      errorOf: ({ kind, message }) => new LdapFault(kind, message),
    }),
  }
}

async function requireKeyOf(principal: string, use: KerberosUse): Promise<void> {
  const names = (await readKeytabFor(use)).map(entry => `${entry.principal}@${entry.realm}`)
  if (names.includes(principal)) return
  const held = [...new Set(names)].slice(0, 5).join(', ') || 'nothing at all'
  throw cannotWork(
    use,
    `the keytab ${use.keytabFile} holds no key for ${principal}, only ${held}. Names of principals are compared with case.`,
  )
}
