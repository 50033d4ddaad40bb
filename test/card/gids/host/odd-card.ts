import { randomBytes } from 'node:crypto'
import type { ApduCard } from '../../../../src/card/apdu/apdu-card.ts'
import { encodeDataObject, readTemplate, requireValue } from '../../../../src/card/apdu/ber-tlv.ts'
import { type CommandApdu, parseCommandApdu } from '../../../../src/card/apdu/command-apdu.ts'
import { encodeResponseApdu, type ResponseApdu } from '../../../../src/card/apdu/response-apdu.ts'
import { cardIdFileBytes } from '../../../../src/card/card-id.ts'
import { dataFileControlParameters } from '../../../../src/card/gids/file-control-parameters.ts'
import { encodeMasterFile } from '../../../../src/card/gids/minidriver-files.ts'
import type { CardFile, DataFile } from '../../../../src/card/gids/virtual/card-state.ts'
import { newFile } from '../../../../src/card/gids/virtual/new-file.ts'
import { personalGidsCardState } from '../../../../src/card/gids/virtual/new-gids-card.ts'
import {
  createVirtualGidsCard,
  openVirtualGidsCard,
} from '../../../../src/card/gids/virtual/virtual-gids-card.ts'
import { exchangeApdu } from '../../../../src/card/host/exchange-apdu.ts'
import { fromHex } from '../../apdu/hex.ts'
import { MemoryStore } from '../../virtual/memory-store.ts'
import { adminKey, cardId, pin } from '../gids-host.ts'

/** How a card goes its own way within the standards. */
export interface Habits {
  /** What SELECT of the application answers. */
  readonly selection: Uint8Array
  /** Key files beside the admin key's. */
  readonly maximumKeys: number
  readonly notFound: number
  readonly fileExists: number
  /** What is answered to a wrong PIN with these tries left. */
  readonly wrongPin: (left: number) => number
  readonly blockedPin: number
  /** The tag of the tries left in the PIN's status; nothing for a card that has no such object. */
  readonly triesTag: number | undefined
  /** What is answered to the wrong response with these tries left. */
  readonly wrongResponse: (left: number) => number
  /** Whether a blocked administrator is refused when the key is selected already. */
  readonly blocksAdministratorEarly: boolean
  /** Whether GENERATE ASYMMETRIC KEY PAIR answers with the public key. */
  readonly tellsNewKey: boolean
  /** Whether the modulus is a signed integer, with a zero before it. */
  readonly signsModulus: boolean
  /** At which command a key on a curve is refused, and how. */
  readonly refusesCurves: { readonly ins: number; readonly statusWord: number }
  /** Whether the length of the answer may stand behind data, as it may not under T=0. */
  readonly takesLengthBehindData: boolean
  /** Bytes of an answer handed out at a time, after '61xx'. */
  readonly partLength: number
}

const gidsName = fromHex('A00000039742544659')

/** A card that tells the PIN's tries only by VERIFY without data, and names itself in file control information. */
export const taciturn: Habits = {
  selection: encodeDataObject(
    0x6f,
    encodeDataObject(0x84, gidsName),
    encodeDataObject(0xa5, fromHex('9F650101')),
  ),
  maximumKeys: 3,
  notFound: 0x6a82,
  fileExists: 0x6a8a,
  wrongPin: left => (left === 0 ? 0x6983 : 0x63c0 | left),
  blockedPin: 0x6983,
  triesTag: undefined,
  wrongResponse: () => 0x6300,
  blocksAdministratorEarly: true,
  tellsNewKey: false,
  signsModulus: false,
  refusesCurves: { ins: 0x47, statusWord: 0x6a81 },
  takesLengthBehindData: true,
  partLength: 64,
}

/** A card after the first version of the specification, whose SELECT answers with nothing. */
export const oldFashioned: Habits = {
  selection: new Uint8Array(),
  maximumKeys: 2,
  notFound: 0x6a88,
  fileExists: 0x6a89,
  wrongPin: () => 0x6300,
  blockedPin: 0x63c0,
  triesTag: 0x9f17,
  wrongResponse: left => 0x63c0 | left,
  blocksAdministratorEarly: false,
  tellsNewKey: true,
  signsModulus: true,
  refusesCurves: { ins: 0xe0, statusWord: 0x6a80 },
  takesLengthBehindData: true,
  partLength: 255,
}

