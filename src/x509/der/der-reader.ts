import { decodeObjectIdentifier } from '../object-identifier.ts'
import { parseTime } from '../time.ts'
import { X509Error, type X509ErrorCode } from '../x509-error.ts'
import { compareEncodings } from './bytes.ts'
import { decodeString } from './der-string.ts'
import { contextConstructed, derTag } from './der-tag.ts'

const maximumDepth = 32
const defaultMaximumSize = 1 << 20

/**
 * Reads one DER value that fills the bytes exactly.
 *
 * @param read what to read; slices that it returns share memory with `der`
 * @param maximumSize the most octets that are looked at
 * @throws X509Error der-too-large, der-trailing-data, or what `read` throws
 */
export function decodeDer<T>(
  der: Uint8Array,
  read: (reader: DerReader) => T,
  maximumSize: number = defaultMaximumSize,
): T {
  if (der.length > maximumSize) throw new X509Error('der-too-large', `more than ${maximumSize} bytes`)
  const reader = new DerReader(der)
  const value = read(reader)
  reader.finish()
  return value
}

/**
 * A cursor over DER (X.690 §8 to §11). Every method checks all that DER demands of what it reads, and throws
 * X509Error with the byte offset otherwise. What is read inside of `constructed` must fill it exactly.
 */
export class DerReader {
  readonly #bytes: Uint8Array
  #position = 0
  #end: number
  #depth = 0

  constructor(der: Uint8Array) {
    // A plain view also of a Buffer, so that slices are plain Uint8Arrays.
    const isPlain = Object.getPrototypeOf(der) === Uint8Array.prototype
    this.#bytes = isPlain ? der : new Uint8Array(der.buffer, der.byteOffset, der.length)
    this.#end = der.length
  }

  /** Whether nothing is left in the innermost open element. */
  get atEnd(): boolean {
    return this.#position === this.#end
  }

  /** The offset of the next element. */
  get position(): number {
    return this.#position
  }

  /** Whether the next element has this identifier octet. */
  isNext(tag: number): boolean {
    return this.#position < this.#end && this.#bytes[this.#position] === tag
  }

  /** The next element's identifier octet, or null at the end. */
  peekTag(): number | null {
    return this.#position < this.#end ? (this.#bytes[this.#position] ?? null) : null
  }

