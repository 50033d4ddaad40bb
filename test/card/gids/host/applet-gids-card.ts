import type { ApduCard } from '../../../../src/card/apdu/apdu-card.ts'
import { parseCommandApdu } from '../../../../src/card/apdu/command-apdu.ts'
import { toHex } from '../../apdu/hex.ts'

/** How a blank card speaks of files that it has already. */
export interface FileHabits {
  /** What CREATE FILE answers. */
  readonly exists: number
  /** What SELECT answers as long as the file is not activated. */
  readonly notActivated: number
}

/** As GidsApplet 1.3 answers. */
export const gidsApplet: FileHabits = { exists: 0x6984, notActivated: 0x9000 }

const [create, select, activate, remove] = [0xe0, 0xa4, 0x44, 0xe4]

/** A GIDS card of ours that speaks of its files as another maker's does, and deletes none that is not activated yet. */
export class AppletGidsCard implements ApduCard {
  readonly answerToReset = '3b80800101'
  readonly #card: ApduCard
  readonly #habits: FileHabits
  readonly #waiting = new Set<string>()
  #selected = ''

  constructor(card: ApduCard, habits: FileHabits = gidsApplet) {
    this.#card = card
    this.#habits = habits
  }

  reset(): Promise<void> {
    return this.#card.reset()
  }

  async transmit(bytes: Uint8Array): Promise<Uint8Array> {
    const { ins, p1, data } = parseCommandApdu(bytes)
    const file = ins === create ? (/8302(.{4})/.exec(toHex(data))?.[1] ?? '') : toHex(data)
    // A file in its creation state can be activated, and nothing else.
    if (ins === remove && this.#waiting.has(this.#selected)) return withWord(0x6985)
    const answer = await this.#card.transmit(bytes)
    const word = Buffer.from(answer).readUInt16BE(answer.length - 2)
    if (ins === create && word === 0x6a89) return withWord(this.#habits.exists)
    if (word !== 0x9000) return answer
    if (ins === create) this.#waiting.add(file)
    if (ins === create || (ins === select && p1 === 0x00)) this.#selected = file
    if (ins === activate) this.#waiting.delete(this.#selected)
    const warns = ins === select && p1 === 0x00 && this.#waiting.has(file)
    return warns ? withWord(this.#habits.notActivated) : answer
  }
}

function withWord(word: number): Uint8Array {
  return Uint8Array.of(word >> 8, word & 0xff)
}
