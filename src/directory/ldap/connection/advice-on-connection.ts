import { type LdapFault, toLdapFault, withAdvice } from '../ldap-fault.ts'

/** Why there is no connection, and what to do about it where that is known. */
export function explainConnection(error: unknown, url: string): LdapFault {
  const fault = toLdapFault(error, url)
  const advice = adviceOn(error, url)
  return fault === error || advice === null ? fault : withAdvice(fault, url, advice)
}

function adviceOn(error: unknown, url: string): string | null {
  if (!(error instanceof Error)) return null
  if (error.message === closedByServer) return adviceOnReset(url)
  if (isNameFault(error)) return adviceOnName(error)
  if (!('code' in error) || typeof error.code !== 'string') return null
  if (resets.has(error.code)) return adviceOnReset(url)
  if (withoutTls.has(error.code) && url.startsWith('ldaps:')) return adviceOnReset(url)
  return authorityCodes.has(error.code) ? adviceOnAuthority : (advices.get(error.code) ?? null)
}

export const closedByServer = 'The server closed the connection.'

const resets: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE'])

/** What came was no TLS. */
const withoutTls: ReadonlySet<string> = new Set([
  'EPROTO',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
])

/** A chain that does not lead to an authority that is trusted (OpenSSL, X509_STORE_CTX_get_error). */
const authorityCodes: ReadonlySet<string> = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
])
const adviceOnAuthority =
  'no authority of the file of ldap.authoritiesFile (of this machine, where that is not set) vouches for the ' +
  'certificate of the server: put the root certificate that it leads to into the file'

const advices: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', 'the certificate of the server, or one above it, has expired: renew it there'],
  [
    'CERT_NOT_YET_VALID',
    'the certificate of the server, or one above it, is not valid yet: compare the clocks of both machines',
  ],
  ['ENOTFOUND', 'DNS does not know the host: compare the name with ldap.urls'],
  ['EAI_AGAIN', 'DNS does not answer: see to the name servers of this machine'],
  ['ECONNREFUSED', 'nothing listens there: is the server up, and are host and port of ldap.urls right?'],
  ['EHOSTUNREACH', 'there is no way through the network to the host of ldap.urls'],
  ['ENETUNREACH', 'there is no way through the network to the host of ldap.urls'],
])

/** A server that speaks something else than we do at this port hangs up. */
function adviceOnReset(url: string): string {
  const { protocol, port } = new URL(url)
  return protocol === 'ldaps:'
    ? `the server does not begin TLS: is ${port || 636} its port for LDAPS (commonly 636)?`
    : `the server ended the connection: is ${port || 389} its port for LDAP without TLS (commonly 389)?`
}

type NameFault = Error & { readonly cert: { readonly subjectaltname?: unknown } }

function isNameFault(error: Error): error is NameFault {
  return (
    'code' in error &&
    error.code === 'ERR_TLS_CERT_ALTNAME_INVALID' &&
    'cert' in error &&
    typeof error.cert === 'object' &&
    error.cert !== null
  )
}

function adviceOnName({ cert }: NameFault): string {
  const names = typeof cert.subjectaltname === 'string' ? cert.subjectaltname.slice(0, 300) : 'none'
  return `the certificate of the server is for another name; write one that it has into ldap.urls: ${names}`
}
