import { equalBytes, toHex } from '../../x509/bytes.ts'
import { type Certificate, decodeCertificate } from '../../x509/certificate.ts'
import { verifyCertificateSignature } from '../../x509/certificate-chain.ts'
import { X509Error } from '../../x509/x509-error.ts'
import { isAuthority, isValidAt, mayBeUsedFor } from './certificate-facts.ts'

/** A certificate with all that vouch for it: each is signed by the next, the last is trusted by itself. */
export type CertificationPath = readonly [Certificate, ...Certificate[]]

const longestPath = 8
const knownIntermediates = 256

/**
 * Finds the path from a client's certificate to a trusted one. The TLS library has verified one such path before, but
 * does not tell which; whose revocation is asked about must not be left to the order in which a client sends things.
 *
 * Intermediates that led to a trusted certificate once are remembered, because a client that resumes a session does
 * not send them again (RFC 8446 §2.2).
 *
 * @returns the finder. It answers null where no path is found, and throws X509Error where the client's own certificate
 *   cannot be read
 */
export function createPathFinder(
  anchors: readonly Certificate[],
): (chain: readonly Uint8Array[], now: Date) => CertificationPath | null {
  const known = new Map<string, Certificate>()

  return ([leaf, ...sentAlong], now) => {
    if (leaf === undefined) return null
    const sent = sentAlong.slice(0, longestPath).flatMap(decodeIfPossible)
    const candidates = distinct([...anchors, ...sent, ...known.values()])
    const path = extend([decodeCertificate(leaf)], { anchors, candidates, now })
    for (const intermediate of path?.slice(1, -1) ?? []) remember(known, intermediate)
    return path
  }
}

function remember(known: Map<string, Certificate>, intermediate: Certificate): void {
  known.set(toHex(intermediate.der), intermediate)
  if (known.size <= knownIntermediates) return
  for (const oldest of known.keys()) {
    known.delete(oldest)
    return
  }
}

/** Copies would only lengthen the search. */
function distinct(certificates: readonly Certificate[]): Certificate[] {
  const byContent = new Map<string, Certificate>()
  for (const certificate of certificates) {
    const content = toHex(certificate.der)
    if (!byContent.has(content)) byContent.set(content, certificate)
  }
  return [...byContent.values()]
}

interface Search {
  readonly anchors: readonly Certificate[]
  readonly candidates: readonly Certificate[]
  readonly now: Date
}

/** Each step takes the first candidate that fits, and signatures are verified only of those whose names do. */
function extend(path: CertificationPath, search: Search): CertificationPath | null {
  const last = path[path.length - 1] ?? path[0]
  if (path.length > 1 && search.anchors.includes(last)) return path
  if (path.length === longestPath) return null
  for (const issuer of search.candidates) {
    if (path.includes(issuer) || !hasIssued(issuer, last, search.now)) continue
    const found = extend([...path, issuer], search)
    if (found !== null) return found
  }
  return null
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

/** A client may send anything along; what cannot be read leads nowhere. */
function decodeIfPossible(der: Uint8Array): Certificate[] {
  try {
    const certificate = decodeCertificate(der)
    // Read once here, so that a malformed extension of it does not end the search later.
    isAuthority(certificate)
    mayBeUsedFor(certificate, 'keyCertSign')
    return [certificate]
  } catch (error) {
    if (error instanceof X509Error) return []
    throw error
  }
}
