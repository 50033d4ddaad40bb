import { type DataObject, readDataObjects, requireByte, requireValue } from '../../apdu/ber-tlv.ts'
import { statusWord } from '../../apdu/status-word.ts'
import type { CardExchange } from '../../host/card-exchange.ts'
import { understood, unexpectedAnswer } from '../../host/unexpected-answer.ts'
import { extension, keyOrigin, metadata } from '../piv-identifiers.ts'

/** What a card with the extensions tells of a key or PIN; 'absent' where it has the extension and no such key. */
export type Metadata = readonly DataObject[] | 'absent' | undefined

export interface ReferenceTries {
  readonly limit: number
  readonly left: number
}

/** What a YubiKey, and cards made after it, can do beyond the standard. Each is asked for once it is needed, and once. */
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

  /** Nothing where the card does not tell such things. */
  async readMetadata(keyReference: number): Promise<Metadata> {
    if (!this.#hasMetadata || !(await this.arePresent())) return undefined
    const { data, statusWord: word } = await this.#ask(extension.getMetadata, keyReference)
    if (word === statusWord.success) return understood(() => readDataObjects(data))
    if (word === statusWord.referencedDataNotFound || word === statusWord.fileNotFound) return 'absent'
    if (word === statusWord.instructionNotSupported || word === statusWord.classNotSupported) {
      this.#hasMetadata = false
    }
    return undefined
  }

  /** Of the PIN or the PUK. */
  async readTries(keyReference: number): Promise<ReferenceTries | undefined> {
    const objects = await this.readMetadata(keyReference)
    if (objects === undefined || objects === 'absent') return undefined
    const tries = await understood(() => requireValue(objects, metadata.tries))
    const [limit, left] = tries
    if (limit === undefined || left === undefined)
      throw unexpectedAnswer('The card gave half a retry counter.')
    return { limit, left }
  }

  /** Whether PIN or PUK is the one that the card's maker gave it. */
  async readIsDefault(keyReference: number): Promise<boolean | undefined> {
    const objects = await this.readMetadata(keyReference)
    if (objects === undefined || objects === 'absent') return undefined
    return (await understood(() => requireByte(objects, metadata.isDefault))) === 1
  }

  /** Whether the card has made the key itself; nothing where it does not say. */
  async readIsGenerated(keyReference: number): Promise<boolean | 'absent' | undefined> {
    const objects = await this.readMetadata(keyReference)
    if (objects === undefined || objects === 'absent') return objects
    return (await understood(() => requireByte(objects, metadata.origin))) === keyOrigin.generated
  }

  /** The identifier in metadata. */
  readAlgorithm(objects: readonly DataObject[]): Promise<number> {
    return understood(() => requireByte(objects, metadata.algorithm))
  }

  #ask(ins: number, p2: number) {
    return this.#exchange.send({ ins, p1: 0x00, p2, expectsData: true })
  }
}
