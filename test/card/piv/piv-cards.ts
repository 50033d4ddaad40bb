import { randomBytes } from 'node:crypto'
import type { ApduCard } from '../../../src/card/apdu/apdu-card.ts'
import type { CardConnection } from '../../../src/card/card-connection.ts'
import { type NewPivCardOptions, newPivCardState } from '../../../src/card/piv/virtual/new-piv-card.ts'
import { createVirtualPivCard, openVirtualPivCard } from '../../../src/card/piv/virtual/virtual-piv-card.ts'
import { fromHex, toHex } from '../apdu/hex.ts'
import { MemoryStore } from '../virtual/memory-store.ts'

export const serialNumber = 0x0123_4567
/** Every card's when it is new. */
export const pin = '123456'
export const puk = '12345678'
export const managementKey = fromHex('010203040506070801020304050607080102030405060708')
/** The management key's bytes, under the type that yubico-piv-tool up to 2.2 and older cards know. */
export const tripleDesKey = { type: '3DES', value: managementKey } as const

/** A card and a host that speaks hexadecimal digits to it. */
export class PivWire {
  readonly card: ApduCard
  readonly store: MemoryStore

  constructor(card: ApduCard, store: MemoryStore) {
    this.card = card
    this.store = store
  }

  async send(command: string): Promise<string> {
    return toHex(await this.card.transmit(fromHex(command)))
  }

  /** Sends commands that must succeed; the data of the last answer. */
  async expect(...commands: readonly string[]): Promise<string> {
    let data = ''
    for (const command of commands) {
      const answer = await this.send(command)
      if (!answer.endsWith('9000')) throw new Error(`The card answered ${answer} to ${command}.`)
      data = answer.slice(0, -4)
    }
    return data
  }

  /** VERIFY with a text, or with nothing but the question. */
  verify(text?: string): Promise<string> {
    return this.send(text === undefined ? '00200080' : `0020008008${padded(text)}`)
  }

  /** The same card after its power was gone, with what it had stored. */
  async restart(): Promise<PivWire> {
    this.store.failsFrom = Number.POSITIVE_INFINITY
    return new PivWire(await openVirtualPivCard({ store: this.store, randomBytes }), this.store)
  }
}

export async function newCard(
  options: Partial<NewPivCardOptions> = {},
  random: (length: number) => Uint8Array = randomBytes,
): Promise<PivWire> {
  const store = new MemoryStore()
  await createVirtualPivCard(newPivCardState({ serialNumber, ...options }), store)
  return new PivWire(await openVirtualPivCard({ store, randomBytes: random }), store)
}

/** A card in a reader, as a driver holds it. */
export function connectTo(card: ApduCard): CardConnection {
  return {
    answerToReset: card.answerToReset,
    transmit: command => card.transmit(command),
    disconnect: () => card.reset(),
  }
}

/** In hexadecimal digits, as a PIN goes to the card. */
export function padded(text: string): string {
  return toHex(Buffer.from(text)).padEnd(16, 'F')
}
