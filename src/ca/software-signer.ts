import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { decodeSubjectPublicKeyInfo } from '../x509/public-key.ts'
import {
  type DigestAlgorithm,
  digestOfSignatureAlgorithm,
  type SignatureAlgorithm,
  signatureAlgorithmFor,
} from '../x509/signature-algorithm.ts'
import type { Signer } from './signer.ts'

/** Signs in the thread pool of node:crypto, off the event loop, with a private key in memory. */
export class SoftwareSigner implements Signer {
  readonly subjectPublicKeyInfo: Uint8Array
  readonly signatureAlgorithm: SignatureAlgorithm
  readonly #digest: DigestAlgorithm
  readonly #privateKey: KeyObject

  /** @throws X509Error unsupported-key for a key that is neither RSA nor on P-256 or P-384 */
  constructor(privateKey: KeyObject) {
    this.subjectPublicKeyInfo = Uint8Array.from(
      createPublicKey(privateKey).export({ format: 'der', type: 'spki' }),
    )
    this.signatureAlgorithm = signatureAlgorithmFor(decodeSubjectPublicKeyInfo(this.subjectPublicKeyInfo))
    this.#digest = digestOfSignatureAlgorithm(this.signatureAlgorithm)
    this.#privateKey = privateKey
  }

  /** @param pkcs8 PrivateKeyInfo in DER (RFC 5958), not encrypted */
  static fromPkcs8(pkcs8: Uint8Array): SoftwareSigner {
    // A view, not a copy: whoever wipes the bytes wipes all of them.
    const key = Buffer.from(pkcs8.buffer, pkcs8.byteOffset, pkcs8.length)
    return new SoftwareSigner(createPrivateKey({ key, format: 'der', type: 'pkcs8' }))
  }

  async sign(bytes: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      sign(this.#digest, bytes, this.#privateKey, (error, signature) => {
        if (error === null) resolve(Uint8Array.from(signature))
        else reject(error)
      })
    })
  }
}
