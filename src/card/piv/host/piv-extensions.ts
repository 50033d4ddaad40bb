import { type DataObject, findValue, readDataObjects } from '../../apdu/ber-tlv.ts'
import { statusWord } from '../../apdu/status-word.ts'
import { CardError } from '../../card-error.ts'
import type { CardExchange } from '../../host/card-exchange.ts'
import { unexpectedAnswer } from '../../host/unexpected-answer.ts'
import { extension, keyOrigin, metadata } from '../piv-identifiers.ts'

/** What a card with the extensions tells of a key or PIN; 'absent' where it has the extension and no such key. */
export type Metadata = readonly DataObject[] | 'absent' | undefined

export interface ReferenceTries {
  readonly limit: number
  readonly left: number
}

/**
 * What a YubiKey, and cards made after it, can do beyond the standard. Each is asked for once it is needed, and once. Each
 * maker fills metadata in another way: what cannot be understood is as what is not told.
 */
export class PivExtensions {
  readonly #exchange: CardExchange
  #version: Uint8Array | undefined
  #hasMetadata = true

  constructor(exchange: CardExchange) {
    this.#exchange = exchange
  }

  async arePresent(): Promise<boolean> {
    if (this.#version === undefined) {
      const { data, statusWord: word } = await this.#ask(extension.getVersion, 0x00)
      this.#version = word === statusWord.success && data.length === 3 ? data : new Uint8Array()
    }
    return this.#version.length > 0
  }

  /** Whether it says to be of a version that can (Yubico, MOVE KEY: firmware 5.7 and later). */
  async canMoveKeys(): Promise<boolean> {
    if (!(await this.arePresent())) return false
    const [major = 0, minor = 0] = this.#version ?? []
    return major > 5 || (major === 5 && minor >= 7)
  }

  /** Nothing where the card has none to tell. */
  async readSerialNumber(): Promise<number | undefined> {
    if (!(await this.arePresent())) return undefined
    const { data, statusWord: word } = await this.#ask(extension.getSerial, 0x00)
    if (word !== statusWord.success) return undefined
    if (data.length !== 4) throw unexpectedAnswer(`The card gave a serial number of ${data.length} bytes.`)
    return Buffer.from(data).readUInt32BE()
  }

  /** Nothing where the card does not tell such things, or in a way that is not understood. */
  async readMetadata(keyReference: number): Promise<Metadata> {
    if (!this.#hasMetadata || !(await this.arePresent())) return undefined
    const { data, statusWord: word } = await this.#ask(extension.getMetadata, keyReference)
    if (word === statusWord.success) return orNothing(() => readDataObjects(data, 'allowed'))
    if (word === statusWord.referencedDataNotFound || word === statusWord.fileNotFound) return 'absent'
    if (word === statusWord.instructionNotSupported || word === statusWord.classNotSupported) {
      this.#hasMetadata = false
    }
    return undefined
  }

  /** Of the PIN or the PUK. */
  async readTries(keyReference: number): Promise<ReferenceTries | undefined> {
    const tries = valueIn(await this.readMetadata(keyReference), metadata.tries)
    const [limit, left] = tries ?? []
    return limit === undefined || left === undefined ? undefined : { limit, left }
  }

  /** Whether PIN or PUK is the one that the card's maker gave it. */
  async readIsDefault(keyReference: number): Promise<boolean | undefined> {
    const byte = byteIn(await this.readMetadata(keyReference), metadata.isDefault)
    return byte === undefined ? undefined : byte === 1
  }

  /** Whether the card has made the key itself; nothing where it does not say. */
  async readIsGenerated(keyReference: number): Promise<boolean | 'absent' | undefined> {
    const objects = await this.readMetadata(keyReference)
    if (objects === 'absent') return objects
    const origin = byteIn(objects, metadata.origin)
    return origin === undefined ? undefined : origin === keyOrigin.generated
  }

  #ask(ins: number, p2: number) {
    return this.#exchange.send({ ins, p1: 0x00, p2, expectsData: true })
  }
}

/** A value of metadata; nothing where it is missing, or stands there more than once. */
export function valueIn(objects: Metadata, tag: number): Uint8Array | undefined {
  return objects === undefined || objects === 'absent' ? undefined : orNothing(() => findValue(objects, tag))
}

/** As `valueIn`, of a single byte. */
export function byteIn(objects: Metadata, tag: number): number | undefined {
  const value = valueIn(objects, tag)
  return value?.length === 1 ? value[0] : undefined
}

/** What is read from metadata, where it can be read. */
export function orNothing<Result>(read: () => Result): Result | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof CardError && error.code === 'invalid-tlv') return undefined
    throw error
  }
}
