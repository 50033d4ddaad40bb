import { type DerReader, decodeDer } from './der/der-reader.ts'
import { type DerPart, derBitString, derInteger, derSequence, derSetOf, encodeDer } from './der/der-writer.ts'
import { type Extension, encodeExtensions, findRepeatedExtension, readExtensions } from './extension.ts'
import { type DistinguishedName, encodeName, readName } from './names/distinguished-name.ts'
import { encodeObjectIdentifier, objectIdentifiers } from './object-identifier.ts'
import { readSubjectPublicKeyInfo, type SubjectPublicKeyInfo } from './public-key.ts'
import {
  type RequestSignatureAlgorithm,
  readRequestSignatureAlgorithm,
} from './request-signature-algorithm.ts'
import { encodeSignatureAlgorithm, type SignatureAlgorithm } from './signature-algorithm.ts'
import { verifyDigestSignature } from './verify-signature.ts'

/** An attribute of a request (RFC 2986 §4.1). */
export interface Attribute {
  /** Dotted object identifier. */
  readonly type: string
  /** The DER of each value, in DER order. */
  readonly values: readonly Uint8Array[]
}

/** A decoded PKCS#10 request. Slices share memory with the bytes that were decoded. */
export interface CertificationRequest {
  readonly der: Uint8Array
  /** The bytes that the signature proves possession by. */
  readonly info: Uint8Array
  readonly subject: DistinguishedName
  readonly subjectPublicKeyInfo: SubjectPublicKeyInfo
  readonly attributes: readonly Attribute[]
  /** What the requester would like to stand in the certificate; empty when nothing is asked for. */
  readonly requestedExtensions: readonly Extension[]
  /** For example `sha256WithRSAEncryption`, `RSASSA-PSS-SHA256` or `ecdsa-with-SHA1`. */
  readonly signatureAlgorithm: string
  readonly signatureParameters: RequestSignatureAlgorithm
  readonly signature: Uint8Array
}

const maximumSize = 1 << 16
const maximumAttributes = 64
const attributesTag = 0xa0
const version1 = derInteger(0)

/**
 * Reads a PKCS#10 certification request (RFC 2986) of at most 64 KiB. Attributes that are not understood are kept as
 * they are. The signature is not verified here: see `verifyProofOfPossession`.
 *
 * @throws X509Error malformed-request for another version or for extensions requested twice; unsupported-key,
 *   unsupported-algorithm, der-…
 */
export function decodeCertificationRequest(der: Uint8Array): CertificationRequest {
  return decodeDer(der, readRequest, maximumSize)
}

function readRequest(reader: DerReader): CertificationRequest {
  const { value, der } = reader.withBytes(outer =>
    outer.sequence(inner => {
      const info = inner.withBytes(readInfo)
      const signatureParameters = readRequestSignatureAlgorithm(inner)
      return {
        info: info.der,
        ...info.value,
        signatureAlgorithm: signatureParameters.name,
        signatureParameters,
        signature: inner.alignedBitString(),
      }
    }),
  )
  return { der, ...value }
}

function readInfo(reader: DerReader) {
  return reader.sequence(inner => {
    const start = inner.position
    if (inner.smallInteger() !== 0) throw inner.error('malformed-request', 'a version that is not 1', start)
    const subject = readName(inner)
    const subjectPublicKeyInfo = readSubjectPublicKeyInfo(inner)
    const attributesStart = inner.position
    const attributes = inner.setOf(readAttribute, attributesTag)
    if (attributes.length > maximumAttributes) {
      throw inner.error('malformed-request', 'too many attributes', attributesStart)
    }
    const requestedExtensions = findRequestedExtensions(attributes, inner, attributesStart)
    return { subject, subjectPublicKeyInfo, attributes, requestedExtensions }
  })
}

function readAttribute(reader: DerReader): Attribute {
  return reader.sequence(inner => {
    const type = inner.objectIdentifier()
    const start = inner.position
    const values = inner.setOf(value => value.any())
    if (values.length === 0) throw inner.error('malformed-request', 'an attribute without value', start)
    return { type, values }
  })
}

function findRequestedExtensions(
  attributes: readonly Attribute[],
  reader: DerReader,
  start: number,
): readonly Extension[] {
  // Microsoft's older clients name the same attribute by an identifier of their own ([MS-WCCE] 2.2.2.7.7).
  const requests = attributes.filter(
    ({ type }) =>
      type === objectIdentifiers.extensionRequest || type === objectIdentifiers.microsoftExtensionRequest,
  )
  const [value, ...others] = requests.flatMap(({ values }) => values)
  if (value === undefined) return []
  if (others.length > 0) throw reader.error('malformed-request', 'extensions requested twice', start)
  const extensions = decodeDer(value, readExtensions)
  if (findRepeatedExtension(extensions) !== null) {
    throw reader.error('malformed-request', 'an extension requested twice', start)
  }
  return extensions
}

/** Whether the request's signature was made with the private key of the public key that it holds (RFC 2986 §4.2). */
export function verifyProofOfPossession(request: CertificationRequest): boolean {
  const { key, digest, padding } = request.signatureParameters
  if (request.subjectPublicKeyInfo.algorithm !== key) return false
  return verifyDigestSignature(
    digest,
    request.subjectPublicKeyInfo,
    request.info,
    request.signature,
    padding ?? {},
  )
}

/**
 * The bytes that a requester signs (RFC 2986 §4.1).
 *
 * @throws X509Error invalid-name
 */
export function encodeCertificationRequestInfo(fields: {
  readonly subject: DistinguishedName
  /** DER. */
  readonly subjectPublicKeyInfo: Uint8Array
  readonly requestedExtensions?: readonly Extension[]
  readonly attributes?: readonly Attribute[]
}): Uint8Array {
  const attributes = (fields.attributes ?? []).map(encodeAttribute)
  const extensions = fields.requestedExtensions ?? []
  if (extensions.length > 0) {
    const values = [encodeDer(encodeExtensions(extensions))]
    attributes.push(encodeAttribute({ type: objectIdentifiers.extensionRequest, values }))
  }
  return encodeDer(
    derSequence([
      version1,
      encodeName(fields.subject),
      fields.subjectPublicKeyInfo,
      derSetOf(attributes, attributesTag),
    ]),
  )
}

export function encodeAttribute({ type, values }: Attribute): DerPart {
  return derSequence([encodeObjectIdentifier(type), derSetOf(values)])
}

/** The request: what was signed, the algorithm and the signature (RFC 2986 §4.2). */
export function assembleCertificationRequest(
  info: Uint8Array,
  signatureAlgorithm: SignatureAlgorithm,
  signature: Uint8Array,
): Uint8Array {
  return encodeDer(derSequence([info, encodeSignatureAlgorithm(signatureAlgorithm), derBitString(signature)]))
}
