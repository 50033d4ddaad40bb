import { type CommandApdu, encodeCommandApdu } from '../../apdu/command-apdu.ts'
import { parseResponseApdu, type ResponseApdu } from '../../apdu/response-apdu.ts'
import { statusWord } from '../../apdu/status-word.ts'
import { CardError } from '../../card-error.ts'
import { exchangeApdu, type TransmitApdu } from '../../host/exchange-apdu.ts'
import { statusWordError } from '../../host/status-word-error.ts'

/** A command as PIV cards know them: no secure messaging, the basic channel. */
export interface PivCommand {
  readonly ins: number
  readonly p1: number
  readonly p2: number
  readonly data?: Uint8Array
  /** Whether the answer carries data. */
  readonly expectsData?: true
}

/** The host's end of the line to a card. */
export class PivExchange {
  readonly #transmit: TransmitApdu

  constructor(transmit: TransmitApdu) {
    this.#transmit = transmit
  }

  /**
   * The card's answer, whatever its status word.
   *
   * @throws CardError 'unexpected-answer'; what `transmit` throws
   */
  send(command: PivCommand): Promise<ResponseApdu> {
    return understood(() => exchangeApdu(this.#transmit, commandApdu(command)))
  }

  /**
   * The data of an answer that is a success.
   *
   * @param action what the card is to do, as the end of "The card did not …"
   * @throws CardError 'unexpected-answer', or what the status word stands for; what `transmit` throws
   */
  async perform(action: string, command: PivCommand): Promise<Uint8Array> {
    const response = await this.send(command)
    if (response.statusWord !== statusWord.success) throw statusWordError(response.statusWord, action)
    return response.data
  }

  /**
   * The status word of the answer to a command with a PIN or PUK, which goes out once, whatever the card answers: no card
   * gets a second look at a wrong one by asking for another length.
   *
   * @throws CardError 'unexpected-answer'; what `transmit` throws
   */
  async sendOnce(command: PivCommand): Promise<number> {
    const bytes = encodeCommandApdu(commandApdu(command))
    try {
      const answer = await this.#transmit(bytes)
      return (await understood(() => parseResponseApdu(answer))).statusWord
    } finally {
      bytes.fill(0)
      command.data?.fill(0)
    }
  }
}

/**
 * Reads what a card has sent: what would be our mistake in bytes of our own is the card's here.
 *
 * @throws CardError 'unexpected-answer'
 */
export async function understood<Result>(read: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof CardError && (error.code === 'invalid-apdu' || error.code === 'invalid-tlv')) {
      throw unexpectedAnswer(error.message)
    }
    throw error
  }
}

export function unexpectedAnswer(what: string): CardError {
  return new CardError(
    'unexpected-answer',
    `${what} Check that the card is undamaged and of a supported kind, and that its reader works.`,
  )
}

function commandApdu({ ins, p1, p2, data = new Uint8Array(), expectsData }: PivCommand): CommandApdu {
  return { cla: 0x00, ins, p1, p2, data, expectedLength: expectsData ? 0x100 : 0 }
}
