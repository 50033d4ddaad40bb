import { randomBytes } from 'node:crypto'
import { aes256, encrypt } from './encryption.ts'

/** A key of a service, which the test shares with the library under test by a keytab. */
export interface ServiceKey {
  /** As in `HTTP/cardinal.contoso.com`. */
  readonly principal: string
  readonly realm: string
  readonly version: number
  readonly key: Buffer
}

export interface TicketOptions {
  readonly service: ServiceKey
  /** Components with slashes between. */
  readonly client: string
  /** The service's where it is left out. */
  readonly clientRealm?: string
  /** What the ticket says of itself in the clear. */
  readonly writtenService?: string
  readonly writtenVersion?: number
  readonly start?: Date
  readonly end?: Date
  /** What the client's clock says. */
  readonly clientTime?: Date
  /** Octets of data about the client's groups. */
  readonly authorizationData?: number
  /** A privilege attribute certificate, as a domain controller puts into its tickets. */
  readonly privilegeAttributes?: Buffer
  /** MD5 of the channel bindings, 16 octets; zeros where it is left out. */
  readonly channelBindings?: Uint8Array
  /** Whether the client says that it supports them (MS-KILE 3.2.5.8). */
  readonly isBindingAware?: boolean
  /** Instead of what RFC 4121 §4.1.1 wants in the authenticator: nothing, or the number of its type and what it is. */
  readonly checksum?: null | { readonly type: number; readonly content: Buffer }
  /** Spoils what is encrypted before it is. */
  changeTicketPart?(content: Buffer): Buffer
  changeAuthenticator?(content: Buffer): Buffer
}

export const mechanism = {
  kerberos: '06092a864886f712010202',
  kerberosOfWindows: '06092a864882f712010202',
  negotiateExtended: '060a2b06010401823702021e',
  ntlm: '060a2b06010401823702020a',
  spnego: '06062b0601050502',
} as const

const hour = 3_600_000
const keyUsage = { ticket: 2, authenticator: 11 }

/** Makes what only a domain controller can: a ticket, with a client's proof, as a token of the Kerberos mechanism. */
export function makeKerberosToken(options: TicketOptions): Buffer {
  return tlv(0x60, hex(mechanism.kerberos), Buffer.from([1, 0]), makeRequest(options))
}

/** A first token of SPNEGO (RFC 4178 §4.2.1). */
export function makeNegotiateToken(
  mechanismToken: Buffer | null,
  mechanisms: readonly string[] = [mechanism.kerberos],
): Buffer {
  const list = tlv(0xa0, tlv(0x30, ...mechanisms.map(hex)))
  const token = mechanismToken === null ? [] : [tlv(0xa2, tlv(0x04, mechanismToken))]
  return tlv(0x60, hex(mechanism.spnego), tlv(0xa0, tlv(0x30, list, ...token)))
}

/** RFC 4120 §5.5.1. */
function makeRequest(options: TicketOptions): Buffer {
  const sessionKey = randomBytes(32)
  const { service, clientTime = new Date() } = options
  const { changeTicketPart = same, changeAuthenticator = same } = options
  const realm = options.clientRealm ?? service.realm
  const ticket = tlv(
    0x61,
    tlv(
      0x30,
      field(0, integer(5)),
      field(1, text(service.realm)),
      field(2, principalName(options.writtenService ?? service.principal)),
      field(
        3,
        encryptedData(
          encrypt(service.key, keyUsage.ticket, changeTicketPart(ticketContent(options, realm, sessionKey))),
          options.writtenVersion ?? service.version,
        ),
      ),
    ),
  )
  const authenticator = encrypt(
    sessionKey,
    keyUsage.authenticator,
    changeAuthenticator(
      tlv(
        0x62,
        tlv(
          0x30,
          field(0, integer(5)),
          field(1, text(realm)),
          field(2, principalName(options.client)),
          ...checksumField(options),
          field(4, integer(clientTime.getMilliseconds() * 1000 + Math.floor(Math.random() * 1000))),
          field(5, time(clientTime)),
          field(7, integer(1)),
          ...(options.isBindingAware === true ? [field(8, bindingAwareness())] : []),
        ),
      ),
    ),
  )
  return tlv(
    0x6e,
    tlv(
      0x30,
      field(0, integer(5)),
      field(1, integer(14)),
      field(2, tlv(0x03, hex('0020000000'))), // mutual authentication is wanted
      field(3, ticket),
      field(4, encryptedData(authenticator, null)),
    ),
  )
}

