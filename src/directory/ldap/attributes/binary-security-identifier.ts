import { formatSecurityIdentifier } from '../../../domain/security-identifier.ts'
import { formatObjectGuid, parseObjectGuid } from './object-guid.ts'

/** @returns the string form, or null where this is no objectSid (MS-DTYP 2.4.2.2). */
export function parseBinarySecurityIdentifier(bytes: Uint8Array): string | null {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [revision, count = 0] = view
  if (revision !== 1 || count < 1 || count > 15 || view.length !== 8 + 4 * count) return null
  return formatSecurityIdentifier({
    identifierAuthority: view.readUIntBE(2, 6),
    subAuthorities: Array.from({ length: count }, (_, index) => view.readUInt32LE(8 + 4 * index)),
  })
}

/**
 * The security identifier of an object in a directory that has none: the four 32-bit numbers of its UUID below
 * S-1-12-1, as Microsoft Entra ID forms those of its objects. It is as stable and as unique as the UUID, needs nothing
 * to be stored, and can be no account of an Active Directory domain, which all lie below S-1-5-21.
 */
export function securityIdentifierOfUuid(uuid: string): string {
  const bytes = formatObjectGuid(uuid)
  return formatSecurityIdentifier({
    identifierAuthority: 12,
    subAuthorities: [1, ...[0, 4, 8, 12].map(offset => bytes.readUInt32LE(offset))],
  })
}

/** The inverse of {@link securityIdentifierOfUuid}; null for a security identifier of another form. */
export function uuidOfSecurityIdentifier(sid: string): string | null {
  const match = /^S-1-12-1-([0-9]{1,10})-([0-9]{1,10})-([0-9]{1,10})-([0-9]{1,10})$/.exec(sid)
  if (match === null) return null
  const numbers = match.slice(1).map(Number)
  if (numbers.some(number => number > 0xffff_ffff)) return null
  const bytes = Buffer.alloc(16)
  for (const [index, number] of numbers.entries()) bytes.writeUInt32LE(number, 4 * index)
  return parseObjectGuid(bytes)
}
