import { encodeDataObject, readDataObjects, requireValue } from '../../apdu/ber-tlv.ts'
import { statusWord } from '../../apdu/status-word.ts'
import { CardError } from '../../card-error.ts'
import type { CardExchange } from '../../host/card-exchange.ts'
import { statusWordError } from '../../host/status-word-error.ts'
import { understood } from '../../host/unexpected-answer.ts'
import { minidriverFile } from '../gids-identifiers.ts'
import {
  type MasterFileEntry,
  readMasterFile,
  withMasterFileEntry,
  withoutMasterFileEntries,
} from '../minidriver-files.ts'

/** A data object in a file. */
export interface ObjectPlace {
  readonly file: number
  readonly tag: number
}

/** What has changed, for those who keep copies of a card's files (minidriver specification, CARD_CACHE_FILE_FORMAT). */
export interface Change {
  readonly pins?: true
  readonly containers?: true
  readonly files?: true
}

const cacheFileLength = 6
const firstTag = 0xdf21
/** Beyond it tags take three bytes. */
const lastTag = 0xdf7f

/** What cards answer where there is no such object, or no such file. */
const absences: ReadonlySet<number> = new Set([
  statusWord.fileNotFound,
  statusWord.referencedDataNotFound,
  0x6a83,
  0x6984,
])

/**
 * The minidriver's files on a card, found through the master file alone. Each is read once in a connection; on a card that
 * others write to at the same time, until the freshness counters in `cardcf` say that something has changed.
 */
export class MinidriverFileSystem {
  readonly #exchange: CardExchange
  readonly #isShared: boolean
  readonly #contents = new Map<string, Uint8Array | undefined>()
  #freshness: Uint8Array | undefined
  /** Called when the copies are no longer good, so that what was derived from them goes too. */
  onStale: () => void = () => undefined

  constructor(exchange: CardExchange, isShared: boolean) {
    this.#exchange = exchange
    this.#isShared = isShared
  }

  /** To be called at the beginning of what reads files. */
  async refresh(): Promise<void> {
    if (!this.#isShared || this.#freshness === undefined) return
    const known = this.#freshness
    const current = await this.#readFreshness()
    if (current === undefined || Buffer.compare(current, known) !== 0) this.forget()
    this.#freshness = current
  }

  forget(): void {
    this.#contents.clear()
    this.#freshness = undefined
    this.onStale()
  }

  async isInitialized(): Promise<boolean> {
    return (await this.read(minidriverFile.masterFile)) !== undefined
  }

  /** @throws CardError 'not-initialized' */
  async entries(): Promise<MasterFileEntry[]> {
    const content = await this.#masterFile()
    return understood(() => readMasterFile(content))
  }

  /** Names are compared without regard to case. */
  async find(directory: string, name: string): Promise<MasterFileEntry | undefined> {
    const lowerCase = name.toLowerCase()
    return (await this.entries()).find(
      entry => entry.directory === directory && entry.tag !== 0 && entry.name.toLowerCase() === lowerCase,
    )
  }

  /** @throws CardError 'not-initialized' where it is not listed */
  async requireEntry(directory: string, name: string): Promise<MasterFileEntry> {
    const entry = await this.find(directory, name)
    if (entry === undefined) throw notInitialized(`it lists no file ${name}`)
    return entry
  }

  /** The object's value; nothing where there is none. */
  async read(place: ObjectPlace): Promise<Uint8Array | undefined> {
    const key = keyOf(place)
    if (!this.#contents.has(key)) this.#contents.set(key, await this.#readObject(place))
    return this.#contents.get(key)
  }

  async write(place: ObjectPlace, content: Uint8Array): Promise<void> {
    this.#contents.delete(keyOf(place))
    await this.#exchange.perform('write a file', {
      ins: 0xdb,
      p1: place.file >> 8,
      p2: place.file & 0xff,
      data: encodeDataObject(place.tag, content),
    })
    this.#contents.set(keyOf(place), Uint8Array.from(content))
  }

