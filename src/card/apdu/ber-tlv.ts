import { CardError } from '../card-error.ts'

/** A BER-TLV data object (ISO/IEC 7816-4 §5.2.2). */
export interface DataObject {
  /** The bytes of the tag as one number: 0x5c, 0x7f49. */
  readonly tag: number
  readonly value: Uint8Array
}

const maximumTagLength = 3
const maximumLengthBytes = 3
const maximumObjects = 256

/**
 * Reads data objects that follow one another to the end of the bytes. Every BER encoding of a definite length is
 * accepted, as cards use them; an indefinite one is not.
 *
 * @param padding whether bytes 00 or FF may stand behind the last object, as cards may leave them there
 *   (ISO/IEC 7816-4 §5.2.2.1)
 * @returns at most 256 objects, whose values are views of `bytes`
 * @throws CardError 'invalid-tlv'
 */
export function readDataObjects(bytes: Uint8Array, padding: 'refused' | 'allowed' = 'refused'): DataObject[] {
  const objects: DataObject[] = []
  for (let position = 0; position < bytes.length; ) {
    if (padding === 'allowed' && isPadding(bytes.subarray(position))) break
    if (objects.length === maximumObjects) throw malformed(`there are more than ${maximumObjects}`)
    const tag = readTag(bytes, position)
    const length = readLength(bytes, tag.end)
    const end = length.end + length.value
    if (end > bytes.length) throw malformed('a value is cut short')
    objects.push({ tag: tag.value, value: bytes.subarray(length.end, end) })
    position = end
  }
  return objects
}

/**
 * Reads bytes that are one data object, and nothing else.
 *
 * @param padding as with `readDataObjects`
 * @throws CardError 'invalid-tlv'
 */
export function readDataObject(bytes: Uint8Array, padding: 'refused' | 'allowed' = 'refused'): DataObject {
  const [object, ...others] = readDataObjects(bytes, padding)
  if (object === undefined || others.length > 0) throw malformed('there is not exactly one')
  return object
}

/**
 * The data objects within one of this tag.
 *
 * @throws CardError 'invalid-tlv' where the bytes are anything but one object of this tag
 */
export function readTemplate(bytes: Uint8Array, tag: number): DataObject[] {
  const object = readDataObject(bytes)
  if (object.tag !== tag) throw malformed(`tag ${hexTag(tag)} was expected`)
  return readDataObjects(object.value)
}

/**
 * The value of the object of this tag, where there is one.
 *
 * @throws CardError 'invalid-tlv' where there are several, which would let two readers see two things
 */
export function findValue(objects: readonly DataObject[], tag: number): Uint8Array | undefined {
  const [object, ...others] = objects.filter(candidate => candidate.tag === tag)
  if (others.length > 0) throw malformed(`tag ${hexTag(tag)} stands there more than once`)
  return object?.value
}

/** @throws CardError 'invalid-tlv' where there is none or several */
export function requireValue(objects: readonly DataObject[], tag: number): Uint8Array {
  const value = findValue(objects, tag)
  if (value === undefined) throw malformed(`tag ${hexTag(tag)} is missing`)
  return value
}

/** @throws CardError 'invalid-tlv' where there is none or several, or it has other than one byte */
export function requireByte(objects: readonly DataObject[], tag: number): number {
  const value = requireValue(objects, tag)
  const [byte] = value
  if (byte === undefined || value.length !== 1) throw malformed(`tag ${hexTag(tag)} has other than one byte`)
  return byte
}

/** Writes a data object with the shortest length field; its value is the parts, one after another. */
export function encodeDataObject(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const valueLength = parts.reduce((sum, part) => sum + part.length, 0)
  if (valueLength > 0xffffff) throw malformed('a value is longer than 16,777,215 bytes')
  const prefix = [...tagBytes(tag), ...lengthBytes(valueLength)]
  const bytes = new Uint8Array(prefix.length + valueLength)
  bytes.set(prefix)
  let position = prefix.length
  for (const part of parts) {
    bytes.set(part, position)
    position += part.length
  }
  return bytes
}

function isPadding(bytes: Uint8Array): boolean {
  return bytes.every(byte => byte === 0x00) || bytes.every(byte => byte === 0xff)
}

function readTag(bytes: Uint8Array, start: number): { value: number; end: number } {
  const first = byteAt(bytes, start)
  // '00' and 'FF' pad files (ISO/IEC 7816-4 §5.2.2.1); within a command they are a mistake.
  if (first === 0 || first === 0xff) throw malformed('a tag is 00 or FF')
  if ((first & 0x1f) !== 0x1f) return { value: first, end: start + 1 }
  let value = first
  for (let position = start + 1; position < start + maximumTagLength; position++) {
    const byte = byteAt(bytes, position)
    if (position === start + 1 && (byte & 0x7f) === 0) throw malformed('a tag has leading zeros')
    value = (value << 8) | byte
    if ((byte & 0x80) === 0) return { value, end: position + 1 }
  }
  throw malformed(`a tag is longer than ${maximumTagLength} bytes`)
}

function readLength(bytes: Uint8Array, start: number): { value: number; end: number } {
  const first = byteAt(bytes, start)
  if (first < 0x80) return { value: first, end: start + 1 }
  const count = first & 0x7f
  if (count === 0) throw malformed('a length is indefinite')
  if (count > maximumLengthBytes) throw malformed(`a length is longer than ${maximumLengthBytes} bytes`)
  let value = 0
  for (let position = start + 1; position <= start + count; position++) {
    value = (value << 8) | byteAt(bytes, position)
  }
  return { value, end: start + 1 + count }
}

function tagBytes(tag: number): number[] {
  return [tag >> 16, (tag >> 8) & 0xff, tag & 0xff].filter(
    (byte, index, all) => byte !== 0 || index === 2 || all.slice(0, index).some(Boolean),
  )
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length]
  if (length < 0x100) return [0x81, length]
  if (length < 0x10000) return [0x82, length >> 8, length & 0xff]
  return [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff]
}

function byteAt(bytes: Uint8Array, position: number): number {
  const byte = bytes[position]
  if (byte === undefined) throw malformed('the bytes end within a tag or length')
  return byte
}

function hexTag(tag: number): string {
  return tag.toString(16).toUpperCase()
}

function malformed(reason: string): CardError {
  return new CardError('invalid-tlv', `The BER-TLV data objects are malformed: ${reason}.`)
}
