import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { KeytabCredentials } from '../../config/configuration.ts'
import { LdapFault } from '../../directory/ldap/ldap-fault.ts'
import type { GssapiCredentials } from '../../directory/ldap/ldap-options.ts'
import { createGssapiInitiator } from '../../identity/negotiate/gssapi-initiator.ts'
import { KerberosAddonError, loadKerberosAddon } from '../../identity/negotiate/kerberos-addon.ts'
import { KeytabError, readKeytab } from '../../identity/negotiate/keytab.ts'
import { UsageError } from '../usage-error.ts'

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
  await checkKeytab(credentials)
  const addon = await loadKerberosAddon().catch((error: unknown) => {
    throw error instanceof KerberosAddonError ? cannotWork(error.message) : error
  })
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

async function checkKeytab({ keytabFile, principal }: KeytabCredentials): Promise<void> {
  const names = await readFile(keytabFile)
    .then(bytes => readKeytab(bytes).map(entry => `${entry.principal}@${entry.realm}`))
    .catch((error: unknown) => {
      if (error instanceof KeytabError) throw cannotWork(`${keytabFile} is no keytab. ${error.message}`)
      const reason = error instanceof Error ? error.message : String(error)
      throw cannotWork(
        `the keytab cannot be read (${reason}). It must be there and readable for the account that runs the server ` +
          '(CARDINAL_LDAP_KEYTAB_FILE).',
      )
    })
  if (names.includes(principal)) return
  const held = [...new Set(names)].slice(0, 5).join(', ') || 'nothing at all'
  throw cannotWork(
    `the keytab ${keytabFile} holds no key for ${principal}, only ${held}. Names of principals are compared with case.`,
  )
}

function cannotWork(why: string): UsageError {
  return new UsageError(`Signing in to the directory by Kerberos cannot work: ${why}`)
}
