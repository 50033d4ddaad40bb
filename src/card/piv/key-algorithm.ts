import type { KeyObject } from 'node:crypto'
import type { KeyPairAlgorithm } from '../smart-card.ts'

/**
 * An asymmetric algorithm by its identifier: RSA-2048, RSA-3072, P-256 and P-384 of SP 800-78-5 table 6-2, RSA-4096 as
 * Yubico numbers it.
 */
export type KeyAlgorithm = (typeof keyAlgorithms)[number]

export const keyAlgorithms = [
  { identifier: 0x07, algorithm: 'RSA', keySize: 2048 },
  { identifier: 0x05, algorithm: 'RSA', keySize: 3072 },
  { identifier: 0x16, algorithm: 'RSA', keySize: 4096 },
  { identifier: 0x11, algorithm: 'EC', curve: 'P-256', coordinateLength: 32 },
  { identifier: 0x14, algorithm: 'EC', curve: 'P-384', coordinateLength: 48 },
] as const satisfies readonly (KeyPairAlgorithm & { identifier: number; coordinateLength?: number })[]

export function findKeyAlgorithm(identifier: number): KeyAlgorithm | undefined {
  return keyAlgorithms.find(candidate => candidate.identifier === identifier)
}

export function keyAlgorithmFor(wanted: KeyPairAlgorithm): KeyAlgorithm | undefined {
  return keyAlgorithms.find(candidate =>
    candidate.algorithm === 'RSA'
      ? wanted.algorithm === 'RSA' && wanted.keySize === candidate.keySize
      : wanted.algorithm === 'EC' && wanted.curve === candidate.curve,
  )
}

/** The algorithm of a key, where PIV has it. */
export function keyAlgorithmOf(key: KeyObject): KeyAlgorithm | undefined {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {}
  return keyAlgorithms.find(candidate =>
    candidate.algorithm === 'RSA'
      ? key.asymmetricKeyType === 'rsa' && modulusLength === candidate.keySize
      : namedCurve === (candidate.curve === 'P-256' ? 'prime256v1' : 'secp384r1'),
  )
}

export function keyPairAlgorithm(algorithm: KeyAlgorithm): KeyPairAlgorithm {
  return algorithm.algorithm === 'RSA'
    ? { algorithm: 'RSA', keySize: algorithm.keySize }
    : { algorithm: 'EC', curve: algorithm.curve }
}
