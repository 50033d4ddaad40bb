import type { KeyObject } from 'node:crypto'
import type { DataObject } from '../../apdu/ber-tlv.ts'
import type { TryCounter } from '../../virtual/try-counter.ts'
import type { KeyMechanism } from '../key-mechanism.ts'

interface FileControl {
  /** ISO/IEC 7816-4 §7.4.2, two bytes. */
  readonly identifier: number
  /** The FCP template, tag 62, as it was given at the file's creation. */
  readonly controlParameters: Uint8Array
  /** Created files serve once they are activated (ISO/IEC 7816-9, life cycle). */
  readonly isActive: boolean
}

/** A file of BER-TLV data objects, each under a tag of its own. */
export interface DataFile extends FileControl {
  readonly kind: 'data'
  readonly objects: readonly DataObject[]
}

/** A file for one key; empty until the key is generated or put. */
export interface KeyFile extends FileControl {
  readonly kind: 'key'
  readonly key?: CardKeyMaterial
}

export type CardKeyMaterial =
  | { readonly kind: 'symmetric'; readonly value: Uint8Array }
  | { readonly kind: 'asymmetric'; readonly mechanism: KeyMechanism; readonly privateKey: KeyObject }

export type CardFile = DataFile | KeyFile

/** All that a GIDS card remembers without power. */
export interface GidsCardState {
  /** In creation anybody may furnish the card; the activation of the application ends that for good. */
  readonly lifeCycle: 'creation' | 'operational'
  readonly pin?: Uint8Array
  readonly pinTries: TryCounter
  readonly adminTries: TryCounter
  readonly files: readonly CardFile[]
}

/** What a card holds at the most; beyond, it answers that it has not enough memory. */
export const cardLimits = {
  dataFiles: 32,
  /** Thirty containers, as many as Microsoft states for a virtual smart card, and the admin key. */
  keyFiles: 31,
  objectsInFile: 128,
  dataBytes: 262_144,
} as const

export function findFile(state: GidsCardState, identifier: number): CardFile | undefined {
  return state.files.find(file => file.identifier === identifier)
}

/** The state with this file in the place of the one of its identifier. */
export function withFile(state: GidsCardState, file: CardFile): GidsCardState {
  return {
    ...state,
    files: state.files.map(other => (other.identifier === file.identifier ? file : other)),
  }
}
