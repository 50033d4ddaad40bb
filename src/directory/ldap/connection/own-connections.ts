import { createHmac } from 'node:crypto'
import { LdapFault, ldapResult, withAdvice } from '../ldap-fault.ts'
import type { LdapSettings, PasswordCredentials } from '../ldap-options.ts'
import { type LdapConnection, openLdapConnection } from './ldap-connection.ts'

/** Connections as the account of the settings. */
export interface OwnConnections {
  /** Throws LdapFault that names the setting at fault. */
  open(url: string): Promise<LdapConnection>
  /** Whether there is another password by now than the one that was refused last. */
  hasOtherPassword(): Promise<boolean>
}

/**
 * A password that no server has accepted yet is tried at each of them by one connection at a time, and whoever comes
 * meanwhile fails with it: each try of a wrong one counts towards locking the account.
 */
export function createOwnConnections(settings: LdapSettings): OwnConnections {
  const { credentials } = settings
  if (credentials === undefined || 'gssapi' in credentials) {
    return { open: url => openLdapConnection(url, settings), hasOtherPassword: async () => false }
  }
  const { bindDn } = credentials
  const key = settings.randomness.bytes(32)
  const fingerprintOf = (password: string) => createHmac('sha256', key).update(password).digest('base64')
  const trials = new Map<string, Promise<unknown>>()
  let accepted: string | null = null
  let refused: string | null = null

  async function connect(url: string, password: string): Promise<LdapConnection> {
    const own = { ...settings, credentials: { bindDn, readPassword: () => password } }
    try {
      const connection = await openLdapConnection(url, own)
      accepted = fingerprintOf(password)
      return connection
    } catch (error) {
      if (!(error instanceof LdapFault)) throw error
      if (error.kind === 'credentials') refused = fingerprintOf(password)
      throw explainRefusal(error, url, bindDn)
    }
  }

  async function tryPassword(url: string, password: string): Promise<LdapConnection> {
    const trial = connect(url, password)
    trials.set(url, trial)
    try {
      return await trial
    } finally {
      trials.delete(url)
    }
  }

  return {
    async open(url) {
      const password = await readPassword(credentials)
      if (fingerprintOf(password) === accepted) return await connect(url, password)
      const trial = trials.get(url)
      if (trial === undefined) return await tryPassword(url, password)
      await trial
      return await connect(url, password)
    },
    async hasOtherPassword() {
      if (refused === null) return false
      const password = await readPassword(credentials).catch(() => null)
      return password !== null && fingerprintOf(password) !== refused
    },
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
  return withAdvice(
    fault,
    url,
    `the server does not let us sign in: ldap.bindDn ${bindDn} ${reason}. The same password is sent again in five minutes, another one in the file at once.`,
  )
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
