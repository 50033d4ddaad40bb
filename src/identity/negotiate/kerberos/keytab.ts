/** One key of a service. */
export interface KeytabEntry {
  /** As in `HTTP/cardinal.contoso.com`. */
  readonly principal: string
  readonly realm: string
  readonly keyVersion: number
  /** RFC 3961 §8: 18 is aes256-cts-hmac-sha1-96, 23 is rc4-hmac. */
  readonly encryptionType: number
  /** Secret. */
  readonly key: Uint8Array
}

/** What a keytab holds is malformed. Says at which byte, and nothing of the keys. */
export class KeytabError extends Error {
  override readonly name = 'KeytabError'
}

/** Bytes; real ones have some hundreds. */
export const longestKeytab = 1 << 20

/**
 * Reads a keytab of version 2, as MIT Kerberos, `ktpass` and Samba write it (MIT Kerberos documentation, "The keytab
 * binary file format").
 *
 * @throws KeytabError
 */
export function readKeytab(bytes: Uint8Array): KeytabEntry[] {
  if (bytes.length > longestKeytab) throw new KeytabError(`It has more than ${longestKeytab} bytes.`)
  if (bytes[0] !== 5 || bytes[1] !== 2)
    throw new KeytabError('It does not begin as a keytab of version 2 does.')
  const cursor = new KeytabCursor(bytes, 2, bytes.length)
  const entries: KeytabEntry[] = []
  while (!cursor.atEnd) {
    const size = cursor.signed32()
    // A deleted entry leaves a hole of that size.
    if (size <= 0) cursor.take(-size)
    else entries.push(readEntry(cursor.part(size)))
  }
  return entries
}

function readEntry(cursor: KeytabCursor): KeytabEntry {
  const components = cursor.unsigned16()
  const realm = cursor.text()
  const principal = Array.from({ length: components }, () => cursor.text()).join('/')
  cursor.take(4) // name type
  cursor.take(4) // time of creation
  const shortVersion = cursor.unsigned8()
  const encryptionType = cursor.unsigned16()
  const key = cursor.take(cursor.unsigned16())
  // The one octet before counts only up to 255; newer writers add the whole number.
  const longVersion = cursor.remaining >= 4 ? cursor.signed32() >>> 0 : 0
  return { principal, realm, keyVersion: longVersion === 0 ? shortVersion : longVersion, encryptionType, key }
}

class KeytabCursor {
  readonly #view: DataView
  #position: number
  readonly #end: number

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#position = start
    this.#end = end
  }

  get remaining(): number {
    return this.#end - this.#position
  }

  get atEnd(): boolean {
    return this.remaining === 0
  }

  take(length: number): Uint8Array {
    const start = this.#advance(length)
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + start, length)
  }

  part(length: number): KeytabCursor {
    return new KeytabCursor(this.take(length), 0, length)
  }

  unsigned8(): number {
    return this.#view.getUint8(this.#advance(1))
  }

  unsigned16(): number {
    return this.#view.getUint16(this.#advance(2))
  }

  signed32(): number {
    return this.#view.getInt32(this.#advance(4))
  }

  text(): string {
    return Buffer.from(this.take(this.unsigned16())).toString('utf8')
  }

  #advance(length: number): number {
    const start = this.#position
    if (length > this.#end - start) throw new KeytabError(`It is cut off at byte ${start} of a part.`)
    this.#position = start + length
    return start
  }
}
