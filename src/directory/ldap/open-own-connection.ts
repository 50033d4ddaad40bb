import { type LdapConnection, openLdapConnection } from './ldap-connection.ts'
import { LdapFault, ldapResult, withAdvice } from './ldap-fault.ts'
import type { LdapSettings, PasswordCredentials } from './ldap-options.ts'

/** Connects as the account of the settings. Throws LdapFault that names the setting at fault. */
export async function openOwnConnection(url: string, settings: LdapSettings): Promise<LdapConnection> {
  const { credentials } = settings
  if (credentials === undefined || 'gssapi' in credentials) return await openLdapConnection(url, settings)
  const { bindDn } = credentials
  const password = await readPassword(credentials)
  try {
    return await openLdapConnection(url, {
      ...settings,
      credentials: { bindDn, readPassword: () => password },
    })
  } catch (error) {
    throw error instanceof LdapFault ? explainRefusal(error, url, bindDn) : error
  }
}

async function readPassword(credentials: PasswordCredentials): Promise<string> {
  try {
    return await credentials.readPassword()
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown fault'
    throw new LdapFault('unreachable', `The file of ldap.bindPasswordFile cannot be read: ${reason}`)
  }
}

function explainRefusal(fault: LdapFault, url: string, bindDn: string): LdapFault {
  if (fault.resultCode === ldapResult.invalidDnSyntax) {
    return withAdvice(fault, url, `the server takes ldap.bindDn (${bindDn}) for no distinguished name`)
  }
  if (fault.resultCode !== ldapResult.invalidCredentials) return fault
  const code = /\bdata ([0-9a-f]{1,8})\b/i.exec(fault.message)?.[1]?.toLowerCase() ?? ''
  const reason = reasons.get(code) ?? 'or the password in the file of ldap.bindPasswordFile is wrong'
  return withAdvice(fault, url, `the server does not let us sign in: ldap.bindDn ${bindDn} ${reason}`)
}

/** The codes of Windows that a domain controller writes behind `data`, in hexadecimal (MS-ERREF 2.2). */
const reasons: ReadonlyMap<string, string> = new Map([
  ['525', 'does not exist'],
  ['530', 'may not sign in at this hour'],
  ['531', 'may not sign in from this machine'],
  [
    '532',
    'has a password that has expired: give it another one, and write that into the file of ldap.bindPasswordFile',
  ],
  ['533', 'is disabled'],
  ['701', 'has expired'],
  [
    '773',
    'must change its password: give it another one, and write that into the file of ldap.bindPasswordFile',
  ],
  ['775', 'is locked, most likely after wrong passwords'],
])
