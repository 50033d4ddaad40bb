import { createHash } from 'node:crypto'
import { type Certificate, decodeCertificate } from '../certificate.ts'
import { type Attribute, encodeAttribute } from '../certification-request.ts'
import { equalBytes } from '../der/bytes.ts'
import { type DerReader, decodeDer } from '../der/der-reader.ts'
import { contextConstructed, derTag } from '../der/der-tag.ts'
import {
  type DerPart,
  derConstructed,
  derInteger,
  derOctetString,
  derPrimitive,
  derSequence,
  derSetOf,
  derTime,
  encodeDer,
} from '../der/der-writer.ts'
import {
  encodeMessageDigestAlgorithm,
  messageSignatureFor,
  readMessageDigestAlgorithm,
  readMessageSignatureAlgorithm,
} from '../message-signature.ts'
import { readName } from '../names/distinguished-name.ts'
import { encodeObjectIdentifier, objectIdentifiers } from '../object-identifier.ts'
import type { DigestAlgorithm } from '../signature-algorithm.ts'
import { verifyDigestSignature } from '../verify-signature.ts'

export interface SignedDataFields {
  /** Dotted object identifier; not id-data, which would be of another version (RFC 5652 §5.1). */
  readonly contentType: string
  readonly content: Uint8Array
  /** DER of the certificates to send along. */
  readonly certificates: readonly Uint8Array[]
  /** The certificate whose key signs. */
  readonly signer: Certificate
  readonly signingTime?: Date
  /**
   * Signs with the signer's key: PKCS#1 v1.5 or ECDSA as DER, with SHA-256, and with SHA-384 under P-384 — what
   * `signatureAlgorithmFor` names for the key.
   */
  readonly sign: (bytes: Uint8Array) => Promise<Uint8Array>
}

export interface SignerInfo {
  /** Encoded Name of the signer's issuer. */
  readonly issuer: Uint8Array
  /** Content octets of the signer's serial number. */
  readonly serialNumber: Uint8Array
  readonly digestAlgorithm: DigestAlgorithm
  readonly key: 'RSA' | 'EC'
  readonly signedAttributes: readonly Attribute[]
  /** The bytes that are signed: the attributes as a SET OF (RFC 5652 §5.4). */
  readonly signedBytes: Uint8Array
  readonly signature: Uint8Array
}

/** A decoded SignedData. Slices share memory with the bytes that were decoded. */
export interface SignedData {
  readonly contentType: string
  readonly content: Uint8Array
  /** DER of each certificate, in the order of the encoding. */
  readonly certificates: readonly Uint8Array[]
  readonly signers: readonly SignerInfo[]
}

const version1 = derInteger(1)
const version3 = derInteger(3)
const explicit0 = contextConstructed(0)

/**
 * A ContentInfo with SignedData of version 3 and one signer, named by issuer and serial number, who signs the content
 * type, the digest of the content and, if given, the time (RFC 5652 §5).
 *
 * @throws whatever `sign` throws
 */
export async function encodeSignedData(fields: SignedDataFields): Promise<Uint8Array> {
  const { digest, signatureAlgorithm } = messageSignatureFor(fields.signer.subjectPublicKeyInfo)
  const digestAlgorithm = encodeMessageDigestAlgorithm(digest)
  const attributes = encodeSignedAttributes(fields, digest)
  const signature = await fields.sign(encodeDer(derSetOf(attributes)))
  const signerInfo = derSequence([
    version1,
    derSequence([fields.signer.issuer, derPrimitive(derTag.integer, fields.signer.serialNumber)]),
    digestAlgorithm,
    derSetOf(attributes, explicit0),
    signatureAlgorithm,
    derOctetString(signature),
  ])
  const signedData = derSequence([
    version3,
    derSetOf([digestAlgorithm]),
    derSequence([
      encodeObjectIdentifier(fields.contentType),
      derConstructed(explicit0, [derOctetString(fields.content)]),
    ]),
    derSetOf(fields.certificates, explicit0),
    derSetOf([signerInfo]),
  ])
  return encodeDer(
    derSequence([
      encodeObjectIdentifier(objectIdentifiers.signedData),
      derConstructed(explicit0, [signedData]),
    ]),
  )
}

function encodeSignedAttributes(fields: SignedDataFields, digest: DigestAlgorithm): DerPart[] {
  const messageDigest = new Uint8Array(createHash(digest).update(fields.content).digest())
  const attributes: Attribute[] = [
    { type: objectIdentifiers.contentType, values: [encodeObjectIdentifier(fields.contentType)] },
    { type: objectIdentifiers.messageDigest, values: [encodeDer(derOctetString(messageDigest))] },
  ]
  if (fields.signingTime !== undefined) {
    attributes.push({ type: objectIdentifiers.signingTime, values: [encodeDer(derTime(fields.signingTime))] })
  }
  return attributes.map(encodeAttribute)
}

const maximumSize = 1 << 20

