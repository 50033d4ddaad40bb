import { attributeTypes } from '../attribute-rule.ts'
import { decodeDer } from '../der/der-reader.ts'
import { directoryStringTags } from '../der/der-tag.ts'
import { encodeObjectIdentifier } from '../object-identifier.ts'
import { X509Error } from '../x509-error.ts'
import type { AttributeTypeAndValue } from './attribute-type-and-value.ts'

const maximumLength = 1 << 16

/** One reading of a name in the syntax of RFC 4514 §3; `parseName` says what is forgiven. */
export class DistinguishedNameParser {
  readonly #text: string
  #position = 0

  constructor(text: string) {
    if (text.length > maximumLength) throw invalid(0, 'a name that is too long')
    this.#text = text
  }

  /** The relative names in the order in which they are written. */
  parse(): AttributeTypeAndValue[][] {
    const name = [this.#relativeName()]
    while (this.#take(',')) name.push(this.#relativeName())
    if (this.#position !== this.#text.length) throw this.#invalid('a character that must be escaped')
    return name
  }

  #relativeName(): AttributeTypeAndValue[] {
    const attributes = [this.#attribute()]
    while (this.#take('+')) attributes.push(this.#attribute())
    return attributes
  }

  #attribute(): AttributeTypeAndValue {
    const type = this.#type()
    this.#skipBlanks()
    return { type, value: this.#text[this.#position] === '#' ? this.#hexValue() : this.#stringValue() }
  }

  #type(): string {
    this.#skipBlanks()
    const [written = ''] = this.#match(/[A-Za-z0-9.-]*/y)
    this.#skipBlanks()
    if (!this.#take('=')) throw this.#invalid('no attribute type before =')
    const known = attributeTypes.get(written.toLowerCase())
    if (known !== undefined) return known
    try {
      encodeObjectIdentifier(written)
    } catch {
      throw this.#invalid('an unknown attribute type')
    }
    return written
  }

  #hexValue(): string {
    const start = this.#position
    const [, digits = ''] = this.#match(/#((?:[0-9A-Fa-f]{2})+)/y)
    this.#skipBlanks()
    try {
      return decodeDer(Buffer.from(digits, 'hex'), reader => reader.string(...directoryStringTags))
    } catch {
      throw invalid(start, 'a hexadecimal value that is no character string')
    }
  }

  #stringValue(): string {
    const octets: number[] = []
    let trailingBlanks = 0
    for (;;) {
      const character = this.#text.codePointAt(this.#position)
      if (character === undefined || character === 0x2c || character === 0x2b) break
      if (character === 0x5c) {
        octets.push(...this.#escaped())
        trailingBlanks = 0
        continue
      }
      const literal = String.fromCodePoint(character)
      if ('";<>\0'.includes(literal)) throw this.#invalid('a character that must be escaped')
      octets.push(...new TextEncoder().encode(literal))
      trailingBlanks = character === 0x20 ? trailingBlanks + 1 : 0
      this.#position += literal.length
    }
    return this.#decode(octets.slice(0, octets.length - trailingBlanks))
  }

  #escaped(): Uint8Array {
    const [whole = '', pair, special] = this.#match(/\\(?:([0-9A-Fa-f]{2})|([ "#+,;<=>\\]))/y)
    if (whole === '') throw this.#invalid('an escape that RFC 4514 does not have')
    return pair === undefined ? new TextEncoder().encode(special) : Uint8Array.of(Number.parseInt(pair, 16))
  }

  #decode(octets: number[]): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(octets))
    } catch {
      throw this.#invalid('escapes that are no UTF-8')
    }
  }

  #skipBlanks(): void {
    while (this.#text[this.#position] === ' ') this.#position++
  }

  #take(character: string): boolean {
    if (this.#text[this.#position] !== character) return false
    this.#position++
    return true
  }

  /** Matches a sticky pattern here and steps over what it matched; an empty list when it does not match. */
  #match(pattern: RegExp): readonly (string | undefined)[] {
    pattern.lastIndex = this.#position
    const match = pattern.exec(this.#text)
    if (match === null) return []
    this.#position += match[0].length
    return match
  }

  #invalid(what: string): X509Error {
    return invalid(this.#position, what)
  }
}

function invalid(position: number, what: string): X509Error {
  return new X509Error('invalid-name', `${what} at character ${position}`)
}
