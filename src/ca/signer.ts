import type { SignatureAlgorithm } from '../x509/signature-algorithm.ts'

/** A private key that signs and is never seen: here in memory, or in a hardware security module. */
export interface Signer {
  /** DER (RFC 5280 §4.1.2.7). */
  readonly subjectPublicKeyInfo: Uint8Array
  readonly signatureAlgorithm: SignatureAlgorithm
  /** The signature over the bytes themselves, not their digest: PKCS#1 v1.5, or Ecdsa-Sig-Value in DER. */
  sign(bytes: Uint8Array): Promise<Uint8Array>
}
