import type { ApduCard } from '../../card/apdu/apdu-card.ts'

const getResponse = 0xc0
const bytesRemain = 0x61
const statusWordLength = 2

/** A card whose answers can be cut to a length; the host fetches the rest by GET RESPONSE (ISO/IEC 7816-4 §5.3.4). */
export class ChainedAnswers {
  readonly #card: ApduCard
  /** What is left of the last answer, its own status word at the end. */
  #rest: Uint8Array = new Uint8Array()

  constructor(card: ApduCard) {
    this.#card = card
  }

  /** @param mostBytes status word included */
  async transmit(command: Uint8Array, mostBytes: number): Promise<Uint8Array> {
    const isContinued = this.#rest.length > 0 && command[1] === getResponse
    if (isContinued) return this.#take(Math.min(mostBytes, wantedBy(command) + statusWordLength))
    this.forget()
    this.#rest = Uint8Array.from(await this.#card.transmit(command))
    return this.#take(mostBytes)
  }

  /** To be called where the card is reset. */
  forget(): void {
    this.#rest.fill(0)
    this.#rest = new Uint8Array()
  }

  /** An answer that is whole ends with its own status word. */
  #take(mostBytes: number): Uint8Array {
    const rest = this.#rest
    if (rest.length <= mostBytes) {
      this.#rest = new Uint8Array()
      return rest
    }
    const length = mostBytes - statusWordLength
    const remaining = rest.length - length - statusWordLength
    this.#rest = rest.subarray(length)
    return Uint8Array.from([...rest.subarray(0, length), bytesRemain, remaining < 256 ? remaining : 0])
  }
}

/** Le in short or extended form, where 0 stands for the most that fits; 256 where there is none (ISO/IEC 7816-4 §5.1). */
function wantedBy(command: Uint8Array): number {
  if (command.length === 7) return Buffer.from(command).readUInt16BE(5) || 65_536
  return command[4] || 256
}
