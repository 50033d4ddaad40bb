import { createPrivateKey } from 'node:crypto'
import {
  type DataObject,
  encodeDataObject,
  findValue,
  readDataObjects,
  readTemplate,
  requireByte,
  requireValue,
} from '../../apdu/ber-tlv.ts'
import { CardError } from '../../card-error.ts'
import { newFile } from '../file-control-parameters.ts'
import { keyMechanisms } from '../key-mechanism.ts'
import type { CardFile, CardKeyMaterial, GidsCardState, KeyFile, TryCounter } from './card-state.ts'

/** Tags of the stored form, all of the context-specific class. */
const tag = {
  card: 0xe1,
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
    encodeDataObject(tag.pinTries, Uint8Array.of(state.pinTries.left, state.pinTries.limit)),
    encodeDataObject(tag.adminTries, Uint8Array.of(state.adminTries.left, state.adminTries.limit)),
    ...state.files.map(encodeFile),
  ]
  const encoded = encodeDataObject(tag.card, ...parts)
  for (const part of parts) part.fill(0)
  return encoded
}

function encodeFile(file: CardFile): Uint8Array {
  const content = file.kind === 'data' ? [encodeObjects(file.objects)] : encodeKey(file.key)
  const encoded = encodeDataObject(
    tag.file,
    encodeDataObject(tag.controlParameters, file.controlParameters),
    encodeDataObject(tag.isActive, Uint8Array.of(file.isActive ? 1 : 0)),
    ...content,
  )
  for (const part of content) part.fill(0)
  return encoded
}

function encodeObjects(objects: readonly DataObject[]): Uint8Array {
  return encodeDataObject(tag.objects, ...objects.map(({ tag, value }) => encodeDataObject(tag, value)))
}

function encodeKey(key: CardKeyMaterial | undefined): Uint8Array[] {
  if (key === undefined) return []
  if (key.kind === 'symmetric') return [encodeDataObject(tag.symmetricKey, key.value)]
  const privateKey = key.privateKey.export({ type: 'pkcs8', format: 'der' })
  const encoded = [
    encodeDataObject(tag.keyMechanism, Uint8Array.of(key.mechanism.identifier)),
    encodeDataObject(tag.privateKey, privateKey),
  ]
  privateKey.fill(0)
  return encoded
}

/**
 * Reads what `encodeCardState` wrote. Nothing in the result shares memory with `content`.
 *
 * @throws CardError 'invalid-card-state', which repeats no part of the content
 */
export function decodeCardState(content: Uint8Array): GidsCardState {
  try {
    const parts = readTemplate(content, tag.card)
    if (requireByte(parts, tag.version) !== version) throw invalid('it is of an unknown version')
    const lifeCycle = lifeCycles[requireByte(parts, tag.lifeCycle)]
    if (lifeCycle === undefined) throw invalid('its life cycle is unknown')
    const pin = findValue(parts, tag.pin)
    const files = parts.filter(part => part.tag === tag.file).map(({ value }) => decodeFile(value))
    if (new Set(files.map(({ identifier }) => identifier)).size < files.length) {
      throw invalid('two files have one identifier')
    }
    return {
      lifeCycle,
      ...(pin !== undefined && { pin: Uint8Array.from(pin) }),
      pinTries: decodeCounter(requireValue(parts, tag.pinTries)),
      adminTries: decodeCounter(requireValue(parts, tag.adminTries)),
      files,
    }
  } catch (error) {
    throw error instanceof CardError && error.code === 'invalid-card-state'
      ? error
      : invalid('it is no encoding of one')
  }
}

function decodeCounter(value: Uint8Array): TryCounter {
  const [left, limit] = value
  if (left === undefined || limit === undefined || value.length !== 2 || limit < 1 || left > limit) {
    throw invalid('a retry counter is out of its range')
  }
  return { left, limit }
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
  if (flag > 1) throw invalid('a flag is neither 0 nor 1')
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
  if (mechanism === undefined) throw invalid('a key is of an unknown kind')
  const key = createPrivateKey({ key: Buffer.from(privateKey), type: 'pkcs8', format: 'der' })
  return { ...file, key: { kind: 'asymmetric', mechanism, privateKey: key } }
}

function invalid(reason: string): CardError {
  return new CardError(
    'invalid-card-state',
    `The stored state of the virtual card cannot be used: ${reason}.`,
  )
}
