import { type DerReader, decodeDer } from '../der/der-reader.ts'
import { contextConstructed, contextPrimitive, derTag } from '../der/der-tag.ts'
import { type Extension, findExtension, findRepeatedExtension, readExtensions } from '../extension.ts'
import { readName } from '../names/distinguished-name.ts'
import { objectIdentifiers } from '../object-identifier.ts'
import { readDigest } from '../request-signature-algorithm.ts'
import { readSignatureAlgorithm, type SignatureAlgorithm } from '../signature-algorithm.ts'
import type { OcspCertificateId } from './ocsp-request.ts'

/** Who says that it signed: the subject of its certificate, or the SHA-1 of its key. */
export type OcspResponderId =
  | { readonly by: 'name' /** Encoded Name. */; readonly value: Uint8Array }
  | { readonly by: 'key'; readonly value: Uint8Array }

/** What a responder says of one certificate (RFC 6960 §4.2.1). */
export interface OcspSingleResponse {
  readonly id: OcspCertificateId
  readonly status: 'good' | 'revoked' | 'unknown'
  /** null where the certificate is not revoked. */
  readonly revokedAt: Date | null
  readonly thisUpdate: Date
  /** null: newer word can be had at any time. */
  readonly nextUpdate: Date | null
}

/** A decoded BasicOCSPResponse. Slices share memory with the bytes that were decoded. */
export interface OcspBasicResponse {
  /** The bytes that are signed. */
  readonly tbs: Uint8Array
  readonly responderId: OcspResponderId
  readonly producedAt: Date
  readonly responses: readonly OcspSingleResponse[]
  /** Value of the nonce extension, an OCTET STRING in DER; null where there is none. */
  readonly nonce: Uint8Array | null
  readonly signatureAlgorithm: SignatureAlgorithm
  readonly signature: Uint8Array
  /** Certificates sent along, DER, not looked at. */
  readonly certificates: readonly Uint8Array[]
}

export type OcspErrorStatus =
  | 'malformedRequest'
  | 'internalError'
  | 'tryLater'
  | 'sigRequired'
  | 'unauthorized'

/** RFC 6960 §4.2.1; the number 4 is not used. */
const errorStatuses: Readonly<Record<number, OcspErrorStatus>> = {
  1: 'malformedRequest',
  2: 'internalError',
  3: 'tryLater',
  5: 'sigRequired',
  6: 'unauthorized',
}

const maximumSize = 1 << 16
const maximumResponses = 64
const maximumCertificates = 8

/**
 * Reads an OCSPResponse. Whether whoever signed it may is not looked at: see `verifyOcspResponse`.
 *
 * @returns what the responder says, or why it says nothing
 * @throws X509Error malformed-ocsp for another kind of response than the basic one, none at all or too many, a critical
 *   extension, or one twice; unsupported-algorithm, der-…
 */
export function decodeOcspResponse(der: Uint8Array): OcspBasicResponse | OcspErrorStatus {
  return decodeDer(der, reader => reader.sequence(readResponse), maximumSize)
}

function readResponse(reader: DerReader): OcspBasicResponse | OcspErrorStatus {
  const start = reader.position
  const status = reader.smallInteger(derTag.enumerated)
  const basic = reader.optionalExplicit(0, inner => inner.sequence(readResponseBytes))
  const error = errorStatuses[status]
  if (status === 0 && basic !== null) return basic
  if (error !== undefined && basic === null) return error
  throw reader.error('malformed-ocsp', 'a status that does not go with what follows', start)
}

function readResponseBytes(reader: DerReader): OcspBasicResponse {
  const start = reader.position
  if (reader.objectIdentifier() !== objectIdentifiers.ocspBasicResponse) {
    throw reader.error('malformed-ocsp', 'no basic response', start)
  }
  return decodeDer(reader.octetString(), inner => inner.sequence(readBasicResponse), maximumSize)
}

