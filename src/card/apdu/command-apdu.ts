import { CardError } from '../card-error.ts'

/** A command to a card (ISO/IEC 7816-4 §5.1). */
export interface CommandApdu {
  readonly cla: number
  readonly ins: number
  readonly p1: number
  readonly p2: number
  /** 0 to 65,535 bytes. */
  readonly data: Uint8Array
  /** Ne: the most bytes of response data that are wanted, 0 to 65,536. */
  readonly expectedLength: number
}

const headerLength = 4
const shortMaximum = 0xff
const extendedMaximum = 0xffff

/**
 * Reads a command in any of the seven forms of ISO/IEC 7816-4 §5.1: cases 1 to 4, short and extended.
 *
 * @returns a command whose data is a view of `bytes`
 * @throws CardError 'invalid-apdu' where header, Lc, data and Le do not add up to exactly these bytes
 */
export function parseCommandApdu(bytes: Uint8Array): CommandApdu {
  const [cla, ins, p1, p2] = bytes
  if (cla === undefined || ins === undefined || p1 === undefined || p2 === undefined) {
    throw malformed('it has fewer than 4 bytes')
  }
  const header = { cla, ins, p1, p2 }
  const body = bytes.subarray(headerLength)
  const [first] = body
  if (first === undefined) return { ...header, data: body, expectedLength: 0 }
  if (body.length === 1) return { ...header, data: body.subarray(1), expectedLength: first || 0x100 }
  if (first !== 0) return { ...header, ...readBody(body, 1, first) }
  if (body.length < 3) throw malformed('its extended length field is cut short')
  const length = readLength(body, 1)
  if (body.length === 3) return { ...header, data: body.subarray(3), expectedLength: length || 0x10000 }
  if (length === 0) throw malformed('its extended Lc is zero')
  return { ...header, ...readBody(body, 3, length) }
}

/** Le, where present, is as long as Lc: one byte, or two in the extended form. */
function readBody(body: Uint8Array, start: number, length: number) {
  const end = start + length
  const lengthFieldSize = start === 1 ? 1 : 2
  const data = body.subarray(start, end)
  if (body.length === end) return { data, expectedLength: 0 }
  if (body.length !== end + lengthFieldSize) throw malformed('its length differs from what Lc and Le say')
  const expected = lengthFieldSize === 1 ? (body[end] ?? 0) : readLength(body, end)
  return { data, expectedLength: expected || (lengthFieldSize === 1 ? 0x100 : 0x10000) }
}

/**
 * Writes a command in its shortest form: short lengths where data and expected length fit them, extended ones otherwise.
 *
 * @throws CardError 'invalid-apdu' on a part that is out of its range
 */
export function encodeCommandApdu(command: CommandApdu): Uint8Array {
  const { cla, ins, p1, p2, data, expectedLength } = command
  if ([cla, ins, p1, p2].some(byte => !Number.isInteger(byte) || byte < 0 || byte > 0xff)) {
    throw malformed('a byte of its header is no byte')
  }
  if (!Number.isInteger(expectedLength) || expectedLength < 0 || expectedLength > extendedMaximum + 1) {
    throw malformed('its expected length is not between 0 and 65,536')
  }
  if (data.length > extendedMaximum) throw malformed('it has more than 65,535 bytes of data')
  const isExtended = data.length > shortMaximum || expectedLength > shortMaximum + 1
  const header = [cla, ins, p1, p2]
  const expected = expectedLength === 0 ? [] : lengthField(expectedLength, isExtended)
  if (data.length === 0) {
    return Uint8Array.from([...header, ...(isExtended ? [0] : []), ...expected])
  }
  const length = isExtended ? [0, ...lengthField(data.length, true)] : [data.length]
  const bytes = new Uint8Array(header.length + length.length + data.length + expected.length)
  bytes.set(header)
  bytes.set(length, header.length)
  bytes.set(data, header.length + length.length)
  bytes.set(expected, header.length + length.length + data.length)
  return bytes
}

/** 256 and 65,536 are written as zero (ISO/IEC 7816-4 §5.1). */
function lengthField(length: number, isExtended: boolean): number[] {
  return isExtended ? [(length >> 8) & 0xff, length & 0xff] : [length & 0xff]
}

function readLength(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0)
}

function malformed(reason: string): CardError {
  return new CardError('invalid-apdu', `The command APDU is malformed: ${reason}.`)
}
