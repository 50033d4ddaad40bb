import { findTypeOfKey, keyPairAlgorithm } from '../../key-pairs/key-type.ts'
import type { CardKey } from '../../smart-card.ts'
import { certifiedKey } from '../certificate-object.ts'
import { keyAlgorithms } from '../key-algorithm.ts'
import type { KeySlot } from '../key-slot.ts'
import type { PublicKey, SlotMetadata } from './slot-metadata.ts'

/** The key that the card told of in words that are understood. */
export function keyIn(told: SlotMetadata): PublicKey | undefined {
  return typeof told === 'object' ? told : undefined
}

export function keyOfCertificate(certificate: Uint8Array | undefined): PublicKey | undefined {
  const publicKey = certificate && certifiedKey(certificate)
  const algorithm = publicKey && findTypeOfKey(keyAlgorithms, publicKey)
  return algorithm && { algorithm, publicKey }
}

/** A certificate of an earlier key does not count as this one's. */
export function describeKey(
  { keyId }: KeySlot,
  { algorithm, publicKey }: PublicKey,
  certificate: Uint8Array | undefined,
): CardKey {
  const certified = certificate && certifiedKey(certificate)
  return {
    keyId,
    algorithm: keyPairAlgorithm(algorithm),
    publicKey: Uint8Array.from(publicKey.export({ type: 'spki', format: 'der' })),
    hasCertificate: certified !== undefined && publicKey.equals(certified),
  }
}