/**
 * Reads a ContentInfo with SignedData whose content is inside. Signers must be named by issuer and serial number and
 * sign attributes. Nothing is verified here: see `verifySignedData`.
 *
 * @throws X509Error malformed-cms, unsupported-algorithm, der-…
 */
export function decodeSignedData(der: Uint8Array): SignedData {
  return decodeDer(
    der,
    reader =>
      reader.sequence(inner => {
        const start = inner.position
        if (inner.objectIdentifier() !== objectIdentifiers.signedData) {
          throw inner.error('malformed-cms', 'no signed data', start)
        }
        return inner.constructed(explicit0, content => content.sequence(readSignedData))
      }),
    maximumSize,
  )
}

function readSignedData(reader: DerReader): SignedData {
  const start = reader.position
  const version = reader.smallInteger()
  if (version !== 1 && version !== 3) throw reader.error('malformed-cms', 'an unsupported version', start)
  reader.setOf(readMessageDigestAlgorithm)
  const { contentType, content } = reader.sequence(inner => ({
    contentType: inner.objectIdentifier(),
    content: inner.constructed(explicit0, explicit => explicit.octetString()),
  }))
  const certificates = reader.optional(explicit0, () => reader.setOf(readCertificateElement, explicit0)) ?? []
  reader.optional(contextConstructed(1), () => reader.setOf(list => list.any(), contextConstructed(1)))
  return { contentType, content, certificates, signers: reader.setOf(readSignerInfo) }
}

function readCertificateElement(reader: DerReader): Uint8Array {
  // The other choices of RFC 5652 §10.2.2 are context-tagged; nobody sends them.
  if (!reader.isNext(derTag.sequence)) throw reader.error('malformed-cms', 'no X.509 certificate')
  return reader.any()
}

function readSignerInfo(reader: DerReader): SignerInfo {
  return reader.sequence(inner => {
    const start = inner.position
    if (inner.smallInteger() !== 1)
      throw inner.error('malformed-cms', 'a signer of unsupported version', start)
    const { issuer, serialNumber } = inner.sequence(identifier => ({
      issuer: identifier.withBytes(readName).der,
      serialNumber: identifier.integer(),
    }))
    const digestAlgorithm = readMessageDigestAlgorithm(inner)
    const attributes = inner.withBytes(element => element.setOf(readAttribute, explicit0))
    const signedBytes = attributes.der.slice()
    signedBytes[0] = derTag.set
    const key = readMessageSignatureAlgorithm(inner, digestAlgorithm)
    const signature = inner.octetString()
    inner.optional(contextConstructed(1), () => inner.setOf(readAttribute, contextConstructed(1)))
    return {
      issuer,
      serialNumber,
      digestAlgorithm,
      key,
      signedAttributes: attributes.value,
      signedBytes,
      signature,
    }
  })
}

function readAttribute(reader: DerReader): Attribute {
  return reader.sequence(inner => ({
    type: inner.objectIdentifier(),
    values: inner.setOf(value => value.any()),
  }))
}

/**
 * Whether the message has exactly one signer, that signer is the given certificate, and its signature covers this
 * content (RFC 5652 §5.4, §5.6). Whether the certificate is to be trusted is the caller's question. A signature with
 * SHA-1 verifies too, as old servers make it: look at `digestAlgorithm` where that must not be.
 */
export function verifySignedData(message: SignedData, signer: Certificate): boolean {
  const [info, ...others] = message.signers
  if (info === undefined || others.length > 0 || !isSigner(info, signer)) return false
  const digest = createHash(info.digestAlgorithm).update(message.content).digest()
  return (
    signer.subjectPublicKeyInfo.algorithm === info.key &&
    hasSignedValue(info, objectIdentifiers.contentType, encodeObjectIdentifier(message.contentType)) &&
    hasSignedValue(info, objectIdentifiers.messageDigest, encodeDer(derOctetString(digest))) &&
    verifyDigestSignature(info.digestAlgorithm, signer.subjectPublicKeyInfo, info.signedBytes, info.signature)
  )
}

/** The certificate of the message that its first signer names, or null when it does not travel along. */
export function findSigner(message: SignedData): Certificate | null {
  const info = message.signers[0]
  if (info === undefined) return null
  return message.certificates.map(decodeCertificate).find(certificate => isSigner(info, certificate)) ?? null
}

function isSigner(info: SignerInfo, certificate: Certificate): boolean {
  return (
    equalBytes(info.issuer, certificate.issuer) && equalBytes(info.serialNumber, certificate.serialNumber)
  )
}

/** Whether the attribute occurs once, with this one value (RFC 5652 §11.1, §11.2). */
function hasSignedValue(info: SignerInfo, type: string, expected: Uint8Array): boolean {
  const [value, ...others] = info.signedAttributes
    .filter(attribute => attribute.type === type)
    .flatMap(({ values }) => values)
  return value !== undefined && others.length === 0 && equalBytes(value, expected)
}
