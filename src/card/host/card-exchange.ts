import { type CommandApdu, encodeCommandApdu } from '../apdu/command-apdu.ts'
import { parseResponseApdu, type ResponseApdu } from '../apdu/response-apdu.ts'
import { statusWord } from '../apdu/status-word.ts'
import type { TransmitApdu } from '../card-connection.ts'
import { exchangeApdu } from './exchange-apdu.ts'
import { statusWordError } from './status-word-error.ts'
import { understood } from './unexpected-answer.ts'

/** A command as GIDS and PIV know them: no secure messaging, the basic channel. */
export interface CardCommand {
  readonly ins: number
  readonly p1: number
  readonly p2: number
  readonly data?: Uint8Array
  /** Whether the answer carries data. */
  readonly expectsData?: true
}

/** The host's end of the line to a card. */
export class CardExchange {
  readonly #transmit: TransmitApdu

  constructor(transmit: TransmitApdu) {
    this.#transmit = transmit
  }

  /**
   * The card's answer, whatever its status word.
   *
   * @throws CardError 'unexpected-answer'; what `transmit` throws
   */
  send(command: CardCommand): Promise<ResponseApdu> {
    return understood(() => exchangeApdu(this.#transmit, commandApdu(command)))
  }

  /**
   * The data of an answer that is a success.
   *
   * @param action what the card is to do, as the end of "The card did not …"
   * @throws CardError 'unexpected-answer', or what the status word stands for; what `transmit` throws
   */
  async perform(action: string, command: CardCommand): Promise<Uint8Array> {
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
  async sendOnce(command: CardCommand): Promise<number> {
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

function commandApdu({ ins, p1, p2, data = new Uint8Array(), expectsData }: CardCommand): CommandApdu {
  return { cla: 0x00, ins, p1, p2, data, expectedLength: expectsData ? 0x100 : 0 }
}
