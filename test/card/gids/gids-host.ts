import { randomBytes } from 'node:crypto'
import type { ApduCard } from '../../../src/card/apdu/apdu-card.ts'
import {
  newGidsCardState,
  type PersonalGidsCardOptions,
  personalGidsCardState,
} from '../../../src/card/gids/virtual/new-gids-card.ts'
import {
  createVirtualGidsCard,
  openVirtualGidsCard,
} from '../../../src/card/gids/virtual/virtual-gids-card.ts'
import { byte, fromHex, toHex } from '../apdu/hex.ts'
import { MemoryStore } from '../virtual/memory-store.ts'

export const adminKey = fromHex('010203040506070801020304050607080102030405060708')
export const pin = '12345678'
export const cardId = '33221100-5544-7766-8899-aabbccddeeff'

/** A card and a host that speaks hexadecimal digits to it. */
export class GidsHost {
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

  verifyPin(text = pin): Promise<string> {
    return this.send(`00200080${byte(text.length)}${toHex(Buffer.from(text))}`)
  }

  /** Tries left and their limit, as the card tells them to anybody. */
  async pinTries(): Promise<string> {
    return (await this.expect('00CB3FFF045C027F7100')).slice(6)
  }

  /** The same card after its power was gone, with what it had stored. */
  async restart(): Promise<GidsHost> {
    this.store.failsFrom = Number.POSITIVE_INFINITY
    return new GidsHost(await openVirtualGidsCard({ store: this.store, randomBytes }), this.store)
  }
}

/** A card in creation, with nothing on it. */
export async function newCard(): Promise<GidsHost> {
  const store = new MemoryStore()
  await createVirtualGidsCard(newGidsCardState(), store)
  return new GidsHost(await openVirtualGidsCard({ store, randomBytes }), store)
}

/** A personal card without keys. */
export async function personalCard(
  options: Partial<PersonalGidsCardOptions> = {},
  random: (length: number) => Uint8Array = randomBytes,
): Promise<GidsHost> {
  const store = new MemoryStore()
  await createVirtualGidsCard(personalGidsCardState({ cardId, adminKey, pin, ...options }), store)
  return new GidsHost(await openVirtualGidsCard({ store, randomBytes: random }), store)
}

/** The command that creates the key file of a reference, with the rules and uses that the minidriver writes. */
export function createKeyFile(reference: number, mechanism: number): string {
  const key = `8301${byte(reference)}950140`
  const use = (template: string, identifier: number) => `${template}098001${byte(identifier)}${key}`
  const uses = [
    use('B8', mechanism),
    use('B8', 0x80 | mechanism),
    use('B8', 0x40 | mechanism),
    use('B6', 0x10 | mechanism),
    use('B6', 0x50 | mechanism),
  ].join('')
  return `00E0000049 6247 820118 8302B0${byte(reference)} 8C058F10101000 A537${uses}`
}

export function generateKey(reference: number, mechanism: number): string {
  return `0047000008 AC06 8001${byte(mechanism)} 8301${byte(reference)} 0000`.replace(/0000$/, '00')
}
