import { equalBytes } from './der/bytes.ts'
import type { DerReader } from './der/der-reader.ts'
import { derNull, derSequence, encodeDer } from './der/der-writer.ts'
import { encodeObjectIdentifier, objectIdentifiers } from './object-identifier.ts'

/** The signature algorithms of certificates, CRLs and certification requests (RFC 3279, RFC 4055, RFC 5758). */
export type SignatureAlgorithm =
  | 'sha1WithRSAEncryption'
  | 'sha256WithRSAEncryption'
  | 'sha384WithRSAEncryption'
  | 'sha512WithRSAEncryption'
  | 'ecdsa-with-SHA256'
  | 'ecdsa-with-SHA384'
  | 'ecdsa-with-SHA512'

/** A digest by the name that node:crypto knows. */
export type DigestAlgorithm = 'sha1' | 'sha256' | 'sha384' | 'sha512'

interface Facts {
  readonly key: 'RSA' | 'EC'
  readonly digest: DigestAlgorithm
  readonly der: Uint8Array
}

// RFC 4055 §5: RSA algorithms carry NULL parameters. RFC 5758 §3.2: ECDSA algorithms carry none.
function rsa(oid: string, digest: DigestAlgorithm): Facts {
  return { key: 'RSA', digest, der: encodeDer(derSequence([encodeObjectIdentifier(oid), derNull])) }
}

function ecdsa(oid: string, digest: DigestAlgorithm): Facts {
  return { key: 'EC', digest, der: encodeDer(derSequence([encodeObjectIdentifier(oid)])) }
}

const algorithms: Readonly<Record<SignatureAlgorithm, Facts>> = {
  sha1WithRSAEncryption: rsa(objectIdentifiers.sha1WithRSAEncryption, 'sha1'),
  sha256WithRSAEncryption: rsa(objectIdentifiers.sha256WithRSAEncryption, 'sha256'),
  sha384WithRSAEncryption: rsa(objectIdentifiers.sha384WithRSAEncryption, 'sha384'),
  sha512WithRSAEncryption: rsa(objectIdentifiers.sha512WithRSAEncryption, 'sha512'),
  'ecdsa-with-SHA256': ecdsa(objectIdentifiers.ecdsaWithSha256, 'sha256'),
  'ecdsa-with-SHA384': ecdsa(objectIdentifiers.ecdsaWithSha384, 'sha384'),
  'ecdsa-with-SHA512': ecdsa(objectIdentifiers.ecdsaWithSha512, 'sha512'),
}

const names: readonly SignatureAlgorithm[] = [
  'sha256WithRSAEncryption',
  'ecdsa-with-SHA256',
  'ecdsa-with-SHA384',
  'sha384WithRSAEncryption',
  'sha512WithRSAEncryption',
  'ecdsa-with-SHA512',
  'sha1WithRSAEncryption',
]

/** The algorithm that we sign with under such a key: SHA-256, and SHA-384 under P-384. */
export function signatureAlgorithmFor(key: {
  readonly algorithm: 'RSA' | 'EC'
  readonly curve: 'P-256' | 'P-384' | null
}): SignatureAlgorithm {
  if (key.algorithm === 'RSA') return 'sha256WithRSAEncryption'
  return key.curve === 'P-384' ? 'ecdsa-with-SHA384' : 'ecdsa-with-SHA256'
}

/** The digest that the algorithm signs. */
export function digestOfSignatureAlgorithm(algorithm: SignatureAlgorithm): DigestAlgorithm {
  return algorithms[algorithm].digest
}

/** The kind of key that the algorithm signs with. */
export function keyOfSignatureAlgorithm(algorithm: SignatureAlgorithm): 'RSA' | 'EC' {
  return algorithms[algorithm].key
}

/** The DER of the AlgorithmIdentifier (RFC 5280 §4.1.1.2). Shared: do not write to it. */
export function encodeSignatureAlgorithm(algorithm: SignatureAlgorithm): Uint8Array {
  return algorithms[algorithm].der
}

/** The algorithm whose AlgorithmIdentifier these bytes are, or null. */
export function findSignatureAlgorithm(der: Uint8Array): SignatureAlgorithm | null {
  return names.find(name => equalBytes(algorithms[name].der, der)) ?? null
}

/** @throws X509Error unsupported-algorithm for any other algorithm, or for parameters that it does not have */
export function readSignatureAlgorithm(reader: DerReader): SignatureAlgorithm {
  const start = reader.position
  const algorithm = findSignatureAlgorithm(reader.any())
  if (algorithm === null)
    throw reader.error('unsupported-algorithm', 'unsupported signature algorithm', start)
  return algorithm
}
