import {
  type DataObject,
  encodeDataObject,
  findValue,
  readDataObjects,
  readTemplate,
  requireByte,
  requireValue,
} from '../../apdu/ber-tlv.ts'
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
import { keyMechanisms } from '../key-mechanism.ts'
import type { CardFile, CardKeyMaterial, GidsCardState, KeyFile } from './card-state.ts'
import { newFile } from './new-file.ts'

/** Tags of the stored form, all of the context-specific class. */
const tag = {
  version: 0x80,
  lifeCycle: 0x81,
  pin: 0x82,
  pinTries: 0x83,
  adminTries: 0x84,
  file: 0xa5,
  controlParameters: 0x80,
  isActive: 0x81,
  objects: 0xa2,
  symmetricKey: 0x83,
  keyMechanism: 0x84,
  privateKey: 0x85,
} as const

const version = 1
const lifeCycles = ['creation', 'operational'] as const

/** The whole state in bytes, secrets in the clear: for encryption and nothing else, to be overwritten afterwards. */
export function encodeCardState(state: GidsCardState): Uint8Array {
  const parts = [
    encodeDataObject(tag.version, Uint8Array.of(version)),
    encodeDataObject(tag.lifeCycle, Uint8Array.of(lifeCycles.indexOf(state.lifeCycle))),
    ...(state.pin === undefined ? [] : [encodeDataObject(tag.pin, state.pin)]),
    encodeTryCounter(tag.pinTries, state.pinTries),
    encodeTryCounter(tag.adminTries, state.adminTries),
    ...state.files.map(encodeFile),
  ]
  return encodeSecrets(cardStateTag.GIDS, ...parts)
}

function encodeFile(file: CardFile): Uint8Array {
  const content = file.kind === 'data' ? [encodeObjects(file.objects)] : encodeKey(file.key)
  return encodeSecrets(
    tag.file,
    encodeDataObject(tag.controlParameters, file.controlParameters),
    encodeDataObject(tag.isActive, Uint8Array.of(file.isActive ? 1 : 0)),
    ...content,
  )
}

function encodeObjects(objects: readonly DataObject[]): Uint8Array {
  return encodeDataObject(tag.objects, ...objects.map(({ tag, value }) => encodeDataObject(tag, value)))
}

function encodeKey(key: CardKeyMaterial | undefined): Uint8Array[] {
  if (key === undefined) return []
  if (key.kind === 'symmetric') return [encodeDataObject(tag.symmetricKey, key.value)]
  return [
    encodeDataObject(tag.keyMechanism, Uint8Array.of(key.mechanism.identifier)),
    encodePrivateKey(tag.privateKey, key.privateKey),
  ]
}

/**
 * Reads what `encodeCardState` wrote. Nothing in the result shares memory with `content`.
 *
 * @throws CardError 'invalid-card-state', which repeats no part of the content
 */
export function decodeCardState(content: Uint8Array): GidsCardState {
  return decodeStoredState(() => {
    const parts = readTemplate(content, cardStateTag.GIDS)
    if (requireByte(parts, tag.version) !== version) throw invalidState('it is of an unknown version')
    const lifeCycle = lifeCycles[requireByte(parts, tag.lifeCycle)]
    if (lifeCycle === undefined) throw invalidState('its life cycle is unknown')
    const pin = findValue(parts, tag.pin)
    const files = parts.filter(part => part.tag === tag.file).map(({ value }) => decodeFile(value))
    if (new Set(files.map(({ identifier }) => identifier)).size < files.length) {
      throw invalidState('two files have one identifier')
    }
    return {
      lifeCycle,
      ...(pin !== undefined && { pin: Uint8Array.from(pin) }),
      pinTries: decodeTryCounter(requireValue(parts, tag.pinTries)),
      adminTries: decodeTryCounter(requireValue(parts, tag.adminTries)),
      files,
    }
  })
}

function decodeFile(value: Uint8Array): CardFile {
  const parts = readDataObjects(value)
  const file = { ...newFile(requireValue(parts, tag.controlParameters)), isActive: decodeFlag(parts) }
  if (file.kind === 'key') return decodeKeyFile(file, parts)
  const objects = readDataObjects(requireValue(parts, tag.objects))
  return { ...file, objects: objects.map(({ tag, value }) => ({ tag, value: Uint8Array.from(value) })) }
}

function decodeFlag(parts: readonly DataObject[]): boolean {
  const flag = requireByte(parts, tag.isActive)
  if (flag > 1) throw invalidState('a flag is neither 0 nor 1')
  return flag === 1
}

function decodeKeyFile(file: KeyFile, parts: readonly DataObject[]): KeyFile {
  const symmetricKey = findValue(parts, tag.symmetricKey)
  if (symmetricKey !== undefined) {
    return { ...file, key: { kind: 'symmetric', value: Uint8Array.from(symmetricKey) } }
  }
  const privateKey = findValue(parts, tag.privateKey)
  if (privateKey === undefined) return file
  const identifier = requireByte(parts, tag.keyMechanism)
  const mechanism = keyMechanisms.find(candidate => candidate.identifier === identifier)
  if (mechanism === undefined) throw invalidState('a key is of an unknown kind')
  return { ...file, key: { kind: 'asymmetric', mechanism, privateKey: decodePrivateKey(privateKey) } }
}
