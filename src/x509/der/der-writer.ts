import { formatTime, isUtcTimeRange } from '../time.ts'
import { X509Error } from '../x509-error.ts'
import { compareEncodings } from './bytes.ts'
import { encodeString } from './der-string.ts'
import { derTag } from './der-tag.ts'

/**
 * What an element is made of: bytes that stand as they are, or an element that is still to be written. Everything below
 * builds such a tree in DER (X.690 §10, §11), and `encodeDer` writes it in one pass.
 */
export type DerPart = Uint8Array | DerNode

export interface DerNode {
  readonly tag: number
  readonly parts: readonly DerPart[]
  readonly contentLength: number
  /** With tag and length, in octets; bytes call it the same. */
  readonly length: number
}

/** The bytes of a tree. */
export function encodeDer(part: DerPart): Uint8Array {
  const der = new Uint8Array(part.length)
  write(der, 0, part)
  return der
}

function write(target: Uint8Array, start: number, part: DerPart): number {
  if (part instanceof Uint8Array) return writeBytes(target, start, part)
  let position = writeHeader(target, start, part.tag, part.contentLength)
  for (const inner of part.parts) position = write(target, position, inner)
  return position
}

function writeBytes(target: Uint8Array, start: number, bytes: Uint8Array): number {
  const length = bytes.length
  if (length > 32) target.set(bytes, start)
  // For a few octets a loop is quicker than the call.
  else for (let index = 0; index < length; index++) target[start + index] = bytes[index] ?? 0
  return start + length
}

/** An element whose content is the given parts, one after the other. */
export function derConstructed(tag: number, parts: readonly DerPart[]): DerNode {
  let contentLength = 0
  for (const part of parts) contentLength += part.length
  return { tag, parts, contentLength, length: headerLength(contentLength) + contentLength }
}

/** An element with the given content octets. */
export function derPrimitive(tag: number, content: DerPart): DerNode {
  return derConstructed(tag, [content])
}

export function derSequence(parts: readonly DerPart[]): DerNode {
  return derConstructed(derTag.sequence, parts)
}

/** A SET OF, sorted as X.690 §11.6 demands; `tag` for one that is implicitly tagged. */
export function derSetOf(parts: readonly DerPart[], tag: number = derTag.set): DerNode {
  return derConstructed(tag, parts.length < 2 ? parts : parts.map(encodeDer).sort(compareEncodings))
}

export function derBoolean(value: boolean): Uint8Array {
  return value ? trueElement : falseElement
}

const trueElement = Uint8Array.of(derTag.boolean, 1, 0xff)
const falseElement = Uint8Array.of(derTag.boolean, 1, 0)

/** NULL. */
export const derNull: Uint8Array = Uint8Array.of(derTag.null, 0)

/**
 * An INTEGER that is not negative.
 *
 * @param value a number, or the magnitude as big-endian octets with any leading zeros
 * @throws X509Error der-invalid-integer when negative, no integer, or empty
 */
export function derInteger(value: number | bigint | Uint8Array, tag: number = derTag.integer): Uint8Array {
  if (typeof value === 'number' && value >= 0 && value < 0x80 && Number.isInteger(value)) {
    return Uint8Array.of(tag, 1, value)
  }
  const magnitude = typeof value === 'object' ? value : magnitudeOf(value)
  if (magnitude.length === 0) throw new X509Error('der-invalid-integer', 'an integer without octets')
  let start = 0
  while (start < magnitude.length - 1 && magnitude[start] === 0) start++
  const sign = (magnitude[start] ?? 0) >= 0x80 ? 1 : 0
  const length = magnitude.length - start + sign
  const element = new Uint8Array(headerLength(length) + length)
  const position = writeHeader(element, 0, tag, length) + sign
  for (let index = start; index < magnitude.length; index++) {
    element[position + index - start] = magnitude[index] ?? 0
  }
  return element
}

function magnitudeOf(value: number | bigint): Uint8Array {
  if (value < 0 || (typeof value === 'number' && !Number.isSafeInteger(value))) {
    throw new X509Error('der-invalid-integer', 'not a non-negative integer')
  }
  const digits = value.toString(16)
  return Uint8Array.from(Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex'))
}

export function derOctetString(content: DerPart): DerNode {
  return derConstructed(derTag.octetString, [content])
}

const noUnusedBits = Uint8Array.of(0)

/** A BIT STRING of whole octets. */
export function derBitString(content: DerPart): DerNode {
  return derConstructed(derTag.bitString, [noUnusedBits, content])
}

/**
 * A BIT STRING of named bits, trailing zero bits left out (X.690 §11.2.2).
 *
 * @param bits the numbers of the bits that are set; bit 0 is the first one
 */
export function derNamedBits(bits: readonly number[], tag: number = derTag.bitString): DerPart {
  const highest = Math.max(-1, ...bits)
  if (highest < 0) return Uint8Array.of(tag, 1, 0)
  const content = new Uint8Array((highest >> 3) + 2)
  content[0] = 7 - (highest & 7)
  for (const bit of bits) content[(bit >> 3) + 1] = (content[(bit >> 3) + 1] ?? 0) | (0x80 >> (bit & 7))
  return derPrimitive(tag, content)
}

/**
 * A character string.
 *
 * @param tag utf8String, printableString, ia5String or bmpString
 * @throws X509Error der-invalid-string when the type has no such character
 */
export function derString(tag: number, text: string): DerNode {
  return derPrimitive(tag, encodeString(tag, text))
}

/** UTCTime to 2049, GeneralizedTime from then on (RFC 5280 §4.1.2.5). */
export function derTime(date: Date): DerNode {
  return isUtcTimeRange(date)
    ? derPrimitive(derTag.utcTime, encodeString(derTag.ia5String, formatTime(date, 'utc')))
    : derPrimitive(derTag.generalizedTime, encodeString(derTag.ia5String, formatTime(date, 'generalized')))
}

/** The number of octets that tag and length take before content of this length. */
export function headerLength(contentLength: number): number {
  if (contentLength < 0x80) return 2
  if (contentLength < 0x100) return 3
  if (contentLength < 0x10000) return 4
  return contentLength < 0x1000000 ? 5 : 6
}

/** Writes tag and minimal length (X.690 §10.1) into the target; returns the position after them. */
export function writeHeader(
  target: Uint8Array,
  position: number,
  tag: number,
  contentLength: number,
): number {
  target[position] = tag
  const octets = headerLength(contentLength) - 2
  if (octets === 0) {
    target[position + 1] = contentLength
    return position + 2
  }
  target[position + 1] = 0x80 | octets
  for (let index = 0; index < octets; index++) {
    target[position + 2 + index] = (contentLength >>> ((octets - 1 - index) * 8)) & 0xff
  }
  return position + 2 + octets
}
