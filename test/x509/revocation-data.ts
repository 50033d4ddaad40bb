import { sign } from 'node:crypto'
import {
  assembleCertificateRevocationList,
  encodeTbsCertificateRevocationList,
  type RevokedCertificateEntry,
} from '../../src/x509/certificate-revocation-list.ts'
import { decodeDer } from '../../src/x509/der/der-reader.ts'
import { contextConstructed, contextPrimitive, derTag } from '../../src/x509/der/der-tag.ts'
import {
  type DerPart,
  derBitString,
  derConstructed,
  derNull,
  derOctetString,
  derPrimitive,
  derSequence,
  derString,
  encodeDer,
} from '../../src/x509/der/der-writer.ts'
import { type Extension, encodeExtensions, readExtensions } from '../../src/x509/extension.ts'
import { encodeObjectIdentifier, objectIdentifiers } from '../../src/x509/object-identifier.ts'
import type { OcspCertificateId } from '../../src/x509/ocsp/ocsp-request.ts'
import { keyIdentifier } from '../../src/x509/public-key.ts'
import {
  digestOfSignatureAlgorithm,
  encodeSignatureAlgorithm,
  type SignatureAlgorithm,
} from '../../src/x509/signature-algorithm.ts'
import { formatTime } from '../../src/x509/time.ts'
import type { TestAuthority } from './test-authority.ts'

export interface ListOptions {
  readonly entries?: readonly RevokedCertificateEntry[]
  readonly thisUpdate: Date
  readonly nextUpdate: Date
  readonly baseCrlNumber?: bigint
  readonly extensions?: readonly Extension[]
  /** The authority's own where it is left out. */
  readonly signatureAlgorithm?: SignatureAlgorithm
}

/** A CRL that the authority signs, with what extensions one likes. */
export function listOf(authority: TestAuthority, options: ListOptions): Uint8Array {
  const { key, certificate } = authority
  const { signatureAlgorithm = key.signatureAlgorithm } = options
  const plain = encodeTbsCertificateRevocationList({
    entries: [],
    ...options,
    signatureAlgorithm,
    issuer: certificate.subject,
    authorityKeyIdentifier: keyIdentifier(key.publicKey),
    crlNumber: 9n,
  })
  const tbs = withExtensions(plain, options.extensions ?? [])
  const signature = sign(digestOfSignatureAlgorithm(signatureAlgorithm), tbs, key.privateKey)
  return assembleCertificateRevocationList(tbs, signatureAlgorithm, new Uint8Array(signature))
}

function withExtensions(tbs: Uint8Array, more: readonly Extension[]): Uint8Array {
  return decodeDer(tbs, reader =>
    reader.sequence(inner => {
      const parts: DerPart[] = []
      while (!inner.isNext(contextConstructed(0))) parts.push(inner.any())
      const own = inner.constructed(contextConstructed(0), readExtensions)
      const extensions = derConstructed(contextConstructed(0), [encodeExtensions([...own, ...more])])
      return encodeDer(derSequence([...parts, extensions]))
    }),
  )
}

export interface OcspOptions {
  readonly id: OcspCertificateId
  readonly status: 'good' | 'unknown'
  readonly thisUpdate: Date
  readonly nextUpdate?: Date
  readonly nonce?: Uint8Array
  /** Who it says that signed it: the authority where it is left out. */
  readonly keyHash?: Uint8Array
}

/** An OCSP response that the authority itself signs. */
export function ocspResponseOf({ key }: TestAuthority, options: OcspOptions): Uint8Array {
  const { id, status, thisUpdate, nextUpdate, nonce } = options
  const keyHash = options.keyHash ?? keyIdentifier(key.publicKey)
  const single = derSequence([
    derSequence([
      derSequence([encodeObjectIdentifier(id.hashAlgorithm), derNull]),
      derOctetString(id.issuerNameHash),
      derOctetString(id.issuerKeyHash),
      derPrimitive(derTag.integer, id.serialNumber),
    ]),
    derPrimitive(contextPrimitive(status === 'good' ? 0 : 2), new Uint8Array()),
    generalizedTime(thisUpdate),
    ...(nextUpdate === undefined
      ? []
      : [derConstructed(contextConstructed(0), [generalizedTime(nextUpdate)])]),
  ])
  const nonceExtension = (value: Uint8Array) =>
    encodeExtensions([
      { oid: objectIdentifiers.ocspNonce, critical: false, value: encodeDer(derOctetString(value)) },
    ])
  const data = encodeDer(
    derSequence([
      derConstructed(contextConstructed(2), [derOctetString(keyHash)]),
      generalizedTime(thisUpdate),
      derSequence([single]),
      ...(nonce === undefined ? [] : [derConstructed(contextConstructed(1), [nonceExtension(nonce)])]),
    ]),
  )
  const basic = derSequence([
    data,
    encodeSignatureAlgorithm(key.signatureAlgorithm),
    derBitString(key.sign(data)),
  ])
  const bytes = derSequence([
    encodeObjectIdentifier(objectIdentifiers.ocspBasicResponse),
    derOctetString(basic),
  ])
  const successful = Uint8Array.of(derTag.enumerated, 1, 0)
  return encodeDer(derSequence([successful, derConstructed(contextConstructed(0), [bytes])]))
}

function generalizedTime(date: Date): DerPart {
  return derPrimitive(
    derTag.generalizedTime,
    encodeDer(derString(derTag.ia5String, formatTime(date, 'generalized'))).subarray(2),
  )
}
