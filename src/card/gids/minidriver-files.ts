import { CardError } from '../card-error.ts'

/** An entry of the master file: a directory where `name` is empty, else a file that is a data object. */
export interface MasterFileEntry {
  readonly directory: string
  readonly name: string
  readonly file: number
  /** 0 for a directory. */
  readonly tag: number
}

/** What a container holds, as `cmapfile` says it (smart card minidriver specification, CONTAINER_MAP_RECORD). */
export interface ContainerMapEntry {
  /** At most 39 characters. */
  readonly name: string
  readonly isValid: boolean
  readonly isDefault: boolean
  /** Bits of a key for signatures alone (AT_SIGNATURE), 0 for none. */
  readonly signatureKeySize: number
  /** Bits of a key for decipherment too (AT_KEYEXCHANGE), 0 for none. */
  readonly keyExchangeKeySize: number
}

/** Which key a container has, as the key map says it. */
export interface KeyMapEntry {
  readonly isUsed: boolean
  /** The key's mechanism identifier, 0x07 for RSA-2048. */
  readonly mechanism: number
  readonly purpose: 'signature' | 'key exchange' | 'none'
  /** The identifier of the key file, B081 for container 0. */
  readonly keyFile: number
}

const masterFileVersion = 0x01
const nameLength = 9
const masterFileEntryLength = 28
const containerNameLength = 40
const containerMapEntryLength = 86
const keyMapVersion = 0x01
const keyMapEntryLength = 12
const keyPurposes = { signature: 0x9c, 'key exchange': 0x9a, none: 0x00 } as const

/** The files of a card that has no container yet. */
export const initialMasterFile: readonly MasterFileEntry[] = [
  { directory: 'mscp', name: '', file: 0xa000, tag: 0 },
  { directory: '', name: 'cardid', file: 0xa012, tag: 0xdf20 },
  { directory: '', name: 'cardapps', file: 0xa010, tag: 0xdf21 },
  { directory: '', name: 'cardcf', file: 0xa010, tag: 0xdf22 },
  { directory: 'mscp', name: 'cmapfile', file: 0xa010, tag: 0xdf23 },
]

/** The file by which Windows' minidriver finds all others: a version byte, then entries of 28 bytes. */
export function encodeMasterFile(entries: readonly MasterFileEntry[]): Uint8Array {
  const bytes = Buffer.alloc(1 + entries.length * masterFileEntryLength)
  bytes[0] = masterFileVersion
  entries.forEach(({ directory, name, file, tag }, index) => {
    const start = 1 + index * masterFileEntryLength
    if (![directory, name].every(text => /^[!-~]{0,8}$/.test(text))) throw malformed('a name has no 8.3 form')
    bytes.write(directory, start, 'ascii')
    bytes.write(name, start + nameLength, 'ascii')
    bytes.writeUInt32LE(tag, start + 20)
    bytes.writeUInt32LE(file, start + 24)
  })
  return Uint8Array.from(bytes)
}

/** @throws CardError 'invalid-tlv' where it is not a version byte and whole entries */
export function readMasterFile(content: Uint8Array): MasterFileEntry[] {
  if (content[0] !== masterFileVersion) throw malformed('the master file is of an unknown version')
  return entriesOf(content.subarray(1), masterFileEntryLength).map(bytes => ({
    directory: readName(bytes.subarray(0, nameLength)),
    name: readName(bytes.subarray(nameLength, 2 * nameLength)),
    tag: bytes.readUInt32LE(20),
    file: bytes.readUInt32LE(24),
  }))
}

/** The master file with one entry more, at its end. */
export function withMasterFileEntry(content: Uint8Array, entry: MasterFileEntry): Uint8Array {
  return Uint8Array.from(Buffer.concat([content, encodeMasterFile([entry]).subarray(1)]))
}

/** The master file without the entries that are chosen, and all others byte for byte. */
export function withoutMasterFileEntries(
  content: Uint8Array,
  isUnwanted: (entry: MasterFileEntry) => boolean,
): Uint8Array {
  const entries = readMasterFile(content)
  const kept = entriesOf(content.subarray(1), masterFileEntryLength).filter((_, index) => {
    const entry = entries[index]
    return entry === undefined || !isUnwanted(entry)
  })
  return Uint8Array.from(Buffer.concat([content.subarray(0, 1), ...kept]))
}

