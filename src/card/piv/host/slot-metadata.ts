import type { KeyObject } from 'node:crypto'
import { readDataObjects } from '../../apdu/ber-tlv.ts'
import { readPublicKeyNumbers } from '../../key-pairs/public-key-template.ts'
import { findKeyAlgorithm, type KeyAlgorithm } from '../key-algorithm.ts'
import type { KeySlot } from '../key-slot.ts'
import { metadata, noAlgorithm } from '../piv-identifiers.ts'
import { byteIn, orNothing, type PivExtensions, valueIn } from './piv-extensions.ts'

export interface PublicKey {
  readonly algorithm: KeyAlgorithm
  readonly publicKey: KeyObject
}

/**
 * What metadata tell of a slot: its public key; that it has a key of a kind that is not known here; that it is empty; or
 * nothing, so that the certificate decides. Some cards say that a slot is empty by a status word, others by metadata that
 * name no algorithm.
 */
export type SlotMetadata = PublicKey | 'unknown key' | 'absent' | undefined

export async function readSlotMetadata(
  extensions: PivExtensions,
  { reference }: KeySlot,
): Promise<SlotMetadata> {
  const objects = await extensions.readMetadata(reference)
  if (objects === undefined || objects === 'absent') return objects
  // An answer without any content is no metadata.
  if (objects.length === 0) return undefined
  if (objects.every(({ tag }) => tag !== metadata.algorithm)) return 'absent'
  const identifier = byteIn(objects, metadata.algorithm)
  if (identifier === undefined) return undefined
  if (identifier === noAlgorithm) return 'absent'
  const algorithm = findKeyAlgorithm(identifier)
  const numbers = valueIn(objects, metadata.publicKey)
  if (algorithm === undefined || numbers === undefined) return 'unknown key'
  const publicKey = orNothing(() => readPublicKeyNumbers(readDataObjects(numbers), algorithm))
  return publicKey === undefined ? 'unknown key' : { algorithm, publicKey }
}
