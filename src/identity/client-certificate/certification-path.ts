import type { Certificate } from '../../x509/certificate.ts'
import { verifyCertificateSignature } from '../../x509/certificate-chain.ts'
import { equalBytes } from '../../x509/der/bytes.ts'
import { isAuthority, isValidAt, mayBeUsedFor } from './certificate-facts.ts'

/** A certificate with all that vouch for it: each is signed by the next. */
export type CertificationPath = readonly [Certificate, ...Certificate[]]

const longestPath = 8

/**
 * Finds the path from a certificate up through trusted authorities, as far as these go: to a root, or to the highest
 * authority that is listed. The TLS library has verified a path before, but does not tell which; whose revocation is
 * asked about must not be left to what a client sends along.
 *
 * @returns null where none of the authorities has issued the certificate
 * @throws X509Error for a malformed extension
 */
export function findCertificationPath(
  certificate: Certificate,
  authorities: readonly Certificate[],
  now: Date,
): CertificationPath | null {
  const path: [Certificate, ...Certificate[]] = [certificate]
  let last = certificate
  while (path.length < longestPath) {
    const issuer = authorities.find(each => !path.includes(each) && hasIssued(each, last, now))
    if (issuer === undefined) break
    path.push(issuer)
    last = issuer
  }
  return path.length === 1 ? null : path
}

function hasIssued(issuer: Certificate, certificate: Certificate, now: Date): boolean {
  return (
    equalBytes(issuer.subject, certificate.issuer) &&
    isValidAt(issuer, now) &&
    isAuthority(issuer) &&
    mayBeUsedFor(issuer, 'keyCertSign') &&
    verifyCertificateSignature(certificate, issuer)
  )
}
