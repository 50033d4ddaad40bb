import type { KeyType } from '../key-pairs/key-type.ts'

/**
 * An asymmetric algorithm by its identifier: RSA-2048, RSA-3072, P-256 and P-384 of SP 800-78-5 table 6-2, RSA-4096 as
 * Yubico numbers it.
 */
export type KeyAlgorithm = (typeof keyAlgorithms)[number]

export const p256 = {
  identifier: 0x11,
  algorithm: 'EC',
  curve: 'P-256',
  coordinateLength: 32,
} as const satisfies KeyType & { identifier: number }

export const keyAlgorithms = [
  { identifier: 0x07, algorithm: 'RSA', keySize: 2048 },
  { identifier: 0x05, algorithm: 'RSA', keySize: 3072 },
  { identifier: 0x16, algorithm: 'RSA', keySize: 4096 },
  p256,
  { identifier: 0x14, algorithm: 'EC', curve: 'P-384', coordinateLength: 48 },
] as const satisfies readonly (KeyType & { identifier: number })[]

export function findKeyAlgorithm(identifier: number): KeyAlgorithm | undefined {
  return keyAlgorithms.find(candidate => candidate.identifier === identifier)
}