/** A card that answers as GidsApplet 1.3 does. */
export const applet: Habits = {
  selection: fromHex('61124F0BA000000397425446590201 73034001C0'),
  maximumKeys: 4,
  notFound: 0x6a82,
  fileExists: 0x6984,
  wrongPin: left => 0x63c0 | left,
  blockedPin: 0x63c0,
  triesTag: 0x97,
  wrongResponse: () => 0x6982,
  blocksAdministratorEarly: true,
  tellsNewKey: true,
  signsModulus: false,
  refusesCurves: { ins: 0x47, statusWord: 0x6a81 },
  takesLengthBehindData: true,
  partLength: 256,
}

/** No interface byte names a protocol, so T=0; the historical bytes are nobody's. */
const answerToReset = '3b6500009c02020702'

/** A personal card of these habits, with its files elsewhere, listed in another order, and no key map. */
export async function oddCard(habits: Habits): Promise<ApduCard> {
  const store = new MemoryStore()
  const state = personalGidsCardState({ cardId, adminKey, pin })
  const keys = state.files.filter(({ kind }) => kind === 'key')
  await createVirtualGidsCard({ ...state, files: [...keys, ...otherFiles()] }, store)
  return new OddCard(await openVirtualGidsCard({ store, randomBytes }), habits)
}

function otherFiles(): CardFile[] {
  const masterFile = encodeMasterFile([
    { directory: 'mscp', name: 'cmapfile', file: 0xa0c1, tag: 0xdf21 },
    { directory: '', name: 'cardcf', file: 0xa0c2, tag: 0xdf61 },
    { directory: '', name: 'cardid', file: 0xa0c3, tag: 0xdf01 },
    { directory: 'mscp', name: '', file: 0xa000, tag: 0 },
    { directory: 'mscp', name: 'msroots', file: 0xa0c1, tag: 0xdf22 },
    { directory: '', name: 'cardapps', file: 0xa0c2, tag: 0xdf62 },
  ])
  const [always, either, administrator] = [0x00, 0x30, 0x20]
  // The container map is listed and was never written.
  return [
    dataFile(0xa0c3, always, administrator, 0xdf01, cardIdFileBytes(cardId)),
    dataFile(0xa0c2, always, either, 0xdf61, fromHex('000102030405')),
    dataFile(0xa0c1, always, either, 0xdf22, fromHex('0102')),
    dataFile(0xa000, always, either, 0xdf1f, masterFile),
  ]
}

function dataFile(identifier: number, get: number, put: number, tag: number, value: Uint8Array): DataFile {
  const file = newFile(dataFileControlParameters(identifier, get, put))
  return { ...file, kind: 'data', isActive: true, objects: [{ tag, value }] }
}

class OddCard implements ApduCard {
  readonly answerToReset = answerToReset
  readonly #card: ApduCard
  readonly #habits: Habits
  #remaining: ResponseApdu = { data: new Uint8Array(), statusWord: 0x9000 }
  #keys = 0
  #adminTries = 5

  constructor(card: ApduCard, habits: Habits) {
    this.#card = card
    this.#habits = habits
  }

  reset(): Promise<void> {
    return this.#card.reset()
  }

