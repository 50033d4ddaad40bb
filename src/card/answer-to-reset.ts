import { CardError } from './card-error.ts'

/** The interface bytes TA(i) … TD(i) of one round (ISO/IEC 7816-3 §8.2.3). */
export interface InterfaceBytes {
  readonly ta?: number
  readonly tb?: number
  readonly tc?: number
  readonly td?: number
}

export interface AnswerToReset {
  /** The whole of it in lower-case hexadecimal digits. */
  readonly hex: string
  /** How the card codes bits (TS, ISO/IEC 7816-3 §8.1). */
  readonly convention: 'direct' | 'inverse'
  readonly interfaceBytes: readonly InterfaceBytes[]
  /** The transmission protocols that the card offers, its first choice first: 0 for T=0, 1 for T=1. */
  readonly protocols: readonly number[]
  /** 0 to 15 bytes, coded as in ISO/IEC 7816-4 §12.1.1. */
  readonly historicalBytes: Uint8Array
  /** TCK; absent where the card offers T=0 only. */
  readonly checkByte?: number
}

const maximumLength = 33
/** T=15 qualifies global interface bytes, it is no protocol (ISO/IEC 7816-3 §8.2.3). */
const globalInterfaceBytes = 15

/**
 * Reads a card's answer to reset (ISO/IEC 7816-3 §8.2).
 *
 * @param hex at most 33 bytes in hexadecimal digits of either case; blanks between and around bytes are forgiven
 * @throws CardError 'invalid-atr'
 */
export function parseAnswerToReset(hex: string): AnswerToReset {
  const bytes = readBytes(hex)
  const convention = readConvention(bytes[0])
  const format = byteAt(bytes, 1, 'T0')
  const { interfaceBytes, end } = readInterfaceBytes(bytes, format >> 4)
  const historicalEnd = end + (format & 0x0f)
  if (historicalEnd > bytes.length) throw invalid('it ends within the historical bytes')

  const indicated = interfaceBytes.flatMap(({ td }) => (td === undefined ? [] : [td & 0x0f]))
  if (indicated[0] === globalInterfaceBytes) throw invalid('TD1 names T=15, which is no protocol')
  const offered = [...new Set(indicated.filter(protocol => protocol !== globalInterfaceBytes))]
  const checkByte = readCheckByte(bytes, historicalEnd, indicated)
  return {
    hex: Buffer.from(bytes).toString('hex'),
    convention,
    interfaceBytes,
    protocols: offered.length === 0 ? [0] : offered,
    historicalBytes: bytes.slice(end, historicalEnd),
    ...(checkByte !== undefined && { checkByte }),
  }
}

function readBytes(hex: string): Uint8Array {
  if (hex.length > 4 * maximumLength) throw invalid('it is longer than 33 bytes')
  if (!/^ *(?:[0-9a-f]{2} *)+$/i.test(hex)) throw invalid('it is not a row of bytes in hexadecimal digits')
  const digits = hex.replaceAll(' ', '')
  if (digits.length > 2 * maximumLength) throw invalid('it is longer than 33 bytes')
  return Uint8Array.from(Buffer.from(digits, 'hex'))
}

function readConvention(initialCharacter: number | undefined): AnswerToReset['convention'] {
  if (initialCharacter === 0x3b) return 'direct'
  if (initialCharacter === 0x3f) return 'inverse'
  throw invalid('it begins with neither 3B nor 3F')
}

function readInterfaceBytes(
  bytes: Uint8Array,
  firstIndicator: number,
): { interfaceBytes: InterfaceBytes[]; end: number } {
  const interfaceBytes: InterfaceBytes[] = []
  let position = 2
  let indicator = firstIndicator
  while (indicator !== 0) {
    const round: { -readonly [name in keyof InterfaceBytes]: number } = {}
    if (indicator & 1) round.ta = byteAt(bytes, position++, 'an interface byte TA')
    if (indicator & 2) round.tb = byteAt(bytes, position++, 'an interface byte TB')
    if (indicator & 4) round.tc = byteAt(bytes, position++, 'an interface byte TC')
    if (indicator & 8) round.td = byteAt(bytes, position++, 'an interface byte TD')
    interfaceBytes.push(round)
    indicator = (round.td ?? 0) >> 4
  }
  return { interfaceBytes, end: position }
}

/** TCK is absent if and only if T=0 alone is indicated, by name or by silence (ISO/IEC 7816-3 §8.2.5). */
function readCheckByte(
  bytes: Uint8Array,
  position: number,
  indicated: readonly number[],
): number | undefined {
  const expected = indicated.some(protocol => protocol !== 0)
  if (bytes.length > position + (expected ? 1 : 0)) throw invalid('bytes follow its end')
  if (!expected) return undefined
  const checkByte = byteAt(bytes, position, 'the check byte TCK')
  if (bytes.subarray(1).reduce((sum, byte) => sum ^ byte, 0) !== 0) throw invalid('its check byte is wrong')
  return checkByte
}

function byteAt(bytes: Uint8Array, position: number, what: string): number {
  const byte = bytes[position]
  if (byte === undefined) throw invalid(`it ends before ${what}`)
  return byte
}

function invalid(reason: string): CardError {
  return new CardError(
    'invalid-atr',
    `The answer to reset is malformed: ${reason}. Read it from the card again.`,
  )
}
