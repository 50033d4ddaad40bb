import { type CommandApdu, encodeCommandApdu } from '../apdu/command-apdu.ts'
import { parseResponseApdu, type ResponseApdu } from '../apdu/response-apdu.ts'
import type { TransmitApdu } from '../card-connection.ts'
import { CardError } from '../card-error.ts'

const chainingBit = 0x10
const shortDataMaximum = 255
const maximumResponseLength = 0x10000
/** Four times as many as the longest answer takes in full parts. */
const maximumParts = 1024
const nothing = new Uint8Array()

/**
 * Carries one command of any length to a card and brings its whole answer, by short APDUs alone, which every card
 * and reader understands: data beyond 255 bytes goes as a chain (ISO/IEC 7816-4 §5.3.3), an answer is gathered by GET
 * RESPONSE after '61xx', and '6Cxx' repeats the command with the length that the card names. The bytes sent are
 * overwritten afterwards.
 *
 * @returns the answer to the last part, or the first one that ends a chain early
 * @throws CardError 'invalid-apdu' where the card answers malformed bytes, more than 65,536 of them or in more than 1,024 parts, or goes on
 *   promising data without giving any; what `transmit` throws
 */
export async function exchangeApdu(transmit: TransmitApdu, command: CommandApdu): Promise<ResponseApdu> {
  const expectedLength = Math.min(command.expectedLength, 0x100)
  let { data } = command
  while (data.length > shortDataMaximum) {
    const part = { ...command, cla: command.cla | chainingBit, data: data.subarray(0, shortDataMaximum) }
    const response = await send(transmit, { ...part, expectedLength: 0 })
    if (response.statusWord !== 0x9000) return response
    data = data.subarray(shortDataMaximum)
  }
  const last = { ...command, data, expectedLength }
  const response = await send(transmit, last)
  if (response.statusWord >> 8 === 0x6c) {
    return gather(
      transmit,
      command.cla,
      await send(transmit, { ...last, expectedLength: lengthIn(response) }),
    )
  }
  return gather(transmit, command.cla, response)
}

async function gather(transmit: TransmitApdu, cla: number, first: ResponseApdu): Promise<ResponseApdu> {
  const parts = [first.data]
  let length = first.data.length
  let response = first
  while (response.statusWord >> 8 === 0x61) {
    const getResponse = { cla, ins: 0xc0, p1: 0, p2: 0, data: nothing, expectedLength: lengthIn(response) }
    response = await send(transmit, getResponse)
    length += response.data.length
    if (length > maximumResponseLength) throw endless('more than 65,536 bytes')
    if (parts.length > maximumParts) throw endless(`more than ${maximumParts} parts`)
    if (response.data.length === 0 && response.statusWord >> 8 === 0x61) throw endless('no data')
    parts.push(response.data)
  }
  return { data: Uint8Array.from(Buffer.concat(parts)), statusWord: response.statusWord }
}

async function send(transmit: TransmitApdu, command: CommandApdu): Promise<ResponseApdu> {
  const bytes = encodeCommandApdu(command)
  try {
    return parseResponseApdu(await transmit(bytes))
  } finally {
    bytes.fill(0)
  }
}

/** SW2 of '61xx' and '6Cxx'; zero stands for 256 and more. */
function lengthIn({ statusWord }: ResponseApdu): number {
  return statusWord & 0xff || 0x100
}

function endless(what: string): CardError {
  return new CardError('invalid-apdu', `The card promised a longer response and then gave ${what}.`)
}