  /** @throws X509Error der-trailing-data when anything is left */
  finish(): void {
    if (this.#position !== this.#end) throw this.error('der-trailing-data', 'data after the end')
  }

  error(code: X509ErrorCode, what: string, offset: number = this.#position): X509Error {
    return new X509Error(code, `${what} at byte ${offset}`)
  }

  /** Steps over tag and length and returns where the content ends. */
  #enter(tag: number): number {
    const bytes = this.#bytes
    const start = this.#position
    if (start >= this.#end) throw this.error('der-truncated', `${describeTag(tag)} missing`)
    if (bytes[start] !== tag) throw this.error('der-unexpected-tag', `another tag than ${describeTag(tag)}`)
    if (start + 1 >= this.#end) throw this.error('der-truncated', 'length cut off', start)
    let position = start + 2
    let length = bytes[start + 1] ?? 0
    if (length >= 0x80) {
      const octets = length & 0x7f
      if (octets === 0) throw this.error('der-indefinite-length', 'indefinite length', start)
      if (octets > 4) throw this.error('der-too-large', 'length of more than four octets', start)
      if (position + octets > this.#end) throw this.error('der-truncated', 'length cut off', start)
      length = 0
      for (const last = position + octets; position < last; position++) {
        length = length * 256 + (bytes[position] ?? 0)
      }
      if (length < 0x80 || length < 256 ** (octets - 1)) {
        throw this.error('der-non-minimal-length', 'length not in its shortest form', start)
      }
    }
    if (length > this.#end - position) throw this.error('der-truncated', 'content cut off', start)
    this.#position = position
    return position + length
  }

  /** The content octets of a primitive element, taken as they are. */
  primitive(tag: number): Uint8Array {
    const end = this.#enter(tag)
    const content = this.#bytes.subarray(this.#position, end)
    this.#position = end
    return content
  }

  /** Reads the inside of a constructed element, which `read` must use up. */
  constructed<T>(tag: number, read: (reader: DerReader) => T): T {
    const end = this.#enter(tag)
    if (this.#depth === maximumDepth) throw this.error('der-too-deep', `more than ${maximumDepth} levels`)
    const outerEnd = this.#end
    this.#end = end
    this.#depth++
    const value = read(this)
    this.finish()
    this.#end = outerEnd
    this.#depth--
    return value
  }

  sequence<T>(read: (reader: DerReader) => T): T {
    return this.constructed(derTag.sequence, read)
  }

  sequenceOf<T>(read: (reader: DerReader) => T, tag: number = derTag.sequence): T[] {
    return this.constructed(tag, () => {
      const values: T[] = []
      while (!this.atEnd) values.push(read(this))
      return values
    })
  }

  /** @throws X509Error der-set-order when the elements do not ascend (X.690 §11.6) */
  setOf<T>(read: (reader: DerReader) => T, tag: number = derTag.set): T[] {
    return this.constructed(tag, () => {
      const values: T[] = []
      let previousStart = -1
      while (!this.atEnd) {
        const start = this.#position
        values.push(read(this))
        if (previousStart >= 0) this.#requireOrder(previousStart, start)
        previousStart = start
      }
      return values
    })
  }

  /** The element before the one that was just read must not come after it. */
  #requireOrder(previousStart: number, start: number): void {
    const previous = this.#bytes.subarray(previousStart, start)
    if (compareEncodings(previous, this.#bytes.subarray(start, this.#position)) > 0) {
      throw this.error('der-set-order', 'SET OF out of order', start)
    }
  }

  /** Reads with `read` when the next element has this tag; null otherwise. */
  optional<T>(tag: number, read: (reader: DerReader) => T): T | null {
    return this.isNext(tag) ? read(this) : null
  }

  /** An EXPLICIT context tag around one thing, or null when it is absent. */
  optionalExplicit<T>(number: number, read: (reader: DerReader) => T): T | null {
    const tag = contextConstructed(number)
    return this.isNext(tag) ? this.constructed(tag, read) : null
  }

  /** What `read` reads, with the bytes that it takes. */
  withBytes<T>(read: (reader: DerReader) => T): { value: T; der: Uint8Array } {
    const start = this.#position
    const value = read(this)
    return { value, der: this.#bytes.subarray(start, this.#position) }
  }

  boolean(): boolean {
    const start = this.#position
    const content = this.primitive(derTag.boolean)
    if (content.length === 1 && content[0] === 0xff) return true
    if (content.length === 1 && content[0] === 0) return false
    throw this.error('der-invalid-boolean', 'BOOLEAN is neither 00 nor FF', start)
  }

  /** BOOLEAN DEFAULT FALSE: absent, or TRUE (X.690 §11.5 forbids to write the default). */
  defaultFalse(): boolean {
    if (!this.isNext(derTag.boolean)) return false
    const start = this.#position
    if (!this.boolean())
      throw this.error('der-encoded-default', 'FALSE written where it is the default', start)
    return true
  }

  null(): void {
    const start = this.#position
    if (this.primitive(derTag.null).length !== 0)
      throw this.error('der-invalid-null', 'NULL with content', start)
  }

  /** The content octets of an INTEGER in two's complement, at least one, in the shortest form. */
  integer(tag: number = derTag.integer): Uint8Array {
    const start = this.#position
    const content = this.primitive(tag)
    const [first = 0, second = 0] = content
    const redundant =
      content.length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))
    if (content.length === 0 || redundant) {
      throw this.error('der-invalid-integer', 'INTEGER not in its shortest form', start)
    }
    return content
  }

  /** The magnitude of an INTEGER that must not be negative, without the leading sign octet. */
  unsignedInteger(): Uint8Array {
    const start = this.#position
    const content = this.integer()
    if ((content[0] ?? 0) >= 0x80) throw this.error('der-invalid-integer', 'negative INTEGER', start)
    return content[0] === 0 && content.length > 1 ? content.subarray(1) : content
  }

  /** An INTEGER or ENUMERATED from 0 to 2^32 − 1. */
  smallInteger(tag: number = derTag.integer): number {
    const start = this.#position
    const content = this.integer(tag)
    if ((content[0] ?? 0) >= 0x80 || content.length > (content[0] === 0 ? 5 : 4)) {
      throw this.error('der-invalid-integer', 'INTEGER out of range', start)
    }
    let value = 0
    for (const octet of content) value = value * 256 + octet
    return value
  }

  objectIdentifier(tag: number = derTag.objectIdentifier): string {
    const start = this.#position
    const end = this.#enter(tag)
    const contentStart = this.#position
    this.#position = end
    try {
      return decodeObjectIdentifier(this.#bytes, contentStart, end)
    } catch {
      throw this.error('der-invalid-oid', 'malformed OBJECT IDENTIFIER', start)
    }
  }

  octetString(): Uint8Array {
    return this.primitive(derTag.octetString)
  }

  /** A BIT STRING; the unused bits of its last octet must be zero (X.690 §11.2.1). */
  bitString(tag: number = derTag.bitString): { content: Uint8Array; unusedBits: number } {
    const start = this.#position
    const octets = this.primitive(tag)
    const unusedBits = octets[0] ?? 8
    const last = octets.length > 1 ? (octets[octets.length - 1] ?? 0) : 0
    const valid =
      unusedBits < 8 && (octets.length > 1 || unusedBits === 0) && (last & ((1 << unusedBits) - 1)) === 0
    if (!valid) throw this.error('der-invalid-bit-string', 'malformed BIT STRING', start)
    return { content: octets.subarray(1), unusedBits }
  }

  /** A BIT STRING of whole octets, as keys and signatures are. */
  alignedBitString(): Uint8Array {
    const start = this.#position
    const { content, unusedBits } = this.bitString()
    if (unusedBits !== 0) throw this.error('der-invalid-bit-string', 'BIT STRING of no whole octets', start)
    return content
  }

  /** The numbers of the bits set in a BIT STRING of named bits; no trailing zero bits (X.690 §11.2.2). */
  namedBits(tag: number = derTag.bitString): number[] {
    const start = this.#position
    const { content, unusedBits } = this.bitString(tag)
    const last = content[content.length - 1]
    if (last !== undefined && ((last >> unusedBits) & 1) === 0) {
      throw this.error('der-invalid-bit-string', 'named bits end in a zero bit', start)
    }
    const bits: number[] = []
    for (let bit = 0; bit < content.length * 8; bit++) {
      if (((content[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0) bits.push(bit)
    }
    return bits
  }

  /** A character string of any of the given types. */
  string(...tags: readonly number[]): string {
    const start = this.#position
    const tag = this.peekTag()
    if (tag === null) throw this.error('der-truncated', 'character string missing')
    if (!tags.includes(tag)) throw this.error('der-unexpected-tag', 'another type of character string')
    return this.#decodeString(tag, this.primitive(tag), start)
  }

  /** A character string under an IMPLICIT context tag. */
  implicitString(contextTag: number, stringTag: number): string {
    const start = this.#position
    return this.#decodeString(stringTag, this.primitive(contextTag), start)
  }

  #decodeString(tag: number, content: Uint8Array, start: number): string {
    try {
      return decodeString(tag, content)
    } catch {
      throw this.error('der-invalid-string', 'malformed character string', start)
    }
  }

  /** UTCTime or GeneralizedTime in the forms of RFC 5280 §4.1.2.5. */
  time(): Date {
    const start = this.#position
    const form = this.isNext(derTag.utcTime) ? 'utc' : 'generalized'
    const date = parseTime(this.primitive(form === 'utc' ? derTag.utcTime : derTag.generalizedTime), form)
    if (date === null) throw this.error('der-invalid-time', 'malformed time', start)
    return date
  }

  /** The bytes of any one element. What is inside is checked as far as its universal types tell. */
  any(): Uint8Array {
    const start = this.#position
    const tag = this.peekTag()
    if (tag === null) throw this.error('der-truncated', 'element missing')
    // The tag number 31 would announce a longer tag, which no structure of PKIX has; 0 is end-of-contents.
    if ((tag & 0x1f) === 0x1f || tag === 0) throw this.error('der-unexpected-tag', 'unusable tag')
    if ((tag & 0xc0) === 0) this.#skipUniversal(tag)
    else if ((tag & 0x20) === 0) this.primitive(tag)
    else this.constructed(tag, skipAll)
    return this.#bytes.subarray(start, this.#position)
  }

  #skipUniversal(tag: number): void {
    switch (tag) {
      case derTag.sequence:
        this.constructed(tag, skipAll)
        return
      case derTag.set:
        this.setOf(skipOne)
        return
      case derTag.boolean:
        this.boolean()
        return
      case derTag.null:
        this.null()
        return
      case derTag.integer:
      case derTag.enumerated:
        this.integer(tag)
        return
      case derTag.bitString:
        this.bitString()
        return
      case derTag.objectIdentifier:
        this.objectIdentifier()
        return
      case derTag.utf8String:
      case derTag.printableString:
      case derTag.ia5String:
      case derTag.bmpString:
        this.string(tag)
        return
      default:
        // X.690 §10.2: strings are never constructed in DER; EXTERNAL and EMBEDDED PDV do not occur in PKIX.
        if ((tag & 0x20) !== 0) throw this.error('der-unexpected-tag', 'constructed string')
        this.primitive(tag)
    }
  }
}

function skipOne(reader: DerReader): Uint8Array {
  return reader.any()
}

function skipAll(reader: DerReader): void {
  while (!reader.atEnd) reader.any()
}

function describeTag(tag: number): string {
  return `tag ${tag.toString(16).padStart(2, '0').toUpperCase()}`
}
