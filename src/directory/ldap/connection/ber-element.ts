/** What a server sent is malformed. */
export class BerError extends Error {
  override readonly name = 'BerError'
}

export interface BerElement {
  /** The identifier octet; LDAP has no tags of more than one. */
  readonly tag: number
  readonly content: Uint8Array
  /** Octets of the whole element. */
  readonly size: number
}

/** Tags of RFC 4511 §4.1.1, §4.2 and §4.2.2. */
export const berTag = { integer: 0x02, octetString: 0x04, enumerated: 0x0a, sequence: 0x30 } as const

/**
 * Reads the element at the beginning: BER as LDAP restricts it (RFC 4511 §5.1), so that lengths are definite. They may
 * be longer than they need be: Active Directory writes them in four octets.
 *
 * @param longest octets that the content may have
 * @returns null where more octets are needed
 * @throws BerError
 */
export function readBerElement(octets: Uint8Array, longest: number): BerElement | null {
  const [tag, first] = octets
  if (tag === undefined) return null
  if ((tag & 0x1f) === 0x1f) throw new BerError('A tag has more than one octet.')
  if (first === undefined) return null
  if (first === 0x80) throw new BerError('A length is indefinite.')
  const lengthOctets = first < 0x80 ? 0 : first - 0x80
  if (lengthOctets > 4) throw new BerError('A length has more than four octets.')
  const start = 2 + lengthOctets
  if (octets.length < start) return null
  const length = lengthOctets === 0 ? first : unsigned(octets.subarray(2, start))
  if (length > longest) throw new BerError(`An element of ${length} octets is too long.`)
  if (octets.length < start + length) return null
  return { tag, content: octets.subarray(start, start + length), size: start + length }
}

/** @throws BerError where it is not elements from end to end */
export function readBerElements(content: Uint8Array): BerElement[] {
  const elements: BerElement[] = []
  for (let at = 0; at < content.length; ) {
    const element = readBerElement(content.subarray(at), content.length)
    if (element === null) throw new BerError('An element is longer than what it stands in.')
    elements.push(element)
    at += element.size
  }
  return elements
}

/** The value of an INTEGER or ENUMERATED that is no less than 0 and has 31 bits (RFC 4511 §4.1.1.1, §4.1.9). */
export function berNumber({ content }: BerElement): number {
  const value = content.length <= 4 ? unsigned(content) : Number.NaN
  if (content.length === 0 || !(value <= 0x7fffffff)) throw new BerError('A number is out of bounds.')
  return value
}

/** An element with these contents, one after another. */
export function berElement(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(contents)
  const { length } = content
  const header = Buffer.from([tag, length])
  // The long form of X.690 §8.1.3.5, always of four octets.
  return Buffer.concat([length < 0x80 ? header : longHeader(tag, length), content])
}

function longHeader(tag: number, length: number): Buffer {
  const header = Buffer.from([tag, 0x84, 0, 0, 0, 0])
  header.writeUInt32BE(length, 2)
  return header
}

function unsigned(octets: Uint8Array): number {
  return octets.reduce((value, octet) => value * 256 + octet, 0)
}
