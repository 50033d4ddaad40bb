import { ResultCodeError } from 'ldapts'

/**
 * `unreachable`: no server, or one that cannot work now; another may. `disconnected`: a connection broke, which says
 * little about the server. `credentials`: our own account was refused. `operation`: the server answered and will not do
 * what we asked.
 */
export type LdapFaultKind = 'unreachable' | 'disconnected' | 'credentials' | 'operation'

/** LDAP result codes (RFC 4511 §4.1.9). */
export const ldapResult = {
  success: 0,
  authMethodNotSupported: 7,
  strongerAuthRequired: 8,
  saslBindInProgress: 14,
  noSuchAttribute: 16,
  attributeOrValueExists: 20,
  noSuchObject: 32,
  invalidCredentials: 49,
  busy: 51,
  unavailable: 52,
} as const

/** What went wrong between us and the directory. Says no password and none of what a user typed. */
export class LdapFault extends Error {
  readonly kind: LdapFaultKind
  readonly resultCode: number | null

  constructor(kind: LdapFaultKind, message: string, resultCode: number | null = null) {
    super(message)
    this.name = 'LdapFault'
    this.kind = kind
    this.resultCode = resultCode
  }
}

/**
 * @param url the server that it happened at
 * @param kind what it is where the server sent no result
 */
export function toLdapFault(error: unknown, url: string, kind: LdapFaultKind = 'unreachable'): LdapFault {
  if (error instanceof LdapFault) return error
  const text = error instanceof Error ? error.message : 'unknown fault'
  if (!(error instanceof ResultCodeError)) return new LdapFault(kind, `${url}: ${text}`)
  const { code } = error
  const isBusy = code === ldapResult.busy || code === ldapResult.unavailable
  const others = isBusy ? 'unreachable' : 'operation'
  return new LdapFault(
    code === ldapResult.invalidCredentials ? 'credentials' : others,
    `${url}: ${text}`,
    code,
  )
}
