const textForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Where each byte of the text form lies in the binary one: the first three fields are little-endian (MS-DTYP 2.3.4). */
const littleEndianFields = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]

/** Whether this is a UUID in text, in either case and without braces. */
export function isUuid(text: string): boolean {
  return textForm.test(text)
}

/** @returns the UUID in lower case, or null where this is no objectGUID of 16 bytes. */
export function parseObjectGuid(bytes: Uint8Array): string | null {
  if (bytes.length !== 16) return null
  const hexadecimal = Buffer.from(littleEndianFields.map(index => bytes[index] ?? 0)).toString('hex')
  return hexadecimal.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** The inverse of {@link parseObjectGuid}. Takes a UUID that {@link isUuid} accepts. */
export function formatObjectGuid(uuid: string): Buffer {
  const bytes = uuidBytes(uuid)
  return Buffer.from(littleEndianFields.map(index => bytes[index] ?? 0))
}

/** The 16 bytes in the order of the text (RFC 9562 §4). */
export function uuidBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex')
}
