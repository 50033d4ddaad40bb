import type { KeyObject } from 'node:crypto'
import type { KeyPairAlgorithm } from '../smart-card.ts'

/** An algorithm of key pairs and the size of its numbers. GIDS and PIV each number them in their own way. */
export type KeyType = RsaKeyType | CurveKeyType

export type RsaKeyType = Extract<KeyPairAlgorithm, { algorithm: 'RSA' }>

export type CurveKeyType = Extract<KeyPairAlgorithm, { algorithm: 'EC' }> & {
  /** Bytes of a coordinate and of the order. */
  readonly coordinateLength: number
}

/** The type among these that makes such keys. */
export function findKeyType<Type extends KeyType>(
  types: readonly Type[],
  wanted: KeyPairAlgorithm,
): Type | undefined {
  return types.find((type: KeyType) =>
    type.algorithm === 'RSA'
      ? wanted.algorithm === 'RSA' && wanted.keySize === type.keySize
      : wanted.algorithm === 'EC' && wanted.curve === type.curve,
  )
}

/** The type among these that a key is of. */
export function findTypeOfKey<Type extends KeyType>(
  types: readonly Type[],
  key: KeyObject,
): Type | undefined {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {}
  return types.find((type: KeyType) =>
    type.algorithm === 'RSA'
      ? key.asymmetricKeyType === 'rsa' && modulusLength === type.keySize
      : namedCurve === opensslCurveNames[type.curve],
  )
}

/** What node:crypto calls the curves of SP 800-186. */
export const opensslCurveNames = { 'P-256': 'prime256v1', 'P-384': 'secp384r1' } as const

export function keyPairAlgorithm(type: KeyType): KeyPairAlgorithm {
  return type.algorithm === 'RSA'
    ? { algorithm: 'RSA', keySize: type.keySize }
    : { algorithm: 'EC', curve: type.curve }
}
