import { generateKeyPair, type KeyObject, sign } from 'node:crypto'
import { CardError } from '../../../src/card/card-error.ts'
import type { CardKey, HashAlgorithm, KeyPairAlgorithm } from '../../../src/card/smart-card.ts'

interface Container {
  readonly algorithm: KeyPairAlgorithm
  readonly publicKey: Uint8Array
  readonly privateKey: KeyObject
  certificate?: Uint8Array
}

const digestNames: ReadonlyMap<HashAlgorithm, string> = new Map([
  ['SHA-1', 'sha1'],
  ['SHA-256', 'sha256'],
  ['SHA-384', 'sha384'],
  ['SHA-512', 'sha512'],
])

/** Far above any certificate in use, and small enough for the file of a real card. */
const maximumCertificateLength = 16_384

/** The key containers of a virtual smart card. Private keys stay inside: no method hands one out. */
export class VirtualKeyContainers {
  readonly #maximumKeys: number
  readonly #newKeyId: () => string
  readonly #containers = new Map<string, Container>()

  constructor(maximumKeys: number, newKeyId: () => string) {
    this.#maximumKeys = maximumKeys
    this.#newKeyId = newKeyId
  }

  async generate(algorithm: KeyPairAlgorithm): Promise<CardKey> {
    if (this.#containers.size >= this.#maximumKeys) {
      throw new CardError(
        'card-full',
        `The card holds ${this.#maximumKeys} keys and has no room for another. Delete one that is no longer needed.`,
      )
    }
    const { publicKey, privateKey } = await newKeyPair(algorithm)
    const keyId = this.#newKeyId()
    const container: Container = {
      algorithm: Object.freeze({ ...algorithm }),
      publicKey: Uint8Array.from(publicKey.export({ type: 'spki', format: 'der' })),
      privateKey,
    }
    this.#containers.set(keyId, container)
    return describe(keyId, container)
  }

  sign(keyId: string, hash: HashAlgorithm, data: Uint8Array): Promise<Uint8Array> {
    const { privateKey } = this.#find(keyId)
    const digest = digestNames.get(hash)
    if (digest === undefined) {
      throw new CardError('unsupported-algorithm', 'The card does not know this hash. Use SHA-256.')
    }
    return new Promise((resolve, reject) => {
      sign(digest, data, { key: privateKey, dsaEncoding: 'der' }, (error, signature) => {
        if (error) reject(error)
        else resolve(Uint8Array.from(signature))
      })
    })
  }

  writeCertificate(keyId: string, certificate: Uint8Array): void {
    const container = this.#find(keyId)
    if (certificate.length === 0) {
      throw new CardError('invalid-certificate', 'The certificate is empty. Give its DER encoding.')
    }
    if (certificate.length > maximumCertificateLength) {
      throw new CardError(
        'card-full',
        `The certificate has ${certificate.length} bytes, the card has room for ${maximumCertificateLength}.`,
      )
    }
    container.certificate = Uint8Array.from(certificate)
  }

  readCertificate(keyId: string): Uint8Array {
    const { certificate } = this.#find(keyId)
    if (certificate === undefined) {
      throw new CardError('no-such-certificate', 'This key has no certificate yet. Write one first.')
    }
    return Uint8Array.from(certificate)
  }

  list(): CardKey[] {
    return [...this.#containers].map(([keyId, container]) => describe(keyId, container))
  }

  delete(keyId: string): void {
    this.#find(keyId)
    this.#containers.delete(keyId)
  }

  erase(): void {
    this.#containers.clear()
  }

  #find(keyId: string): Container {
    const container = this.#containers.get(keyId)
    if (container === undefined) {
      throw new CardError('no-such-key', 'The card holds no key of this id. List its keys.')
    }
    return container
  }
}

function describe(keyId: string, { algorithm, publicKey, certificate }: Container): CardKey {
  return {
    keyId,
    algorithm,
    publicKey: Uint8Array.from(publicKey),
    hasCertificate: certificate !== undefined,
  }
}

function newKeyPair(algorithm: KeyPairAlgorithm): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  return new Promise((resolve, reject) => {
    const settle = (error: Error | null, publicKey: KeyObject, privateKey: KeyObject) => {
      if (error) reject(error)
      else resolve({ publicKey, privateKey })
    }
    if (algorithm.algorithm === 'RSA' && [2048, 3072, 4096].includes(algorithm.keySize)) {
      generateKeyPair('rsa', { modulusLength: algorithm.keySize, publicExponent: 65_537 }, settle)
    } else if (algorithm.algorithm === 'EC' && ['P-256', 'P-384'].includes(algorithm.curve)) {
      generateKeyPair('ec', { namedCurve: algorithm.curve }, settle)
    } else {
      reject(
        new CardError(
          'unsupported-algorithm',
          'The card cannot make such a key. Use RSA of 2048, 3072 or 4096 bits, or P-256 or P-384.',
        ),
      )
    }
  })
}
