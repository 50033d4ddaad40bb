import { createPrivateKey } from 'node:crypto'
import {
  type DataObject,
  encodeDataObject,
  readDataObjects,
  readTemplate,
  requireByte,
  requireValue,
} from '../../apdu/ber-tlv.ts'
import { CardError } from '../../card-error.ts'
import { bigEndian32 } from '../../secrets/key-derivation.ts'
import { managementKeyCiphers, managementKeyTypeOf } from '../../secrets/management-key.ts'
import { findKeyAlgorithm, keyAlgorithmOf } from '../key-algorithm.ts'
import { findKeySlot, type PinPolicy } from '../key-slot.ts'
import type { ManagementKey, PivCardState, ReferenceData, SlotKey, StoredObject } from './card-state.ts'

/** The first tag tells which application the card has; the others are of the context-specific class. */
export const pivCardTag = 0xe2
const tag = {
  version: 0x80,
  serialNumber: 0x81,
  pin: 0xa2,
  puk: 0xa3,
  managementKey: 0xa4,
  keys: 0xa5,
  objects: 0xa6,
  entry: 0xa0,
  identifier: 0x80,
  value: 0x81,
  tries: 0x82,
  algorithm: 0x83,
  pinPolicy: 0x84,
  origin: 0x85,
} as const

const version = 1
const pinPolicies = ['never', 'once', 'always'] as const satisfies readonly PinPolicy[]
const origins = ['generated', 'imported'] as const

/** The whole state in bytes, secrets in the clear: for encryption and nothing else, to be overwritten afterwards. */
export function encodeCardState(state: PivCardState): Uint8Array {
  const parts = [
    encodeDataObject(tag.version, Uint8Array.of(version)),
    encodeDataObject(tag.serialNumber, bigEndian32(state.serialNumber)),
    encodeReferenceData(tag.pin, state.pin),
    encodeReferenceData(tag.puk, state.puk),
    encodeManagementKey(state.managementKey),
    joined(tag.keys, state.keys.map(encodeKey)),
    joined(tag.objects, state.objects.map(encodeObject)),
  ]
  return joined(pivCardTag, parts)
}

function encodeManagementKey({ type, value }: ManagementKey): Uint8Array {
  return joined(tag.managementKey, [
    encodeDataObject(tag.algorithm, Uint8Array.of(managementKeyCiphers[type].identifier)),
    encodeDataObject(tag.value, value),
  ])
}

function encodeReferenceData(objectTag: number, { value, tries }: ReferenceData): Uint8Array {
  return joined(objectTag, [
    encodeDataObject(tag.value, value),
    encodeDataObject(tag.tries, Uint8Array.of(tries.left, tries.limit)),
  ])
}

function encodeKey({ reference, algorithm, privateKey, pinPolicy, origin }: SlotKey): Uint8Array {
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' })
  const encoded = joined(tag.entry, [
    encodeDataObject(tag.identifier, Uint8Array.of(reference)),
    encodeDataObject(tag.algorithm, Uint8Array.of(algorithm.identifier)),
    encodeDataObject(tag.pinPolicy, Uint8Array.of(pinPolicies.indexOf(pinPolicy))),
    encodeDataObject(tag.origin, Uint8Array.of(origins.indexOf(origin))),
    encodeDataObject(tag.value, pkcs8),
  ])
  pkcs8.fill(0)
  return encoded
}

function encodeObject({ identifier, value }: StoredObject): Uint8Array {
  return encodeDataObject(
    tag.entry,
    encodeDataObject(tag.identifier, bigEndian32(identifier)),
    encodeDataObject(tag.value, value),
  )
}

/** One object of these parts, which are overwritten. */
function joined(objectTag: number, parts: readonly Uint8Array[]): Uint8Array {
  const encoded = encodeDataObject(objectTag, ...parts)
  for (const part of parts) part.fill(0)
  return encoded
}

/**
 * Reads what `encodeCardState` wrote. Nothing in the result shares memory with `content`.
 *
 * @throws CardError 'invalid-card-state', which repeats no part of the content
 */
