import { checksum } from './encryption.ts'

export interface PrivilegeAttributesOptions {
  /** Of the service that the ticket is for. */
  readonly key: Buffer
  /** `S-1-5-21-…` of the client; null for a certificate without logon information. */
  readonly sid: string | null
  /** Groups of the client, which the domain controller counts. */
  readonly groups?: number
  /** What else the domain controller says of the client; null where it leaves a name out. */
  readonly names?: readonly (string | null)[]
  /** How the domain itself signs; a read-only domain controller adds its number (MS-PAC 2.8). */
  readonly domainSignature?: {
    readonly type: number
    readonly length: number
    readonly readOnlyNumber?: number
  }
  /** Spoils the logon information before it is signed. */
  changeInformation?(information: Buffer): Buffer
}

const signatureKeyUsage = 17
const aes256ChecksumType = 16
const signatureLength = 12

/** A privilege attribute certificate with the signature of a domain controller (MS-PAC 2.3). */
export function makePrivilegeAttributes(options: PrivilegeAttributesOptions): Buffer {
  const { key, sid, changeInformation = (information: Buffer) => information } = options
  const signature = Buffer.concat([littleEndian(aes256ChecksumType), Buffer.alloc(signatureLength)])
  const domain = options.domainSignature ?? { type: aes256ChecksumType, length: signatureLength }
  const number = Buffer.from(domain.readOnlyNumber === undefined ? [] : [domain.readOnlyNumber, 0])
  const clientInformation = Buffer.concat([Buffer.alloc(8), Buffer.from([2, 0]), utf16('a')])
  const parts: (readonly [type: number, content: Buffer])[] = [
    ...(sid === null ? [] : [[1, changeInformation(logonInformation(sid, options))] as const]),
    [10, clientInformation],
    [6, signature],
    [7, Buffer.concat([littleEndian(domain.type), Buffer.alloc(domain.length), number])],
  ]
  const table: Buffer[] = []
  const contents: Buffer[] = []
  const starts = new Map<number, number>()
  let position = 8 + 16 * parts.length
  for (const [type, content] of parts) {
    const padded = aligned(content, 8)
    starts.set(type, position)
    table.push(littleEndian(type), littleEndian(content.length), littleEndian(position), littleEndian(0))
    contents.push(padded)
    position += padded.length
  }
  const certificate = Buffer.concat([littleEndian(parts.length), littleEndian(0), ...table, ...contents])
  const signed = checksum(key, signatureKeyUsage, certificate)
  signed.copy(certificate, (starts.get(6) ?? 0) + 4)
  // The domain signs that signature by a key that nobody else has.
  certificate.fill(0xdd, (starts.get(7) ?? 0) + 4, (starts.get(7) ?? 0) + 4 + domain.length)
  return certificate
}

/** KERB_VALIDATION_INFO (MS-PAC 2.5) in NDR: the structure with pointers, then what they point to. */
function logonInformation(sid: string, options: PrivilegeAttributesOptions): Buffer {
  const { groups = 2, names = ['alice', 'Alice Adams', '', null, null, 'H:', 'DC1', 'CONTOSO'] } = options
  const [userNames, serverNames] = [names.slice(0, 6), names.slice(6)]
  const parts = sid.split('-')
  const relativeIdentifier = Number(parts.at(-1))
  const structure = Buffer.concat([
    Buffer.alloc(48, 0x11), // six times
    ...userNames.map(stringHeader),
    littleEndian(0), // two counters
    littleEndian(relativeIdentifier),
    littleEndian(513),
    littleEndian(groups),
    littleEndian(groups === 0 ? 0 : 0x2_0010),
    littleEndian(0x20),
    Buffer.alloc(16, 0x22), // a key
    ...serverNames.map(stringHeader),
    littleEndian(0x2_0020),
    Buffer.alloc(60),
  ])
  const deferred = Buffer.concat([
    ...userNames.map(stringContent),
    ...(groups === 0 ? [] : [littleEndian(groups), Buffer.alloc(8 * groups, 7)]),
    ...serverNames.map(stringContent),
    sidContent(parts.slice(2, -1).map(Number)),
  ])
  const length = 4 + structure.length + deferred.length
  return Buffer.concat([
    Buffer.from([1, 0x10, 8, 0, 0xcc, 0xcc, 0xcc, 0xcc]),
    littleEndian(length),
    littleEndian(0),
    littleEndian(0x2_0004),
    structure,
    deferred,
  ])
}

function stringHeader(text: string | null): Buffer {
  const { length } = utf16(text ?? '')
  return Buffer.concat([littleEndian(length | (length << 16)), littleEndian(text === null ? 0 : 0x2_0008)])
}

function stringContent(text: string | null): Buffer {
  if (text === null) return Buffer.alloc(0)
  const { length } = text
  return Buffer.concat([littleEndian(length), littleEndian(0), littleEndian(length), aligned(utf16(text), 4)])
}

function sidContent([authority = 0, ...subAuthorities]: readonly number[]): Buffer {
  const head = Buffer.from([1, subAuthorities.length, 0, 0, 0, 0, 0, authority])
  return Buffer.concat([littleEndian(subAuthorities.length), head, ...subAuthorities.map(littleEndian)])
}

function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le')
}

function aligned(content: Buffer, to: number): Buffer {
  return Buffer.concat([content, Buffer.alloc((to - (content.length % to)) % to)])
}

function littleEndian(number: number): Buffer {
  const octets = Buffer.alloc(4)
  octets.writeUInt32LE(number >>> 0)
  return octets
}
