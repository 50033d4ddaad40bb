import { CardError } from '../../card/card-error.ts'
import type { CardReader, CardReaders } from '../../client/card-reader/card-readers.ts'
import { openReaders } from './open-readers.ts'

/** Milliseconds in which PC/SC notices a card. */
const noticeTime = 3_000

/** Finds out into which of PC/SC's readers a card has been put, where PC/SC can be asked. */
export class ReaderWatch {
  readonly #readers: CardReaders | null
  #known: readonly CardReader[] = []

  static async open(): Promise<ReaderWatch> {
    return new ReaderWatch(await unlessUnavailable(openReaders(noticeTime)))
  }

  private constructor(readers: CardReaders | null) {
    this.#readers = readers
  }

  /** Remembers which readers hold cards. Where the system starts the PC/SC service on demand, this starts it. */
  async remember(): Promise<void> {
    this.#known = (await this.#list()) ?? []
  }

  /** The reader that holds a card and held none when it was remembered; null where that is not known. */
  async newlyFilledReader(signal: AbortSignal): Promise<string | null> {
    const until = Date.now() + noticeTime
    while (!signal.aborted) {
      const current = await this.#list()
      if (current === null) return null
      const heldNone = ({ name }: CardReader) =>
        !this.#known.some(known => known.name === name && known.hasCard)
      const filled = current.find(reader => reader.hasCard && heldNone(reader))
      if (filled !== undefined) return filled.name
      const remaining = until - Date.now()
      if (remaining <= 0) return null
      await unlessUnavailable(this.#readers?.waitForChange(current, remaining) ?? Promise.resolve())
    }
    return null
  }

  async #list(): Promise<readonly CardReader[] | null> {
    return this.#readers === null ? null : await unlessUnavailable(this.#readers.list())
  }
}

async function unlessUnavailable<Result>(asking: Promise<Result>): Promise<Result | null> {
  try {
    return await asking
  } catch (error) {
    if (error instanceof CardError) return null
    throw error
  }
}
