import type { ApduCard } from '../../../../src/card/apdu/apdu-card.ts'
import { findValue, readTemplate } from '../../../../src/card/apdu/ber-tlv.ts'
import { parseCommandApdu } from '../../../../src/card/apdu/command-apdu.ts'
import { fromHex } from '../../apdu/hex.ts'

const partLength = 50
/** Status words of ours, and what the standard lets another card say in their place. */
const otherWords: ReadonlyMap<number, number> = new Map([
  [0x6a86, 0x6b00],
  [0x6a82, 0x6a88],
  [0x6d00, 0x6e00],
])

/**
 * A PIV card that differs from ours wherever the standard lets it: no extensions, no discovery object, another answer to
 * reset and application template, answers in short parts, digests of the curve's length alone, other status words.
 */
export class ForeignPivCard implements ApduCard {
  readonly answerToReset = '3bdb960080b1fe451f830031c064c30801000090'
  readonly #card: ApduCard
  #rest = Buffer.alloc(0)

  constructor(card: ApduCard) {
    this.#card = card
  }

  reset(): Promise<void> {
    return this.#card.reset()
  }

  async transmit(bytes: Uint8Array): Promise<Uint8Array> {
    const { cla, ins, p1, p2, data, expectedLength } = parseCommandApdu(bytes)
    if (ins === 0xc0) return this.#part(expectedLength)
    this.#rest = Buffer.alloc(0)
    const isExtension = ins >= 0xf0
    const asksForDiscovery = ins === 0xcb && data.length === 3
    if (isExtension) return fromHex('6D00')
    if (asksForDiscovery) return fromHex('6A82')
    const isOnCurve = ins === 0x87 && (p1 === 0x11 || p1 === 0x14) && p2 !== 0x9b && cla === 0
    if (isOnCurve && findValue(readTemplate(data, 0x7c), 0x81)?.length !== (p1 === 0x11 ? 32 : 48)) {
      return fromHex('6A80')
    }
    const answer = Buffer.from(await this.#whole(bytes))
    const word = answer.readUInt16BE(answer.length - 2)
    if (word === 0x6982 && ins === 0x87 && p2 === 0x9b) return fromHex('6300')
    if (word !== 0x9000) {
      answer.writeUInt16BE(otherWords.get(word) ?? word, answer.length - 2)
      return Uint8Array.from(answer)
    }
    if (ins === 0xa4) {
      return fromHex('61114F0BA0000003080000100001007902 4F00 9000'.replaceAll(' ', ''))
    }
    this.#rest = answer.subarray(0, -2)
    return this.#part(expectedLength)
  }

  #part(expectedLength: number): Uint8Array {
    const part = this.#rest.subarray(0, Math.min(partLength, expectedLength))
    this.#rest = this.#rest.subarray(part.length)
    const left = expectedLength === 0 ? 0 : this.#rest.length
    const word = left === 0 ? [0x90, 0x00] : [0x61, Math.min(left, 0xff)]
    return Uint8Array.from([...part, ...word])
  }

  async #whole(bytes: Uint8Array): Promise<Uint8Array> {
    const parts: Uint8Array[] = []
    let answer = await this.#card.transmit(bytes)
    while (answer.at(-2) === 0x61) {
      parts.push(answer.subarray(0, -2))
      answer = await this.#card.transmit(fromHex('00C0000000'))
    }
    return Uint8Array.from(Buffer.concat([...parts, answer]))
  }
}