/** RFC 4120 §5.3. */
function ticketContent(options: TicketOptions, realm: string, sessionKey: Buffer): Buffer {
  const { start = new Date(Date.now() - hour), end = new Date(Date.now() + hour) } = options
  return tlv(
    0x63,
    tlv(
      0x30,
      field(0, tlv(0x03, hex('0040800000'))),
      field(1, tlv(0x30, field(0, integer(aes256)), field(1, tlv(0x04, sessionKey)))),
      field(2, text(realm)),
      field(3, principalName(options.client)),
      field(4, tlv(0x30, field(0, integer(1)), field(1, tlv(0x04)))),
      field(5, time(start)),
      field(6, time(start)),
      field(7, time(end)),
      ...authorizationDataField(options),
    ),
  )
}

/** Both kinds within AD-IF-RELEVANT, as domain controllers write them. */
function authorizationDataField({ authorizationData, privilegeAttributes }: TicketOptions): Buffer[] {
  const entries = [
    ...(authorizationData === undefined ? [] : [authorizationEntry(99, Buffer.alloc(authorizationData))]),
    ...(privilegeAttributes === undefined ? [] : [authorizationEntry(128, privilegeAttributes)]),
  ]
  return entries.length === 0 ? [] : [field(10, tlv(0x30, authorizationEntry(1, tlv(0x30, ...entries))))]
}

/** RFC 4120 §5.2.6. */
function authorizationEntry(type: number, data: Buffer): Buffer {
  return tlv(0x30, field(0, integer(type)), field(1, tlv(0x04, data)))
}

function checksumField({ checksum, channelBindings }: TicketOptions): Buffer[] {
  if (checksum === null) return []
  const { type, content } = checksum ?? { type: 0x8003, content: contextChecksum(channelBindings) }
  return [field(3, tlv(0x30, field(0, integer(type)), field(1, tlv(0x04, content))))]
}

/** RFC 4121 §4.1.1, with mutual authentication and sequence numbers. */
export function contextChecksum(channelBindings: Uint8Array = Buffer.alloc(16)): Buffer {
  const checksum = Buffer.alloc(24)
  checksum.writeUInt32LE(16, 0)
  checksum.set(channelBindings, 4)
  checksum.writeUInt32LE(2 | 8, 20)
  return checksum
}

/** MS-KILE 3.2.5.8: KERB_AP_OPTIONS_CBT within AD-IF-RELEVANT. */
function bindingAwareness(): Buffer {
  return tlv(0x30, authorizationEntry(1, tlv(0x30, authorizationEntry(143, hex('00400000')))))
}

function same(content: Buffer): Buffer {
  return content
}

/** MIT Kerberos documentation, "The keytab binary file format". */
export function makeKeytab(keys: readonly ServiceKey[]): Buffer {
  const entries = keys.map(({ principal, realm, version, key }) => {
    const components = principal.split('/')
    const entry = Buffer.concat([
      unsigned16(components.length),
      ...[realm, ...components].map(part => counted(Buffer.from(part))),
      unsigned32(1),
      unsigned32(0),
      Buffer.from([version & 0xff]),
      unsigned16(aes256),
      counted(key),
      unsigned32(version),
    ])
    return Buffer.concat([unsigned32(entry.length), entry])
  })
  return Buffer.concat([Buffer.from([5, 2]), ...entries])
}

export function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content])
  const octets = Buffer.from(
    length.toString(16).padStart(Math.ceil(length.toString(16).length / 2) * 2, '0'),
    'hex',
  )
  return Buffer.concat([Buffer.from([tag, 0x80 | octets.length]), octets, content])
}

function field(number: number, content: Buffer): Buffer {
  return tlv(0xa0 | number, content)
}

function encryptedData(cipher: Buffer, version: number | null): Buffer {
  const versionField = version === null ? [] : [field(1, integer(version))]
  return tlv(0x30, field(0, integer(aes256)), ...versionField, field(2, tlv(0x04, cipher)))
}

function principalName(name: string): Buffer {
  return tlv(0x30, field(0, integer(1)), field(1, tlv(0x30, ...name.split('/').map(text))))
}

function integer(value: number): Buffer {
  const digits = value.toString(16)
  const octets = Buffer.from(digits.padStart(Math.ceil(digits.length / 2) * 2, '0'), 'hex')
  return tlv(0x02, (octets[0] ?? 0) < 0x80 ? octets : Buffer.concat([Buffer.alloc(1), octets]))
}

function text(value: string): Buffer {
  return tlv(0x1b, Buffer.from(value))
}

function time(date: Date): Buffer {
  return tlv(0x18, Buffer.from(`${date.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`))
}

function hex(digits: string): Buffer {
  return Buffer.from(digits, 'hex')
}

function counted(content: Buffer): Buffer {
  return Buffer.concat([unsigned16(content.length), content])
}

function unsigned16(value: number): Buffer {
  const octets = Buffer.alloc(2)
  octets.writeUInt16BE(value)
  return octets
}

function unsigned32(value: number): Buffer {
  const octets = Buffer.alloc(4)
  octets.writeUInt32BE(value)
  return octets
}
