import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { SubjectPublicKeyInfo } from '../x509/public-key.ts'
import {
  type DigestAlgorithm,
  digestOfSignatureAlgorithm,
  keyOfSignatureAlgorithm,
  type SignatureAlgorithm,
} from '../x509/signature-algorithm.ts'
import type { Signer } from './signer.ts'

/** A key does not belong to the certificate, or what it signed is not what it was given. Nothing was issued. */
export class SigningError extends Error {
  override readonly name = 'SigningError'
}

/**
 * Hands out no signature before it was verified with the public key of the certificate, in the thread pool. A wrong
 * one is more than useless: a single faulty RSA signature can give the private key away (Boneh, DeMillo, Lipton 1997).
 */
export class VerifyingSigner implements Signer {
  readonly subjectPublicKeyInfo: Uint8Array
  readonly signatureAlgorithm: SignatureAlgorithm
  readonly #signer: Signer
  readonly #publicKey: KeyObject
  readonly #digest: DigestAlgorithm

  /** @throws SigningError where the signer's key is not the certificate's */
  constructor(signer: Signer, publicKey: SubjectPublicKeyInfo) {
    if (
      !Buffer.from(signer.subjectPublicKeyInfo).equals(publicKey.der) ||
      keyOfSignatureAlgorithm(signer.signatureAlgorithm) !== publicKey.algorithm
    ) {
      throw new SigningError('The private key does not belong to the certificate.')
    }
    this.subjectPublicKeyInfo = publicKey.der
    this.signatureAlgorithm = signer.signatureAlgorithm
    this.#signer = signer
    this.#publicKey = createPublicKey({ key: Buffer.from(publicKey.der), format: 'der', type: 'spki' })
    this.#digest = digestOfSignatureAlgorithm(signer.signatureAlgorithm)
  }

  /** @throws SigningError for a signature that does not verify */
  async sign(bytes: Uint8Array): Promise<Uint8Array> {
    const signature = await this.#signer.sign(bytes)
    if (!(await this.#verifies(bytes, signature))) {
      throw new SigningError('The signature is not over the bytes that were to be signed.')
    }
    return signature
  }

  async #verifies(bytes: Uint8Array, signature: Uint8Array): Promise<boolean> {
    return new Promise((resolve, reject) => {
      verify(this.#digest, bytes, this.#publicKey, signature, (error, result) => {
        if (error === null) resolve(result)
        else reject(error)
      })
    })
  }
}
