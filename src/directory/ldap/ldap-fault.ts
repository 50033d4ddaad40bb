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
  operationsError: 1,
  authMethodNotSupported: 7,
  strongerAuthRequired: 8,
  referral: 10,
  saslBindInProgress: 14,
  noSuchAttribute: 16,
  attributeOrValueExists: 20,
  noSuchObject: 32,
  invalidDnSyntax: 34,
  invalidCredentials: 49,
  insufficientAccessRights: 50,
  busy: 51,
  unavailable: 52,
} as const

/**
 * What went wrong between us and the directory. Says no password and none of what a user typed. Where the message is for
 * an administrator, the cause has what the server said.
 */
export class LdapFault extends Error {
  readonly kind: LdapFaultKind
  readonly resultCode: number | null

  constructor(
    kind: LdapFaultKind,
    message: string,
    resultCode: number | null = null,
    options: ErrorOptions = {},
  ) {
    super(message, options)
    this.name = 'LdapFault'
    this.kind = kind
    this.resultCode = resultCode
  }
}

const longestWords = 500
const longestAdvice = 2_000

/**
 * @param url the server that it happened at
 * @param kind what it is where the server sent no result
 */
export function toLdapFault(error: unknown, url: string, kind: LdapFaultKind = 'unreachable'): LdapFault {
  if (error instanceof LdapFault) return error
  const text = `${url}: ${error instanceof Error ? printable(error.message, longestWords) : 'unknown fault'}`
  if (!(error instanceof ResultCodeError)) return new LdapFault(kind, text)
  const { code } = error
  const isBusy = code === ldapResult.busy || code === ldapResult.unavailable
  const others = isBusy ? 'unreachable' : 'operation'
  return new LdapFault(code === ldapResult.invalidCredentials ? 'credentials' : others, text, code)
}

/** The same fault, told so that an administrator knows which setting to look at. */
export function withAdvice(fault: LdapFault, url: string, advice: string): LdapFault {
  return new LdapFault(fault.kind, `${url}: ${printable(advice, longestAdvice)}`, fault.resultCode, {
    cause: fault,
  })
}

/** What others wrote, on one line and of a length that a log bears. */
function printable(text: string, longest: number): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, longest)
}