  /**
   * Tells others that their copies are old. It comes before the change itself: whoever reads in between reads once too
   * often, and nobody keeps an old copy for a new one. A card without the file has nobody who keeps copies.
   */
  async announce(change: Change): Promise<void> {
    const entry = await this.find('', 'cardcf')
    if (entry === undefined) return
    const current = this.#freshness ?? (await this.#readFreshness())
    if (current === undefined || current.length < cacheFileLength) return
    const next = Buffer.from(current)
    if (change.pins) next[1] = ((next[1] ?? 0) + 1) & 0xff
    if (change.containers) next.writeUInt16LE((next.readUInt16LE(2) + 1) & 0xffff, 2)
    if (change.files) next.writeUInt16LE((next.readUInt16LE(4) + 1) & 0xffff, 4)
    this.#freshness = undefined
    await this.write(entry, next)
    this.#freshness = Uint8Array.from(next)
  }

  /**
   * Writes a file in `mscp` that everybody may read and the holder write, and lists it when its content is there.
   * The change is announced by the caller.
   */
  async writeListed(name: string, content: Uint8Array): Promise<void> {
    const existing = await this.find('mscp', name)
    if (existing !== undefined) return await this.write(existing, content)
    const { file } = await this.requireEntry('mscp', 'cmapfile')
    const taken = new Set((await this.entries()).filter(entry => entry.file === file).map(({ tag }) => tag))
    let tag = firstTag
    while (taken.has(tag)) tag += 1
    if (tag > lastTag) {
      throw new CardError(
        'card-full',
        'The card has no place for another file. Delete a key that is not needed.',
      )
    }
    await this.write({ file, tag }, content)
    const entry = { directory: 'mscp', name, file, tag }
    await this.write(minidriverFile.masterFile, withMasterFileEntry(await this.#masterFile(), entry))
  }

  /** Empties the chosen files in `mscp` and takes them off the list. The change is announced by the caller. */
  async deleteListed(isUnwanted: (name: string) => boolean): Promise<void> {
    const chosen = (entry: MasterFileEntry) =>
      entry.directory === 'mscp' && entry.tag !== 0 && isUnwanted(entry.name)
    const unwanted = (await this.entries()).filter(chosen)
    if (unwanted.length === 0) return
    for (const entry of unwanted) await this.write(entry, new Uint8Array())
    const content = withoutMasterFileEntries(await this.#masterFile(), chosen)
    await this.write(minidriverFile.masterFile, content)
  }

  async #masterFile(): Promise<Uint8Array> {
    const content = await this.read(minidriverFile.masterFile)
    if (content === undefined || content.length === 0) throw notInitialized('it has no master file')
    if (this.#isShared && this.#freshness === undefined) this.#freshness = await this.#readFreshness()
    return content
  }

  async #readFreshness(): Promise<Uint8Array | undefined> {
    const masterFile = await this.read(minidriverFile.masterFile)
    if (masterFile === undefined) return undefined
    const entries = await understood(() => readMasterFile(masterFile))
    const entry = entries.find(({ directory, name }) => directory === '' && name.toLowerCase() === 'cardcf')
    return entry && (await this.#readObject(entry))
  }

  async #readObject({ file, tag }: ObjectPlace): Promise<Uint8Array | undefined> {
    const tagBytes = encodeDataObject(tag).subarray(0, -1)
    const response = await this.#exchange.send({
      ins: 0xcb,
      p1: file >> 8,
      p2: file & 0xff,
      data: encodeDataObject(0x5c, tagBytes),
      expectsData: true,
    })
    if (absences.has(response.statusWord)) return undefined
    if (response.statusWord !== statusWord.success) throw statusWordError(response.statusWord, 'read a file')
    return understood(() => Uint8Array.from(requireValue(readDataObjects(response.data, 'allowed'), tag)))
  }
}

function keyOf({ file, tag }: ObjectPlace): string {
  return `${file.toString(16)}/${tag.toString(16)}`
}

function notInitialized(why: string): CardError {
  return new CardError('not-initialized', `The card is blank: ${why}. Initialize the card.`)
}
