import type { Clock } from '../../workflows/ports/clock.ts'
import {
  type CertificateRevocationList,
  decodeCertificateRevocationList,
} from '../../x509/certificate-revocation-list.ts'
import { equalBytes, toHex } from '../../x509/der/bytes.ts'
import { findExtension } from '../../x509/extension.ts'
import { decodeCrlDistributionPoints } from '../../x509/extensions/crl-distribution-points.ts'
import {
  decodeIssuingDistributionPoint,
  type IssuingDistributionPoint,
} from '../../x509/extensions/issuing-distribution-point.ts'
import type { GeneralName } from '../../x509/names/general-name.ts'
import { objectIdentifiers } from '../../x509/object-identifier.ts'
import { verifySignature } from '../../x509/verify-signature.ts'
import { X509Error } from '../../x509/x509-error.ts'
import { isAuthority, mayBeUsedFor } from './certificate-facts.ts'
import { type FetchRevocationData, isFetchable } from './fetch-revocation-data.ts'
import { createRememberedAnswers, type LastingAnswer } from './remembered-answers.ts'
import {
  after,
  clockToleranceMilliseconds,
  earliest,
  failureBelief,
  type IssuedCertificate,
  longestBelief,
  type RevocationStatus,
} from './revocation-status.ts'

const mostAddresses = 3
const capacity = 64

/** What is kept of a list that its issuer signed. */
interface VerifiedList {
  /** The magnitudes in upper-case hex. */
  readonly serialNumbers: ReadonlySet<string>
  readonly covers: IssuingDistributionPoint | null
}

/** Looks a certificate up in the complete CRLs of its issuer at the addresses that it names (RFC 5280 §6.3). */
export function createRevocationListStatus(options: {
  readonly fetch: FetchRevocationData
  readonly clock: Clock
}): (issued: IssuedCertificate) => Promise<LastingAnswer<RevocationStatus>> {
  const { fetch, clock } = options
  const remembered = createRememberedAnswers<VerifiedList | null>({ clock, capacity })

  async function read(url: string, issued: IssuedCertificate): Promise<LastingAnswer<VerifiedList | null>> {
    const bytes = await fetch(url, null)
    const now = clock.now()
    const answer = bytes === null ? null : verifiedList(bytes, issued, now)
    return answer ?? { value: null, until: after(now, failureBelief) }
  }

  return async issued => {
    for (const { url, names } of addressesOf(issued)) {
      // The same address under another issuer is another question: the list must be signed by this one.
      const key = `${toHex(issued.issuer.der)} ${url}`
      const { value: list, until } = await remembered(key, () => read(url, issued))
      if (list === null || !isCovered(issued, names, list.covers)) continue
      const isRevoked = list.serialNumbers.has(magnitude(issued.certificate.serialNumber))
      return { value: isRevoked ? 'revoked' : 'good', until }
    }
    return { value: 'unknown', until: after(clock.now(), failureBelief) }
  }
}

/** Lists of another issuer (indirect ones) and lists for some reasons alone are left out. */
function addressesOf({
  certificate,
}: IssuedCertificate): { readonly url: string; readonly names: readonly GeneralName[] }[] {
  const points = findExtension(certificate.extensions, objectIdentifiers.crlDistributionPoints)
  if (points === null) return []
  return decodeCrlDistributionPoints(points.value)
    .filter(({ reasons, crlIssuer }) => reasons === null && crlIssuer === null)
    .flatMap(({ fullName }) =>
      fullName.flatMap(name =>
        name.type === 'uniformResourceIdentifier' && isFetchable(name.value)
          ? [{ url: name.value, names: fullName }]
          : [],
      ),
    )
    .slice(0, mostAddresses)
}

/** null for what is no complete and current list of this issuer. */
function verifiedList(
  bytes: Uint8Array,
  { issuer }: IssuedCertificate,
  now: Date,
): LastingAnswer<VerifiedList> | null {
  try {
    const list = decodeCertificateRevocationList(bytes)
    const { nextUpdate } = list
    const isIssuers =
      equalBytes(list.issuer, issuer.subject) &&
      mayBeUsedFor(issuer, 'cRLSign') &&
      list.signatureAlgorithm !== 'sha1WithRSAEncryption' &&
      verifySignature(list.signatureAlgorithm, issuer.subjectPublicKeyInfo, list.tbs, list.signature)
    if (!isIssuers || nextUpdate === null || !isCurrent(list, nextUpdate, now)) return null
    const covers = findExtension(list.extensions, objectIdentifiers.issuingDistributionPoint)
    return {
      value: {
        serialNumbers: new Set(list.entries.map(({ serialNumber }) => toHex(serialNumber))),
        covers: covers === null ? null : decodeIssuingDistributionPoint(covers.value),
      },
      until: earliest(after(now, longestBelief), nextUpdate),
    }
  } catch (error) {
    if (error instanceof X509Error) return null
    throw error
  }
}

function isCurrent(
  { thisUpdate, baseCrlNumber }: CertificateRevocationList,
  nextUpdate: Date,
  now: Date,
): boolean {
  const isComplete = baseCrlNumber === null
  return isComplete && thisUpdate <= after(now, clockToleranceMilliseconds) && now <= nextUpdate
}

/** RFC 5280 §6.3.3 (b) (2). */
function isCovered(
  { certificate }: IssuedCertificate,
  names: readonly GeneralName[],
  covers: IssuingDistributionPoint | null,
): boolean {
  if (covers === null) return true
  const { fullName } = covers
  const isOfThisPoint = fullName === null || fullName.some(each => names.some(name => isSameUrl(each, name)))
  const isOfThisKind = isAuthority(certificate)
    ? !covers.onlyContainsUserCertificates
    : !covers.onlyContainsCaCertificates
  return (
    isOfThisPoint &&
    isOfThisKind &&
    !covers.indirectCrl &&
    !covers.onlyContainsAttributeCertificates &&
    covers.onlySomeReasons === null
  )
}

function isSameUrl(left: GeneralName, right: GeneralName): boolean {
  return (
    left.type === 'uniformResourceIdentifier' &&
    right.type === 'uniformResourceIdentifier' &&
    left.value === right.value
  )
}

/** Without the sign octet, as the entries of a list are read. */
function magnitude(serialNumber: Uint8Array): string {
  return toHex(serialNumber[0] === 0 ? serialNumber.subarray(1) : serialNumber)
}
