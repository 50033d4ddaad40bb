import type { ApduCard } from '../../../../src/card/apdu/apdu-card.ts'
import { encodeDataObject, readDataObjects } from '../../../../src/card/apdu/ber-tlv.ts'
import { parseCommandApdu } from '../../../../src/card/apdu/command-apdu.ts'
import { exchangeApdu } from '../../../../src/card/host/exchange-apdu.ts'
import { extension, instruction, metadata } from '../../../../src/card/piv/piv-identifiers.ts'
import { fromHex } from '../../apdu/hex.ts'

/** How a card with extensions of its own goes its own way. */
export interface AppletHabits {
  /** What MOVE KEY answers; on YubiKeys up to firmware 5.6 it is no command. */
  readonly movesKeys: 'as ours' | number
  /** What it tells of a slot: as an applet of Java, or in a form that nobody understands. */
  readonly metadata: 'of an applet' | 'garbage' | 'nothing'
  /** Whether GENERATE replaces a key that is there. */
  readonly replacesKeys: boolean
}

/** As PivApplet 0.9 answers: GET VERSION says 5.4, and there is no MOVE KEY. */
export const pivApplet: AppletHabits = { movesKeys: 0x6d00, metadata: 'of an applet', replacesKeys: true }

const emptySlot = fromHex('020202010301009000')
const referenceOf = { pin: 0x80, puk: 0x81, managementKey: 0x9b, attestation: 0xf9 } as const

/**
 * A PIV card with Yubico's extensions that answers as other makers do: metadata of an empty slot name no algorithm, those of
 * PIN and PUK neither; objects stand in another order; padding stands behind answers (ISO/IEC 7816-4 §5.2.2.1); and it wants
 * to be asked for the length that is there.
 */
export class AppletPivCard implements ApduCard {
  readonly answerToReset = '3b80800101'
  readonly #card: ApduCard
  readonly #habits: AppletHabits
  #rest: Uint8Array = new Uint8Array()

  constructor(card: ApduCard, habits: AppletHabits = pivApplet) {
    this.#card = card
    this.#habits = habits
  }

  reset(): Promise<void> {
    this.#rest = new Uint8Array()
    return this.#card.reset()
  }

  async transmit(bytes: Uint8Array): Promise<Uint8Array> {
    const { cla, ins, p2, expectedLength } = parseCommandApdu(bytes)
    if (ins === 0xc0) return this.#part(expectedLength)
    this.#rest = new Uint8Array()
    if (cla !== 0) return await this.#card.transmit(bytes)
    if (ins === extension.getVersion) return fromHex('0504009000')
    if (ins === extension.moveKey && this.#habits.movesKeys !== 'as ours') return word(this.#habits.movesKeys)
    if (ins === instruction.generateAsymmetricKeyPair && !this.#habits.replacesKeys) {
      if ((await this.#ask(`00F700${p2.toString(16).padStart(2, '0')}00`)).statusWord === 0x9000) {
        return word(0x6985)
      }
    }
    if (ins === extension.getMetadata) return await this.#metadataOf(p2, expectedLength)
    const answer = await exchangeApdu(part => this.#card.transmit(part), parseCommandApdu(bytes))
    if (answer.statusWord !== 0x9000) return word(answer.statusWord)
    if (ins !== instruction.getData || answer.data.length === 0) this.#rest = answer.data
    else this.#rest = Buffer.concat([answer.data, Buffer.alloc(3, 0xff)])
    return this.#part(expectedLength)
  }

  async #metadataOf(slot: number, expectedLength: number): Promise<Uint8Array> {
    const { data, statusWord } = await this.#ask(`00F700${slot.toString(16).padStart(2, '0')}00`)
    if (slot === referenceOf.attestation) return word(0x6a86)
    const isOfSlot = !Object.values(referenceOf).some(reference => reference === slot)
    if (isOfSlot && this.#habits.metadata === 'garbage') return fromHex('01110499041F9000')
    if (isOfSlot && this.#habits.metadata === 'nothing') return word(0x9000)
    if (isOfSlot && statusWord === 0x6a88) return emptySlot
    if (statusWord !== 0x9000) return word(statusWord)
    const told = readDataObjects(data)
      .filter(({ tag }) => slot === referenceOf.managementKey || isOfSlot || tag !== metadata.algorithm)
      .reverse()
    const objects = Buffer.concat(told.map(({ tag, value }) => encodeDataObject(tag, value)))
    this.#rest = Buffer.concat([objects, Buffer.alloc(2)])
    // The answer is shorter than any answer may be: the host has to say how long (ISO/IEC 7816-4 table 6, '6Cxx').
    if (this.#rest.length < 0x100 && expectedLength !== this.#rest.length) {
      return word(0x6c00 | this.#rest.length)
    }
    return this.#part(expectedLength)
  }

  #ask(command: string) {
    return exchangeApdu(part => this.#card.transmit(part), parseCommandApdu(fromHex(command)))
  }

  #part(expectedLength: number): Uint8Array {
    const part = this.#rest.subarray(0, expectedLength)
    this.#rest = this.#rest.subarray(part.length)
    const left = expectedLength === 0 ? 0 : this.#rest.length
    return Uint8Array.from([...part, ...(left === 0 ? [0x90, 0x00] : [0x61, Math.min(left, 0xff)])])
  }
}

function word(statusWord: number): Uint8Array {
  return Uint8Array.of(statusWord >> 8, statusWord & 0xff)
}
