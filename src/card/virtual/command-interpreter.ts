import { type CommandApdu, parseCommandApdu } from '../apdu/command-apdu.ts'
import { encodeResponseApdu, type ResponseApdu } from '../apdu/response-apdu.ts'
import { statusWord } from '../apdu/status-word.ts'
import { CardError } from '../card-error.ts'
import { commandQueue } from '../command-queue.ts'
import { CommandRefusal } from './command-refusal.ts'

/**
 * What one card application does with a whole command; its answer may be longer than the command expects. The
 * command's data is overwritten when the answer is there: what is kept must be copied.
 */
export type CommandHandler = (command: CommandApdu) => Promise<ResponseApdu>

const getResponseInstruction = 0xc0
/** Room for a certificate and its neighbours, and a bound on what a hostile host can make a card hold. */
const maximumDataLength = 32_768
const nothing = new Uint8Array()

/**
 * A card's side of ISO/IEC 7816-4 §5.1 and §5.3: takes commands apart, one after another, joins chained ones, and hands
 * out long answers in parts by GET RESPONSE. Any bytes at all get a status word.
 */
export class CommandInterpreter {
  readonly #handle: CommandHandler
  readonly #enqueue = commandQueue()
  #chain: { readonly header: number; readonly parts: Uint8Array[] } | undefined
  #remaining: Uint8Array = nothing

  constructor(handle: CommandHandler) {
    this.#handle = handle
  }

  transmit(bytes: Uint8Array): Promise<Uint8Array> {
    const command = Uint8Array.from(bytes)
    return this.#enqueue(async () => {
      const response = await this.#answer(command).catch(refusalOf)
      command.fill(0)
      return encodeResponseApdu(response)
    })
  }

  /** Forgets chained commands and remaining answers, then runs `then`, after the commands before it. */
  reset(then: () => void): Promise<void> {
    return this.#enqueue(async () => {
      this.#dropChain()
      this.#dropRemaining()
      then()
    })
  }

  async #answer(bytes: Uint8Array): Promise<ResponseApdu> {
    const command = parseCommandApdu(bytes)
    requireSupportedClass(command.cla)
    if (command.ins === getResponseInstruction) return this.#getResponse(command)
    this.#dropRemaining()
    const whole = this.#join(command)
    if (whole === undefined) return { data: nothing, statusWord: statusWord.success }
    try {
      const { data, statusWord: word } = await this.#handle(whole)
      if (data.length === 0 || word !== statusWord.success) return { data: nothing, statusWord: word }
      this.#remaining = data
      return this.#nextPart(whole.expectedLength)
    } finally {
      if (whole !== command) whole.data.fill(0)
    }
  }

  /** The whole command once its last part is there. A chain ends unfinished where another command breaks into it. */
  #join(command: CommandApdu): CommandApdu | undefined {
    const isLast = (command.cla & 0x10) === 0
    const header = (command.ins << 16) | (command.p1 << 8) | command.p2
    if (this.#chain?.header !== header) this.#dropChain()
    if (isLast && this.#chain === undefined) {
      requireRoom(command.data.length)
      return command
    }
    this.#chain ??= { header, parts: [] }
    const { parts } = this.#chain
    parts.push(Uint8Array.from(command.data))
    try {
      requireRoom(parts.reduce((sum, part) => sum + part.length, 0))
      if (!isLast) return undefined
      return { ...command, data: Uint8Array.from(Buffer.concat(parts)) }
    } catch (error) {
      this.#dropChain()
      throw error
    } finally {
      if (isLast) this.#dropChain()
    }
  }

  #getResponse(command: CommandApdu): ResponseApdu {
    if ((command.p1 | command.p2) !== 0) throw new CommandRefusal(statusWord.incorrectParameters)
    if (this.#remaining.length === 0) throw new CommandRefusal(statusWord.conditionsOfUseNotSatisfied)
    if (command.expectedLength === 0) throw new CommandRefusal(statusWord.wrongLength)
    return this.#nextPart(command.expectedLength)
  }

  /** A command that expects no data gets none, and no offer of any (ISO/IEC 7816-4 §5.1, cases 1 and 3). */
  #nextPart(expectedLength: number): ResponseApdu {
    const partLength = Math.min(expectedLength, maximumDataLength)
    const data = Uint8Array.from(this.#remaining.subarray(0, partLength))
    const rest = this.#remaining.length - data.length
    if (rest === 0 || expectedLength === 0) {
      this.#dropRemaining()
      return { data, statusWord: statusWord.success }
    }
    this.#remaining = this.#remaining.subarray(data.length)
    return { data, statusWord: 0x6100 | (rest > 0xff ? 0 : rest) }
  }

  #dropChain(): void {
    for (const part of this.#chain?.parts ?? []) part.fill(0)
    this.#chain = undefined
  }

  #dropRemaining(): void {
    this.#remaining = nothing
  }
}

/** The first interindustry values on the basic channel, without secure messaging (ISO/IEC 7816-4 §5.4.1). */
function requireSupportedClass(cla: number): void {
  if ((cla & 0xe0) !== 0) throw new CommandRefusal(statusWord.classNotSupported)
  if ((cla & 0x0c) !== 0) throw new CommandRefusal(statusWord.secureMessagingNotSupported)
  if ((cla & 0x03) !== 0) throw new CommandRefusal(statusWord.logicalChannelNotSupported)
}

function requireRoom(length: number): void {
  if (length > maximumDataLength) throw new CommandRefusal(statusWord.wrongLength)
}

function refusalOf(error: unknown): ResponseApdu {
  return { data: nothing, statusWord: statusWordOf(error) }
}

function statusWordOf(error: unknown): number {
  if (error instanceof CommandRefusal) return error.statusWord
  if (error instanceof CardError && error.code === 'invalid-apdu') return statusWord.wrongLength
  if (error instanceof CardError && error.code === 'invalid-tlv') return statusWord.incorrectData
  return statusWord.noPreciseDiagnosis
}
