import type { Clock } from '../../workflows/ports/clock.ts'
import type { Randomness } from '../../workflows/ports/randomness.ts'
import { equalBytes, toHex } from '../../x509/der/bytes.ts'
import { derOctetString, encodeDer } from '../../x509/der/der-writer.ts'
import { findExtension } from '../../x509/extension.ts'
import { decodeAuthorityInformationAccess } from '../../x509/extensions/authority-information-access.ts'
import { objectIdentifiers } from '../../x509/object-identifier.ts'
import { encodeOcspRequest, type OcspCertificateId, ocspCertificateId } from '../../x509/ocsp/ocsp-request.ts'
import { verifyOcspResponse } from '../../x509/ocsp/ocsp-responder.ts'
import { decodeOcspResponse, type OcspSingleResponse } from '../../x509/ocsp/ocsp-response.ts'
import { X509Error } from '../../x509/x509-error.ts'
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

const mostAddresses = 2
const capacity = 4_096

/** Asks the OCSP responders that a certificate names (RFC 6960), one after the other until one knows. */
export function createOcspStatus(options: {
  readonly fetch: FetchRevocationData
  readonly clock: Clock
  readonly randomness: Pick<Randomness, 'bytes'>
}): (issued: IssuedCertificate) => Promise<LastingAnswer<RevocationStatus>> {
  const { fetch, clock, randomness } = options
  const remembered = createRememberedAnswers<RevocationStatus>({ clock, capacity })

  async function ask(issued: IssuedCertificate): Promise<LastingAnswer<RevocationStatus>> {
    const id = ocspCertificateId(issued.certificate, issued.issuer)
    for (const url of respondersOf(issued)) {
      const nonce = randomness.bytes(16)
      const bytes = await fetch(url, encodeOcspRequest(id, nonce))
      const said = bytes === null ? null : readAnswer(bytes, { issued, id, nonce, now: clock.now() })
      if (said !== null && said.value !== 'unknown') return said
    }
    return { value: 'unknown', until: after(clock.now(), failureBelief) }
  }

  return issued => remembered(toHex(issued.certificate.der), () => ask(issued))
}

function respondersOf({ certificate }: IssuedCertificate): string[] {
  const access = findExtension(certificate.extensions, objectIdentifiers.authorityInformationAccess)
  if (access === null) return []
  return decodeAuthorityInformationAccess(access.value)
    .flatMap(({ method, location }) =>
      method === objectIdentifiers.ocsp && location.type === 'uniformResourceIdentifier'
        ? [location.value]
        : [],
    )
    .filter(isFetchable)
    .slice(0, mostAddresses)
}

interface Question {
  readonly issued: IssuedCertificate
  readonly id: OcspCertificateId
  readonly nonce: Uint8Array
  readonly now: Date
}

/** null for an answer that does not count. */
function readAnswer(bytes: Uint8Array, question: Question): LastingAnswer<RevocationStatus> | null {
  const { issued, id, nonce, now } = question
  const response = decodeIfPossible(bytes)
  if (response === null || typeof response === 'string') return null
  // Responders that sign ahead have no nonce (RFC 5019 §3.1.1); another one than ours is somebody else's answer.
  const isForeign = response.nonce !== null && !equalBytes(response.nonce, encodeDer(derOctetString(nonce)))
  if (isForeign) return null
  if (!verifyOcspResponse(response, issued.issuer, now)) return null
  const said = response.responses.find(each => isAbout(each, id))
  return said === undefined || !isCurrent(said, now)
    ? null
    : { value: said.status, until: earliest(after(now, longestBelief), said.nextUpdate ?? after(now, 0)) }
}

function decodeIfPossible(bytes: Uint8Array) {
  try {
    return decodeOcspResponse(bytes)
  } catch (error) {
    if (error instanceof X509Error) return null
    throw error
  }
}

function isAbout({ id }: OcspSingleResponse, asked: OcspCertificateId): boolean {
  return (
    id.hashAlgorithm === asked.hashAlgorithm &&
    equalBytes(id.issuerNameHash, asked.issuerNameHash) &&
    equalBytes(id.issuerKeyHash, asked.issuerKeyHash) &&
    equalBytes(id.serialNumber, asked.serialNumber)
  )
}

/** An answer that does not say how long it lasts must be of this moment: an old one could be sent again. */
function isCurrent({ thisUpdate, nextUpdate }: OcspSingleResponse, now: Date): boolean {
  const latest = nextUpdate ?? after(thisUpdate, clockToleranceMilliseconds)
  return thisUpdate <= after(now, clockToleranceMilliseconds) && now <= latest
}
