import {
  type DataObject,
  encodeDataObject,
  findValue,
  readDataObjects,
  readTemplate,
  requireByte,
  requireValue,
} from '../../apdu/ber-tlv.ts'
import { findTypeOfKey } from '../../key-pairs/key-type.ts'
import { bigEndian32 } from '../../secrets/key-derivation.ts'
import { managementKeyCiphers, managementKeyTypeOf } from '../../secrets/management-key.ts'
import { cardStateTag } from '../../virtual/card-personality.ts'
import {
  decodePrivateKey,
  decodeStoredState,
  decodeTryCounter,
  encodePrivateKey,
  encodeSecrets,
  encodeTryCounter,
  invalidState,
} from '../../virtual/stored-state.ts'
import { findKeyAlgorithm, keyAlgorithms } from '../key-algorithm.ts'
import { attestationSlot, findKeySlot, type PinPolicy } from '../key-slot.ts'
import type {
  FactoryKeyType,
  ManagementKey,
  PivCardState,
  ReferenceData,
  SlotKey,
  StoredObject,
} from './card-state.ts'
import { factoryKeyTypeFor } from './new-piv-card.ts'

/** Tags of the stored form, all of the context-specific class. */
const tag = {
  version: 0x80,
  serialNumber: 0x81,
  pin: 0xa2,
  puk: 0xa3,
  managementKey: 0xa4,
  keys: 0xa5,
  objects: 0xa6,
  factoryKeyType: 0x87,
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
    encodeSecrets(tag.keys, ...state.keys.map(encodeKey)),
    encodeSecrets(tag.objects, ...state.objects.map(encodeObject)),
    encodeDataObject(
      tag.factoryKeyType,
      Uint8Array.of(managementKeyCiphers[state.factoryKeyType].identifier),
    ),
  ]
  return encodeSecrets(cardStateTag.PIV, ...parts)
}

function encodeManagementKey({ type, value }: ManagementKey): Uint8Array {
  return encodeSecrets(
    tag.managementKey,
    encodeDataObject(tag.algorithm, Uint8Array.of(managementKeyCiphers[type].identifier)),
    encodeDataObject(tag.value, value),
  )
}

function encodeReferenceData(objectTag: number, { value, tries }: ReferenceData): Uint8Array {
  return encodeSecrets(objectTag, encodeDataObject(tag.value, value), encodeTryCounter(tag.tries, tries))
}

function encodeKey({ reference, algorithm, privateKey, pinPolicy, origin }: SlotKey): Uint8Array {
  return encodeSecrets(
    tag.entry,
    encodeDataObject(tag.identifier, Uint8Array.of(reference)),
    encodeDataObject(tag.algorithm, Uint8Array.of(algorithm.identifier)),
    encodeDataObject(tag.pinPolicy, Uint8Array.of(pinPolicies.indexOf(pinPolicy))),
    encodeDataObject(tag.origin, Uint8Array.of(origins.indexOf(origin))),
    encodePrivateKey(tag.value, privateKey),
  )
}

function encodeObject({ identifier, value }: StoredObject): Uint8Array {
  return encodeDataObject(
    tag.entry,
    encodeDataObject(tag.identifier, bigEndian32(identifier)),
    encodeDataObject(tag.value, value),
  )
}

/**
 * Reads what `encodeCardState` wrote. Nothing in the result shares memory with `content`.
 *
 * @throws CardError 'invalid-card-state', which repeats no part of the content
 */
export function decodeCardState(content: Uint8Array): PivCardState {
  return decodeStoredState(() => {
    const parts = readTemplate(content, cardStateTag.PIV)
    if (requireByte(parts, tag.version) !== version) throw invalidState('it is of an unknown version')
    const keys = readEntries(parts, tag.keys).map(decodeKey)
    const objects = readEntries(parts, tag.objects).map(decodeObject)
    if (new Set(keys.map(key => key.reference)).size < keys.length)
      throw invalidState('two keys are in one slot')
    if (new Set(objects.map(object => object.identifier)).size < objects.length) {
      throw invalidState('two data objects have one identifier')
    }
    const managementKey = decodeManagementKey(requireValue(parts, tag.managementKey))
    return {
      serialNumber: readNumber(requireValue(parts, tag.serialNumber)),
      pin: decodeReferenceData(requireValue(parts, tag.pin)),
      puk: decodeReferenceData(requireValue(parts, tag.puk)),
      managementKey,
      factoryKeyType: decodeFactoryKeyType(parts) ?? factoryKeyTypeFor(managementKey.type),
      keys,
      objects,
    }
  })
}

function readEntries(parts: readonly DataObject[], listTag: number): (readonly DataObject[])[] {
  return readDataObjects(requireValue(parts, listTag)).map(entry => {
    if (entry.tag !== tag.entry) throw invalidState('a list holds something else')
    return readDataObjects(entry.value)
  })
}

function decodeReferenceData(bytes: Uint8Array): ReferenceData {
  const parts = readDataObjects(bytes)
  const value = requireValue(parts, tag.value)
  const tries = decodeTryCounter(requireValue(parts, tag.tries))
  if (value.length !== 8) throw invalidState('a PIN or PUK has other than 8 bytes')
  return { value: Uint8Array.from(value), tries }
}

function decodeManagementKey(bytes: Uint8Array): ManagementKey {
  const parts = readDataObjects(bytes)
  const type = managementKeyTypeOf(requireByte(parts, tag.algorithm))
  const value = requireValue(parts, tag.value)
  if (type === undefined || value.length !== managementKeyCiphers[type].keyLength) {
    throw invalidState('the management key is of an unknown kind')
  }
  return { type, value: Uint8Array.from(value) }
}

/** Nothing in a state that was written before there was such a part. */
function decodeFactoryKeyType(parts: readonly DataObject[]): FactoryKeyType | undefined {
  if (findValue(parts, tag.factoryKeyType) === undefined) return undefined
  const type = managementKeyTypeOf(requireByte(parts, tag.factoryKeyType))
  if (type !== '3DES' && type !== 'AES-192') throw invalidState('its maker has used an unknown key')
  return type
}

function decodeKey(parts: readonly DataObject[]): SlotKey {
  const reference = requireByte(parts, tag.identifier)
  const algorithm = findKeyAlgorithm(requireByte(parts, tag.algorithm))
  const pinPolicy = pinPolicies[requireByte(parts, tag.pinPolicy)]
  const origin = origins[requireByte(parts, tag.origin)]
  const privateKey = decodePrivateKey(requireValue(parts, tag.value))
  if (
    (findKeySlot(reference) === undefined && reference !== attestationSlot.reference) ||
    algorithm === undefined ||
    findTypeOfKey(keyAlgorithms, privateKey) !== algorithm ||
    pinPolicy === undefined ||
    origin === undefined
  ) {
    throw invalidState('a key is of an unknown kind')
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
  if (bytes.length !== 4) throw invalidState('a number has other than 4 bytes')
  return Buffer.from(bytes).readUInt32BE()
}
