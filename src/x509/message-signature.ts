import type { DerReader } from './der/der-reader.ts'
import { type DerPart, derNull, derSequence } from './der/der-writer.ts'
import { encodeObjectIdentifier, objectIdentifiers as oids } from './object-identifier.ts'
import { readDigest } from './request-signature-algorithm.ts'
import type { DigestAlgorithm } from './signature-algorithm.ts'

/*
 * The algorithm identifiers of a SignerInfo as Windows writes them: digests with NULL parameters, and for RSA the
 * identifier of the key, the digest being named beside it (RFC 3370 §3.2 wants both to be understood).
 */

const digestOids: Readonly<Record<DigestAlgorithm, string>> = {
  sha1: oids.sha1,
  sha256: oids.sha256,
  sha384: oids.sha384,
  sha512: oids.sha512,
}

const digestNames: ReadonlyMap<string, DigestAlgorithm> = new Map([
  [oids.sha1, 'sha1'],
  [oids.sha256, 'sha256'],
  [oids.sha384, 'sha384'],
  [oids.sha512, 'sha512'],
])

const signatures: ReadonlyMap<string, { key: 'RSA' | 'EC'; digest: DigestAlgorithm | null }> = new Map([
  [oids.rsaEncryption, { key: 'RSA', digest: null }],
  [oids.sha1WithRSAEncryption, { key: 'RSA', digest: 'sha1' }],
  [oids.sha256WithRSAEncryption, { key: 'RSA', digest: 'sha256' }],
  [oids.sha384WithRSAEncryption, { key: 'RSA', digest: 'sha384' }],
  [oids.sha512WithRSAEncryption, { key: 'RSA', digest: 'sha512' }],
  [oids.ecdsaWithSha256, { key: 'EC', digest: 'sha256' }],
  [oids.ecdsaWithSha384, { key: 'EC', digest: 'sha384' }],
  [oids.ecdsaWithSha512, { key: 'EC', digest: 'sha512' }],
])

/** RFC 5754 §2 would leave the NULL out; it demands that both forms are understood. */
export function encodeMessageDigestAlgorithm(digest: DigestAlgorithm): DerPart {
  return derSequence([encodeObjectIdentifier(digestOids[digest]), derNull])
}

/** @throws X509Error unsupported-algorithm */
export function readMessageDigestAlgorithm(reader: DerReader): DigestAlgorithm {
  const start = reader.position
  const digest = digestNames.get(readDigest(reader))
  if (digest === undefined) throw reader.error('unsupported-algorithm', 'an unsupported digest', start)
  return digest
}

/** The digest and the signatureAlgorithm for a signer's key: SHA-256, and SHA-384 under P-384. */
export function messageSignatureFor(key: {
  readonly algorithm: 'RSA' | 'EC'
  readonly curve: 'P-256' | 'P-384' | null
}): { readonly digest: DigestAlgorithm; readonly signatureAlgorithm: DerPart } {
  if (key.algorithm === 'RSA') {
    return {
      digest: 'sha256',
      signatureAlgorithm: derSequence([encodeObjectIdentifier(oids.rsaEncryption), derNull]),
    }
  }
  return key.curve === 'P-384'
    ? { digest: 'sha384', signatureAlgorithm: derSequence([encodeObjectIdentifier(oids.ecdsaWithSha384)]) }
    : { digest: 'sha256', signatureAlgorithm: derSequence([encodeObjectIdentifier(oids.ecdsaWithSha256)]) }
}

/**
 * Reads a SignerInfo's signatureAlgorithm, which must not contradict its digest.
 *
 * @throws X509Error unsupported-algorithm
 */
export function readMessageSignatureAlgorithm(reader: DerReader, digest: DigestAlgorithm): 'RSA' | 'EC' {
  const start = reader.position
  const { oid, hasNull } = reader.sequence(inner => {
    const identifier = inner.objectIdentifier()
    const present = !inner.atEnd
    if (present) inner.null()
    return { oid: identifier, hasNull: present }
  })
  const signature = signatures.get(oid)
  const contradicts = signature?.digest !== null && signature?.digest !== digest
  // RFC 5754 §3: NULL with RSA, nothing with ECDSA.
  if (signature === undefined || contradicts || hasNull !== (signature.key === 'RSA')) {
    throw reader.error('unsupported-algorithm', 'an unsupported signature algorithm', start)
  }
  return signature.key
}