export function encodeContainerMap(entries: readonly ContainerMapEntry[]): Uint8Array {
  const bytes = Buffer.alloc(entries.length * containerMapEntryLength)
  entries.forEach((entry, index) => {
    const start = index * containerMapEntryLength
    if (entry.name.length >= containerNameLength)
      throw malformed('a container name is longer than 39 characters')
    bytes.write(entry.name, start, 'utf16le')
    bytes[start + 80] = (entry.isValid ? 1 : 0) | (entry.isDefault ? 2 : 0)
    bytes.writeUInt16LE(entry.signatureKeySize, start + 82)
    bytes.writeUInt16LE(entry.keyExchangeKeySize, start + 84)
  })
  return Uint8Array.from(bytes)
}

/** @throws CardError 'invalid-tlv' where it is not made of whole entries */
export function readContainerMap(content: Uint8Array): ContainerMapEntry[] {
  return entriesOf(content, containerMapEntryLength).map(bytes => {
    const flags = bytes[80] ?? 0
    return {
      name: bytes.toString('utf16le', 0, 80).replace(/\0.*$/s, ''),
      isValid: (flags & 1) !== 0,
      isDefault: (flags & 2) !== 0,
      signatureKeySize: bytes.readUInt16LE(82),
      keyExchangeKeySize: bytes.readUInt16LE(84),
    }
  })
}

/** The container map with another entry in this place, or an empty one; the others stay byte for byte. */
export function withContainer(
  content: Uint8Array,
  index: number,
  entry: ContainerMapEntry | undefined,
): Uint8Array {
  const bytes = entry === undefined ? new Uint8Array(containerMapEntryLength) : encodeContainerMap([entry])
  return withEntry(content, index, bytes, 0)
}

/** A version byte, then for each container: state, mechanism, purpose, key file, FFFF, and padding. */
export function encodeKeyMap(entries: readonly KeyMapEntry[]): Uint8Array {
  const bytes = Buffer.alloc(1 + entries.length * keyMapEntryLength)
  bytes[0] = keyMapVersion
  entries.forEach((entry, index) => {
    const start = 1 + index * keyMapEntryLength
    bytes.writeUInt32LE(entry.isUsed ? 1 : 0, start)
    bytes[start + 4] = entry.mechanism
    bytes[start + 5] = keyPurposes[entry.purpose]
    bytes.writeUInt16LE(entry.keyFile, start + 6)
    bytes.writeUInt16LE(0xffff, start + 8)
  })
  return Uint8Array.from(bytes)
}

/** @throws CardError 'invalid-tlv' where it is not a version byte and whole entries */
export function readKeyMap(content: Uint8Array): KeyMapEntry[] {
  if (content[0] !== keyMapVersion) throw malformed('the key map is of an unknown version')
  return entriesOf(content.subarray(1), keyMapEntryLength).map(bytes => ({
    isUsed: bytes.readUInt32LE(0) !== 0,
    mechanism: bytes[4] ?? 0,
    purpose: purposeOf(bytes[5]),
    keyFile: bytes.readUInt16LE(6),
  }))
}

/** What stands in the key map for a container that has no key. */
export const unusedKey: KeyMapEntry = { isUsed: false, mechanism: 0, purpose: 'none', keyFile: 0xffff }

/** The key map with another entry in this place; the others stay byte for byte. Missing ones before it become empty. */
export function withKey(content: Uint8Array, index: number, entry: KeyMapEntry): Uint8Array {
  let padded = content.length === 0 ? encodeKeyMap([]) : content
  for (let count = (padded.length - 1) / keyMapEntryLength; count < index; count++) {
    padded = withEntry(padded, count, encodeKeyMap([unusedKey]).subarray(1), 1)
  }
  return withEntry(padded, index, encodeKeyMap([entry]).subarray(1), 1)
}

function withEntry(content: Uint8Array, index: number, entry: Uint8Array, headerLength: number): Uint8Array {
  const start = headerLength + index * entry.length
  const bytes = new Uint8Array(Math.max(content.length, start + entry.length))
  bytes.set(content)
  bytes.set(entry, start)
  return bytes
}

function purposeOf(byte: number | undefined): KeyMapEntry['purpose'] {
  if (byte === keyPurposes.signature) return 'signature'
  return byte === keyPurposes['key exchange'] ? 'key exchange' : 'none'
}

function entriesOf(content: Uint8Array, length: number): Buffer[] {
  if (content.length % length !== 0) throw malformed('an entry is cut short')
  const bytes = Buffer.from(content)
  return Array.from({ length: content.length / length }, (_, index) =>
    bytes.subarray(index * length, (index + 1) * length),
  )
}

function readName(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return bytes.toString('latin1', 0, end === -1 ? bytes.length : end)
}

function malformed(reason: string): CardError {
  return new CardError('invalid-tlv', `A file of the card is malformed: ${reason}.`)
}
