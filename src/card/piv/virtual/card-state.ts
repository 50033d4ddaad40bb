import type { KeyObject } from 'node:crypto'
import type { ManagementKeyType } from '../../secrets/management-key.ts'
import type { TryCounter } from '../../virtual/try-counter.ts'
import type { KeyAlgorithm } from '../key-algorithm.ts'
import type { PinPolicy } from '../key-slot.ts'

/** A PIN or PUK: its 8 bytes as they come on the wire, padded. */
export interface ReferenceData {
  readonly value: Uint8Array
  readonly tries: TryCounter
}

export interface ManagementKey {
  readonly type: ManagementKeyType
  readonly value: Uint8Array
}

/** Management keys that makers deliver cards with: of 3DES up to firmware 5.6 of YubiKeys, of AES-192 from 5.7 on. */
export type FactoryKeyType = Extract<ManagementKeyType, '3DES' | 'AES-192'>

export interface SlotKey {
  /** The key reference. */
  readonly reference: number
  readonly algorithm: KeyAlgorithm
  readonly privateKey: KeyObject
  readonly pinPolicy: PinPolicy
  readonly origin: 'generated' | 'imported'
}

export interface StoredObject {
  readonly identifier: number
  /** What the object contains, without tag 53. */
  readonly value: Uint8Array
}

/** All that a PIV card remembers without power. */
export interface PivCardState {
  /** 0 … 2^32 − 1 */
  readonly serialNumber: number
  readonly pin: ReferenceData
  readonly puk: ReferenceData
  readonly managementKey: ManagementKey
  /** Of the management key after a reset. */
  readonly factoryKeyType: FactoryKeyType
  readonly keys: readonly SlotKey[]
  readonly objects: readonly StoredObject[]
}

/** What a card holds at the most; beyond, it answers that it has not enough memory. */
export const cardLimits = { objects: 128, dataBytes: 262_144 } as const
