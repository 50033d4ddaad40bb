import { createPublicKey, type VerifyKeyObjectInput, verify } from 'node:crypto'
import type { SubjectPublicKeyInfo } from './public-key.ts'
import {
  type DigestAlgorithm,
  digestOfSignatureAlgorithm,
  keyOfSignatureAlgorithm,
  type SignatureAlgorithm,
} from './signature-algorithm.ts'

/**
 * Whether `signature` is the key's over `signed`. An ECDSA signature is the DER of r and s. A key of another kind than
 * the algorithm's gives false.
 */
export function verifySignature(
  algorithm: SignatureAlgorithm,
  key: SubjectPublicKeyInfo,
  signed: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (key.algorithm !== keyOfSignatureAlgorithm(algorithm)) return false
  return verifyDigestSignature(digestOfSignatureAlgorithm(algorithm), key, signed, signature)
}

/** As `verifySignature`, with the digest and, for RSA, the padding given apart. */
export function verifyDigestSignature(
  digest: DigestAlgorithm,
  key: SubjectPublicKeyInfo,
  signed: Uint8Array,
  signature: Uint8Array,
  padding: Pick<VerifyKeyObjectInput, 'padding' | 'saltLength'> = {},
): boolean {
  try {
    const publicKey = createPublicKey({ key: Buffer.from(key.der), format: 'der', type: 'spki' })
    return verify(digest, signed, { key: publicKey, ...padding }, signature)
  } catch {
    // OpenSSL throws for some keys that no honest generator makes, such as an RSA exponent of 0.
    return false
  }
}
