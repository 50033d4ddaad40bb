import { PrivilegeAttributesError } from './privilege-attributes-error.ts'

/** The common and the private header of a serialised type (MS-RPCE 2.2.6), and the pointer to the structure itself. */
const headersLength = 20
const commonHeader = [1, 0x10, 8, 0]

/** Of KERB_VALIDATION_INFO (MS-PAC 2.5), counted from its start: where its fields stand, and how long it is. */
const field = {
  names: [48, 56, 64, 72, 80, 88],
  userId: 100,
  groupCount: 108,
  groups: 112,
  serverAndDomainName: [136, 144],
  domainSid: 152,
} as const
const structureLength = 216

/** RPC_UNICODE_STRING: two lengths of two octets stand before the pointer. */
const pointerInString = 4
const groupLength = 8
const mostSubAuthorities = 15

/**
 * Whom a domain controller means by a ticket: the security identifier in KERB_VALIDATION_INFO (MS-PAC 2.5), as NDR lays it
 * out (MS-RPCE 2.2.5; C706 chapter 14): the structure with pointers, then what they point to, in their order.
 *
 * @returns `S-1-5-21-…`; null for an account that is of no domain
 * @throws PrivilegeAttributesError
 */
export function readLogonSid(information: Uint8Array): string | null {
  const cursor = new NdrCursor(information)
  if (commonHeader.some((octet, index) => information[index] !== octet)) {
    throw new PrivilegeAttributesError('its logon information is of an unknown form')
  }
  cursor.skip(headersLength)
  const start = cursor.position
  const at = (offset: number) => cursor.unsigned32At(start + offset)
  cursor.skip(structureLength)
  const skipStrings = (offsets: readonly number[]) => {
    for (const offset of offsets) if (at(offset + pointerInString) !== 0) cursor.skipString()
  }
  skipStrings(field.names)
  if (at(field.groups) !== 0) {
    const count = cursor.unsigned32()
    if (count !== at(field.groupCount))
      throw new PrivilegeAttributesError('its groups are not as many as it says')
    cursor.skip(count * groupLength)
  }
  skipStrings(field.serverAndDomainName)
  const userId = at(field.userId)
  if (at(field.domainSid) === 0 || userId === 0) return null
  return `${readSid(cursor)}-${userId}`
}

/** RPC_SID (MS-DTYP 2.4.2.3). */
function readSid(cursor: NdrCursor): string {
  const count = cursor.unsigned32()
  const [revision, subAuthorityCount, ...authority] = cursor.take(8)
  if (revision !== 1 || subAuthorityCount !== count || count < 1 || count > mostSubAuthorities) {
    throw new PrivilegeAttributesError('its domain is malformed')
  }
  const identifierAuthority = authority.reduce((number, octet) => number * 256 + octet, 0)
  const subAuthorities = Array.from({ length: count }, () => cursor.unsigned32())
  return ['S', '1', identifierAuthority, ...subAuthorities].join('-')
}

/** Little-endian; every number is aligned to as many octets as it has. */
class NdrCursor {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #position = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  get position(): number {
    return this.#position
  }

  take(length: number): Uint8Array {
    const start = this.#position
    if (length > this.#bytes.length - start)
      throw new PrivilegeAttributesError('its logon information is cut off')
    this.#position = start + length
    return this.#bytes.subarray(start, start + length)
  }

  skip(length: number): void {
    this.take(length)
  }

  /** Within what was taken already. */
  unsigned32At(position: number): number {
    return this.#view.getUint32(position, true)
  }

  unsigned32(): number {
    this.skip((4 - (this.#position % 4)) % 4)
    const start = this.#position
    this.skip(4)
    return this.unsigned32At(start)
  }

  /** A conformant varying array of two-octet characters: how many fit, where it begins, how many there are. */
  skipString(): void {
    const most = this.unsigned32()
    const offset = this.unsigned32()
    const count = this.unsigned32()
    if (offset !== 0 || count > most)
      throw new PrivilegeAttributesError('a name in its logon information is malformed')
    this.skip(count * 2)
  }
}
