import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import {
  assembleCertificationRequest,
  encodeCertificationRequestInfo,
} from '../../src/x509/certification-request.ts'
import type { Extension } from '../../src/x509/extension.ts'
import { type DistinguishedName, emptyName } from '../../src/x509/names/distinguished-name.ts'

export interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

export function newRsaKey(modulusLength = 2048, publicExponent = 65537): KeyPair {
  return generateKeyPairSync('rsa', { modulusLength, publicExponent })
}

export function newEcKey(namedCurve: 'P-256' | 'P-384' | 'P-521' = 'P-256'): KeyPair {
  return generateKeyPairSync('ec', { namedCurve })
}

/** Made once: what a test is about is seldom the key. */
export const rsaKey = newRsaKey()

export function publicKeyInfo({ publicKey }: KeyPair): Uint8Array {
  return Uint8Array.from(publicKey.export({ type: 'spki', format: 'der' }))
}

/** A PKCS#10 request as a client makes it: the same one again for the same RSA key, another one for a key on a curve. */
export function certificationRequest(
  options: {
    readonly key?: KeyPair
    readonly subject?: DistinguishedName
    readonly requestedExtensions?: readonly Extension[]
    /** Signs instead of the key itself. */
    readonly signer?: KeyPair
  } = {},
): Uint8Array {
  const key = options.key ?? rsaKey
  const info = encodeCertificationRequestInfo({
    subject: options.subject ?? emptyName,
    subjectPublicKeyInfo: publicKeyInfo(key),
    requestedExtensions: options.requestedExtensions ?? [],
  })
  const { privateKey } = options.signer ?? key
  const algorithm = privateKey.asymmetricKeyType === 'rsa' ? 'sha256WithRSAEncryption' : 'ecdsa-with-SHA256'
  return assembleCertificationRequest(info, algorithm, Uint8Array.from(sign('sha256', info, privateKey)))
}
