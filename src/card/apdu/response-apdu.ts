import { CardError } from '../card-error.ts'

/** A card's response (ISO/IEC 7816-4 §5.1). */
export interface ResponseApdu {
  readonly data: Uint8Array
  /** SW1 and SW2 as one number, such as 0x9000. */
  readonly statusWord: number
}

/** 65,536 bytes of data and the status word. */
const maximumLength = 0x10002

/**
 * @returns a response whose data is a view of `bytes`
 * @throws CardError 'invalid-apdu' where there is no status word, SW1 is neither '6x' nor '9x', or there are more
 *   bytes than any command can ask for
 */
export function parseResponseApdu(bytes: Uint8Array): ResponseApdu {
  const first = bytes.at(-2)
  const second = bytes.at(-1)
  if (first === undefined || second === undefined) throw malformed('it has no status word')
  if (bytes.length > maximumLength) throw malformed('it is longer than 65,538 bytes')
  const word = (first << 8) | second
  // '60' is a procedure byte, not a status (ISO/IEC 7816-3 §10.3.3).
  if (first === 0x60 || (first >> 4 !== 0x6 && first >> 4 !== 0x9)) {
    throw malformed('its status word begins with neither 6 nor 9')
  }
  return { data: bytes.subarray(0, -2), statusWord: word }
}

export function encodeResponseApdu({ data, statusWord }: ResponseApdu): Uint8Array {
  const bytes = new Uint8Array(data.length + 2)
  bytes.set(data)
  bytes[data.length] = statusWord >> 8
  bytes[data.length + 1] = statusWord & 0xff
  return bytes
}

function malformed(reason: string): CardError {
  return new CardError('invalid-apdu', `The card's response is malformed: ${reason}.`)
}
