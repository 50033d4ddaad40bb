import { createPublicKey, generateKeyPair, type KeyObject, sign } from 'node:crypto'
import type { CardKey, HashAlgorithm, KeyPairAlgorithm, SmartCard } from '../card/smart-card.ts'
import { EnrollmentError } from './enrollment-error.ts'
import type { GenerationOptionsView } from './library/generated/answers.ts'
import { printableText } from './printable-text.ts'

/** A key that a certificate is asked for: on a card, which signs itself, or in software. */
export interface EnrollmentKey {
  readonly algorithm: KeyPairAlgorithm
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Uint8Array
  /** RSASSA-PKCS1-v1_5, or ECDSA as DER, over the hash of `data`. */
  sign(hash: HashAlgorithm, data: Uint8Array): Promise<Uint8Array>
}

export interface SoftwareEnrollmentKey extends EnrollmentKey {
  readonly privateKey: KeyObject
  /** PKCS#8 in PEM, not encrypted. A secret. */
  exportPrivateKey(): string
}

const digestNames: Readonly<Record<HashAlgorithm, string>> = {
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
}

/**
 * The key pair that generation options ask for. RSA keys are made at least as large as asked, elliptic curves exactly;
 * curves go by the names of Windows CNG (`ECDSA_P256`, `ECDH_P256`).
 *
 * @throws EnrollmentError unsupported-options
 */
export function keyPairAlgorithm(
  options: Pick<GenerationOptionsView, 'KeyAlgorithmName' | 'KeySize'>,
): KeyPairAlgorithm {
  const { KeyAlgorithmName: name, KeySize: size } = options
  if (/^RSA$/i.test(name)) {
    for (const keySize of [2048, 3072, 4096] as const)
      if (size <= keySize) return { algorithm: 'RSA', keySize }
  }
  if (/^EC(?:$|DSA|DH)/i.test(name)) {
    if (size === 256) return { algorithm: 'EC', curve: 'P-256' }
    if (size === 384) return { algorithm: 'EC', curve: 'P-384' }
  }
  throw new EnrollmentError(
    'unsupported-options',
    `The server asks for a key of the kind ${printableText(name, 40)} with ${size} bits, which cannot be made here. ` +
      'Have the certificate template ask for RSA of up to 4096 bits, or for P-256 or P-384.',
  )
}

export function cardEnrollmentKey(card: SmartCard, key: CardKey): EnrollmentKey {
  return {
    algorithm: key.algorithm,
    publicKey: key.publicKey,
    sign: (hash, data) => card.sign(key.keyId, hash, data),
  }
}

/** A new key pair in this process's memory. */
export async function generateSoftwareKey(algorithm: KeyPairAlgorithm): Promise<SoftwareEnrollmentKey> {
  return softwareEnrollmentKey(await newPrivateKey(algorithm))
}

/** @throws EnrollmentError unsupported-options for a key that no certificate is asked for */
export function softwareEnrollmentKey(privateKey: KeyObject): SoftwareEnrollmentKey {
  return {
    privateKey,
    algorithm: algorithmOf(privateKey),
    publicKey: Uint8Array.from(createPublicKey(privateKey).export({ type: 'spki', format: 'der' })),
    exportPrivateKey: () => String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    sign: (hash, data) =>
      new Promise((resolve, reject) => {
        sign(digestNames[hash], data, { key: privateKey, dsaEncoding: 'der' }, (error, signature) => {
          if (error) reject(error)
          else resolve(Uint8Array.from(signature))
        })
      }),
  }
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): KeyPairAlgorithm {
  if (asymmetricKeyType === 'rsa') {
    return keyPairAlgorithm({ KeyAlgorithmName: 'RSA', KeySize: asymmetricKeyDetails?.modulusLength ?? 0 })
  }
  const KeySize = asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 384 : 256
  return keyPairAlgorithm({ KeyAlgorithmName: asymmetricKeyType === 'ec' ? 'EC' : 'unknown', KeySize })
}

function newPrivateKey(algorithm: KeyPairAlgorithm): Promise<KeyObject> {
  return new Promise((resolve, reject) => {
    const settle = (error: Error | null, _publicKey: KeyObject, privateKey: KeyObject) => {
      if (error) reject(error)
      else resolve(privateKey)
    }
    if (algorithm.algorithm === 'RSA') generateKeyPair('rsa', { modulusLength: algorithm.keySize }, settle)
    else generateKeyPair('ec', { namedCurve: algorithm.curve }, settle)
  })
}