  async transmit(bytes: Uint8Array): Promise<Uint8Array> {
    const command = parseCommandApdu(bytes)
    if (command.ins === 0xc0) return encodeResponseApdu(this.#nextPart(command.expectedLength))
    if (command.data.length > 0 && command.expectedLength > 0 && !this.#habits.takesLengthBehindData) {
      return encodeResponseApdu(refusal(0x6700))
    }
    if ((command.cla & 0x10) !== 0) return await this.#card.transmit(bytes)
    const { data, statusWord } = this.#wordsOf(command, await this.#answer(command))
    if (data.length === 0) return encodeResponseApdu({ data, statusWord })
    const told = Math.min(data.length, 0xff)
    // GET DATA wants to be repeated with the length of what is there; other commands keep their answer for GET RESPONSE.
    if (command.ins === 0xcb && data.length < 0x100 && ![0, data.length].includes(command.expectedLength)) {
      return encodeResponseApdu({ data: new Uint8Array(), statusWord: 0x6c00 | data.length })
    }
    if (command.expectedLength === data.length) return encodeResponseApdu({ data, statusWord })
    this.#remaining = { data, statusWord }
    return encodeResponseApdu({ data: new Uint8Array(), statusWord: 0x6100 | told })
  }

  #nextPart(expectedLength: number): ResponseApdu {
    const { data, statusWord } = this.#remaining
    const part = data.subarray(0, Math.min(expectedLength, this.#habits.partLength))
    const rest = data.subarray(part.length)
    this.#remaining = { data: rest, statusWord }
    return { data: part, statusWord: rest.length === 0 ? statusWord : 0x6100 | Math.min(rest.length, 0xff) }
  }

  async #answer(command: CommandApdu): Promise<ResponseApdu> {
    const { ins, p1, p2, data } = command
    const { refusesCurves, maximumKeys, triesTag } = this.#habits
    const place = `${ins.toString(16)} ${((p1 << 8) | p2).toString(16)} ${Buffer.from(data).toString('hex')}`
    // The mechanism (80 01) of P-256 and P-384, plain or with the bit for hashes made by the host.
    const isCurve = /^(47|e0) .*8001[01][cd]/.test(place)
    if (isCurve && ins === refusesCurves.ins) return refusal(refusesCurves.statusWord)
    if (ins === 0xe0 && this.#keys >= maximumKeys) return refusal(0x6a84)
    if (/^(cb|db) a000 (5c02)?df20/.test(place)) return refusal(ins === 0xcb ? 0x6a82 : 0x6a81)
    if (place.startsWith('cb 3fff 5c') && triesTag === undefined) return refusal(0x6a88)
    if (ins === 0x22 && p2 === 0xa4 && this.#habits.blocksAdministratorEarly && this.#adminTries === 0) {
      return refusal(0x6983)
    }
    // Under T=0 no command says what it expects.
    const whole = { ...command, data: Buffer.from(data), expectedLength: 0x100 }
    const answer = await exchangeApdu(bytes => this.#card.transmit(bytes), whole)
    if (ins === 0xe0 && answer.statusWord === 0x9000) this.#keys += 1
    if (ins === 0xe4 && answer.statusWord === 0x9000) this.#keys -= 1
    return answer
  }

  #wordsOf({ ins, p1, p2, data: sent }: CommandApdu, answer: ResponseApdu): ResponseApdu {
    const { data, statusWord: word } = answer
    const habits = this.#habits
    if (ins === 0xa4 && p1 === 0x04 && word === 0x9000) return { data: habits.selection, statusWord: word }
    if (ins === 0x47 && word === 0x9000 && !habits.tellsNewKey)
      return { data: new Uint8Array(), statusWord: word }
    if ((ins === 0x47 || (ins === 0xcb && sent[0] === 0x70)) && word === 0x9000 && habits.signsModulus) {
      const numbers = readTemplate(data, 0x7f49)
      const modulus = encodeDataObject(0x81, Uint8Array.of(0), requireValue(numbers, 0x81))
      const exponent = encodeDataObject(0x82, requireValue(numbers, 0x82))
      return { data: encodeDataObject(0x7f49, exponent, modulus), statusWord: word }
    }
    if (ins === 0xcb && ((p1 << 8) | p2) === 0x3fff && sent[0] === 0x5c && habits.triesTag !== undefined) {
      const left = requireValue(readTemplate(data, 0x7f71), 0x97)
      return { data: encodeDataObject(0x7f71, encodeDataObject(habits.triesTag, left)), statusWord: word }
    }
    if (ins === 0x20 || ins === 0x24) {
      if (word === 0x6983) return refusal(habits.blockedPin)
      if ((word & 0xfff0) === 0x63c0) return refusal(habits.wrongPin(word & 0x0f))
    }
    if (ins === 0x87 && sent[2] === 0x82) {
      if (word === 0x9000) this.#adminTries = 5
      if (word === 0x6982) return refusal(habits.wrongResponse(--this.#adminTries))
    }
    if (word === 0x6a82 || word === 0x6a88) return refusal(habits.notFound)
    if (word === 0x6a89) return refusal(habits.fileExists)
    return answer
  }
}

function refusal(statusWord: number): ResponseApdu {
  return { data: new Uint8Array(), statusWord }
}
