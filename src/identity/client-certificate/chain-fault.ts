import { SignInRefusal } from '../sign-in-refusal.ts'

const faults: ReadonlyMap<string, readonly [reason: string, message: string]> = new Map([
  [
    'CERT_HAS_EXPIRED',
    ['expired-certificate', 'The client certificate, or one that vouches for it, has expired.'],
  ],
  [
    'CERT_NOT_YET_VALID',
    ['not-yet-valid-certificate', 'The client certificate, or one that vouches for it, is not valid yet.'],
  ],
  [
    'INVALID_PURPOSE',
    [
      'wrong-purpose',
      'The client certificate is not for signing in: its extended key usage lacks client authentication, or its key usage digital signature.',
    ],
  ],
])

const untrusted: ReadonlySet<string> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_UNTRUSTED',
])

/** What the TLS library has against a client's chain, by OpenSSL's name for it, as a refusal. */
export function refusalOfChainFault(fault: string): SignInRefusal {
  const known = faults.get(fault)
  if (known !== undefined) return new SignInRefusal(...known)
  if (untrusted.has(fault)) {
    return new SignInRefusal(
      'untrusted-issuer',
      'The client certificate was issued by nobody who is trusted here. Where it should sign in, add its authority to clientCertificate.authoritiesFile.',
    )
  }
  return new SignInRefusal(
    'invalid-chain',
    `The chain of the client certificate does not hold: ${fault.slice(0, 64)}.`,
  )
}
