import { hash } from 'node:crypto'
import type { Certificate } from '../certificate.ts'
import { contextConstructed, derTag } from '../der/der-tag.ts'
import {
  derConstructed,
  derNull,
  derOctetString,
  derPrimitive,
  derSequence,
  encodeDer,
} from '../der/der-writer.ts'
import { encodeExtensions } from '../extension.ts'
import { encodeObjectIdentifier, objectIdentifiers } from '../object-identifier.ts'

/** Names a certificate to an OCSP responder (RFC 6960 §4.1.1). */
export interface OcspCertificateId {
  /** Dotted object identifier. */
  readonly hashAlgorithm: string
  /** Digest of the issuer's encoded Name. */
  readonly issuerNameHash: Uint8Array
  /** Digest of the content of the issuer's key, the BIT STRING. */
  readonly issuerKeyHash: Uint8Array
  /** Content octets of the INTEGER. */
  readonly serialNumber: Uint8Array
}

/** By SHA-1, the digest that every responder knows (RFC 5019 §2.1.1); nothing rests on its strength. */
export function ocspCertificateId(
  certificate: Pick<Certificate, 'serialNumber'>,
  issuer: Pick<Certificate, 'subject' | 'subjectPublicKeyInfo'>,
): OcspCertificateId {
  return {
    hashAlgorithm: objectIdentifiers.sha1,
    issuerNameHash: sha1(issuer.subject),
    issuerKeyHash: sha1(issuer.subjectPublicKeyInfo.subjectPublicKey),
    serialNumber: certificate.serialNumber,
  }
}

function sha1(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(hash('sha1', bytes, 'buffer'))
}

/**
 * Asks about one certificate, unsigned (RFC 6960 §4.1).
 *
 * @param nonce 1 to 32 random octets (RFC 8954 §2.1)
 */
export function encodeOcspRequest(id: OcspCertificateId, nonce: Uint8Array): Uint8Array {
  const certificateId = derSequence([
    derSequence([encodeObjectIdentifier(id.hashAlgorithm), derNull]),
    derOctetString(id.issuerNameHash),
    derOctetString(id.issuerKeyHash),
    derPrimitive(derTag.integer, id.serialNumber),
  ])
  const extensions = encodeExtensions([
    { oid: objectIdentifiers.ocspNonce, critical: false, value: encodeDer(derOctetString(nonce)) },
  ])
  const requestList = derSequence([derSequence([certificateId])])
  return encodeDer(
    derSequence([derSequence([requestList, derConstructed(contextConstructed(2), [extensions])])]),
  )
}