export function decodeCardState(content: Uint8Array): PivCardState {
  try {
    const parts = readTemplate(content, pivCardTag)
    if (requireByte(parts, tag.version) !== version) throw invalid('it is of an unknown version')
    const keys = readEntries(parts, tag.keys).map(decodeKey)
    const objects = readEntries(parts, tag.objects).map(decodeObject)
    if (new Set(keys.map(key => key.reference)).size < keys.length) throw invalid('two keys are in one slot')
    if (new Set(objects.map(object => object.identifier)).size < objects.length) {
      throw invalid('two data objects have one identifier')
    }
    return {
      serialNumber: readNumber(requireValue(parts, tag.serialNumber)),
      pin: decodeReferenceData(requireValue(parts, tag.pin)),
      puk: decodeReferenceData(requireValue(parts, tag.puk)),
      managementKey: decodeManagementKey(requireValue(parts, tag.managementKey)),
      keys,
      objects,
    }
  } catch (error) {
    throw error instanceof CardError && error.code === 'invalid-card-state'
      ? error
      : invalid('it is no encoding of one')
  }
}

function readEntries(parts: readonly DataObject[], listTag: number): (readonly DataObject[])[] {
  return readDataObjects(requireValue(parts, listTag)).map(entry => {
    if (entry.tag !== tag.entry) throw invalid('a list holds something else')
    return readDataObjects(entry.value)
  })
}

function decodeReferenceData(bytes: Uint8Array): ReferenceData {
  const parts = readDataObjects(bytes)
  const value = requireValue(parts, tag.value)
  const tries = requireValue(parts, tag.tries)
  const [left, limit] = tries
  if (left === undefined || limit === undefined || tries.length !== 2 || limit === 0 || left > limit) {
    throw invalid('a retry counter is out of its range')
  }
  if (value.length !== 8) throw invalid('a PIN or PUK has other than 8 bytes')
  return { value: Uint8Array.from(value), tries: { left, limit } }
}

function decodeManagementKey(bytes: Uint8Array): ManagementKey {
  const parts = readDataObjects(bytes)
  const type = managementKeyTypeOf(requireByte(parts, tag.algorithm))
  const value = requireValue(parts, tag.value)
  if (type === undefined || value.length !== managementKeyCiphers[type].keyLength) {
    throw invalid('the management key is of an unknown kind')
  }
  return { type, value: Uint8Array.from(value) }
}

function decodeKey(parts: readonly DataObject[]): SlotKey {
  const reference = requireByte(parts, tag.identifier)
  const algorithm = findKeyAlgorithm(requireByte(parts, tag.algorithm))
  const pinPolicy = pinPolicies[requireByte(parts, tag.pinPolicy)]
  const origin = origins[requireByte(parts, tag.origin)]
  const pkcs8 = Buffer.from(requireValue(parts, tag.value))
  const privateKey = createPrivateKey({ key: pkcs8, type: 'pkcs8', format: 'der' })
  pkcs8.fill(0)
  if (
    findKeySlot(reference) === undefined ||
    algorithm === undefined ||
    keyAlgorithmOf(privateKey) !== algorithm ||
    pinPolicy === undefined ||
    origin === undefined
  ) {
    throw invalid('a key is of an unknown kind')
  }
  return { reference, algorithm, privateKey, pinPolicy, origin }
}

function decodeObject(parts: readonly DataObject[]): StoredObject {
  return {
    identifier: readNumber(requireValue(parts, tag.identifier)),
    value: Uint8Array.from(requireValue(parts, tag.value)),
  }
}

function readNumber(bytes: Uint8Array): number {
  if (bytes.length !== 4) throw invalid('a number has other than 4 bytes')
  return Buffer.from(bytes).readUInt32BE()
}

function invalid(reason: string): CardError {
  return new CardError(
    'invalid-card-state',
    `The stored state of the virtual card cannot be used: ${reason}.`,
  )
}