function readBasicResponse(reader: DerReader): OcspBasicResponse {
  const { value: data, der: tbs } = reader.withBytes(inner => inner.sequence(readResponseData))
  const signatureAlgorithm = readSignatureAlgorithm(reader)
  const signature = reader.alignedBitString()
  const start = reader.position
  const certificates = reader.optionalExplicit(0, inner => inner.sequenceOf(each => each.any())) ?? []
  if (certificates.length > maximumCertificates) {
    throw reader.error('malformed-ocsp', 'too many certificates', start)
  }
  return { tbs, ...data, signatureAlgorithm, signature, certificates }
}

function readResponseData(
  reader: DerReader,
): Pick<OcspBasicResponse, 'responderId' | 'producedAt' | 'responses' | 'nonce'> {
  const start = reader.position
  // Version 1 is the only one, and DER does not write the default (X.690 §11.5).
  if (reader.isNext(contextConstructed(0)))
    throw reader.error('malformed-ocsp', 'a version written out', start)
  const responderId = readResponderId(reader)
  const producedAt = readGeneralizedTime(reader)
  const responses = reader.sequenceOf(each => each.sequence(readSingleResponse))
  if (responses.length === 0 || responses.length > maximumResponses) {
    throw reader.error('malformed-ocsp', 'no response or too many of them', start)
  }
  const extensions = readOptionalExtensions(reader)
  const nonce = findExtension(extensions, objectIdentifiers.ocspNonce)?.value ?? null
  return { responderId, producedAt, responses, nonce }
}

function readResponderId(reader: DerReader): OcspResponderId {
  const byName = reader.optionalExplicit(1, inner => inner.withBytes(readName).der)
  if (byName !== null) return { by: 'name', value: byName }
  const start = reader.position
  const value = reader.constructed(contextConstructed(2), inner => inner.octetString())
  if (value.length !== 20) throw reader.error('malformed-ocsp', 'a key hash that is no SHA-1', start)
  return { by: 'key', value }
}

function readSingleResponse(reader: DerReader): OcspSingleResponse {
  const id = reader.sequence(readCertificateId)
  const status = readCertificateStatus(reader)
  const thisUpdate = readGeneralizedTime(reader)
  const nextUpdate = reader.optionalExplicit(0, readGeneralizedTime)
  readOptionalExtensions(reader)
  return { id, ...status, thisUpdate, nextUpdate }
}

function readCertificateId(reader: DerReader): OcspCertificateId {
  return {
    hashAlgorithm: readDigest(reader),
    issuerNameHash: reader.octetString(),
    issuerKeyHash: reader.octetString(),
    serialNumber: reader.integer(),
  }
}

function readCertificateStatus(reader: DerReader): Pick<OcspSingleResponse, 'status' | 'revokedAt'> {
  const start = reader.position
  const revokedAt = reader.optional(contextConstructed(1), () =>
    reader.constructed(contextConstructed(1), readRevokedInfo),
  )
  if (revokedAt !== null) return { status: 'revoked', revokedAt }
  const isGood = reader.isNext(contextPrimitive(0))
  if (reader.primitive(contextPrimitive(isGood ? 0 : 2)).length !== 0) {
    throw reader.error('der-invalid-null', 'NULL with content', start)
  }
  return { status: isGood ? 'good' : 'unknown', revokedAt: null }
}

function readRevokedInfo(reader: DerReader): Date {
  const at = readGeneralizedTime(reader)
  // The reason changes nothing: a certificate on hold does not sign in either.
  reader.optionalExplicit(0, inner => inner.smallInteger(derTag.enumerated))
  return at
}

/** Every time of OCSP is a GeneralizedTime, before 2050 too (RFC 6960 §4.2.1). */
function readGeneralizedTime(reader: DerReader): Date {
  if (reader.isNext(derTag.utcTime)) throw reader.error('der-invalid-time', 'a UTCTime')
  return reader.time()
}

/** The extensions under [1]. Nothing that we would have to understand may be among them (RFC 6960 §4.4). */
function readOptionalExtensions(reader: DerReader): readonly Extension[] {
  const start = reader.position
  const extensions = reader.optionalExplicit(1, readExtensions) ?? []
  const isUsable = findRepeatedExtension(extensions) === null && extensions.every(({ critical }) => !critical)
  if (!isUsable) throw reader.error('malformed-ocsp', 'an extension that is critical or occurs twice', start)
  return extensions
}
