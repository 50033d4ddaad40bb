import type { CardReader, CardReaders } from '../card-reader/card-readers.ts'
import { type CardDescription, describeCard } from '../virtual-card/describe-card.ts'
import { type ErrorView, errorView } from './agent-error.ts'
import type { JobBook } from './jobs/job-book.ts'

export interface CertificateView {
  readonly subject: string
  readonly issuer: string
  readonly serialNumber: string
  /** ISO 8601. */
  readonly notBefore: string
  readonly notAfter: string
}

export interface CardView {
  /** null where it has none that is known here. */
  readonly application: 'GIDS' | 'PIV' | null
  /** null for a blank one. */
  readonly cardId: string | null
  /** For people. */
  readonly label: string
  readonly pinTriesLeft: number | null
  readonly pukTriesLeft: number | null
  readonly certificates: readonly CertificateView[]
}

export interface ReaderView {
  readonly name: string
  readonly hasCard: boolean
  /** Whether a job uses it; its card is not looked at then. */
  readonly isBusy: boolean
  readonly card: CardView | null
  /** Why the card cannot be shown. */
  readonly problem: ErrorView | null
}

export interface ReadersView {
  /** Stands for which readers hold cards and which are busy; a page waits for the next one by it. */
  readonly revision: string
  readonly readers: readonly ReaderView[]
}

/** Milliseconds for which PC/SC is asked at a time: it cannot be interrupted. */
const watchTime = 2_000
/** For another program to let go of a card that is only looked at. */
const patience = 500
const timeLimit = 5_000

/** The readers and cards of this computer, as pages may see them. */
export class ReaderDesk {
  readonly #readers: CardReaders
  readonly #jobs: JobBook
  readonly #randomBytes: (length: number) => Uint8Array
  /** Revisions of an earlier process mean nothing to this one. */
  readonly #name: string
  #seen = ''
  #revision = 0
  #watching: Promise<void> | null = null
  #reading: Promise<readonly ReaderView[]> | null = null

  constructor(
    readers: CardReaders,
    jobs: JobBook,
    { randomBytes }: { randomBytes: (length: number) => Uint8Array },
  ) {
    this.#readers = readers
    this.#jobs = jobs
    this.#randomBytes = randomBytes
    this.#name = Buffer.from(randomBytes(6)).toString('base64url')
  }

  /**
   * All readers, with their cards. Each call looks at the cards anew, which takes them from other programs for a moment.
   *
   * @param after waits until there is another revision than this
   * @param signal ends the waiting
   * @throws CardError card-service-unavailable
   */
  async list(after: string | null, signal: AbortSignal): Promise<ReadersView> {
    for (;;) {
      const present = await this.#readers.list()
      const revision = this.#note(present)
      if (after !== revision || signal.aborted) {
        this.#reading ??= this.#read(present).finally(() => {
          this.#reading = null
        })
        return { revision, readers: await this.#reading }
      }
      await this.#nextChange(present, signal)
    }
  }

  #note(present: readonly CardReader[]): string {
    const seen = JSON.stringify(present.map(({ name, hasCard }) => [name, hasCard, this.#jobs.isBusy(name)]))
    if (seen !== this.#seen) this.#revision += 1
    this.#seen = seen
    return `${this.#name}.${this.#revision}`
  }

  async #nextChange(present: readonly CardReader[], signal: AbortSignal): Promise<void> {
    const stop = new AbortController()
    this.#watching ??= this.#readers.waitForChange(present, watchTime).finally(() => {
      this.#watching = null
    })
    try {
      await Promise.race([this.#watching, this.#jobs.nextChange(AbortSignal.any([signal, stop.signal]))])
    } finally {
      stop.abort()
    }
  }

  async #read(present: readonly CardReader[]): Promise<readonly ReaderView[]> {
    const views: ReaderView[] = []
    for (const reader of present) views.push(await this.#readOne(reader))
    return views
  }

  async #readOne({ name, hasCard }: CardReader): Promise<ReaderView> {
    const isBusy = this.#jobs.isBusy(name)
    const nothing = { name, hasCard, isBusy, card: null, problem: null }
    if (!hasCard || isBusy) return nothing
    try {
      const connection = await this.#readers.connect(name, { patience, timeLimit })
      try {
        return { ...nothing, card: viewOf(await describeCard(connection, this.#randomBytes)) }
      } finally {
        await connection.disconnect()
      }
    } catch (error) {
      return { ...nothing, problem: errorView(error) }
    }
  }
}

function viewOf(card: CardDescription): CardView {
  const { application, cardId, serialNumber, pinTriesLeft, pukTriesLeft, keys } = card
  const certificates = keys.flatMap(({ certificate }) => (certificate === null ? [] : [certificate]))
  return {
    application,
    cardId,
    label:
      application === null ? 'Unknown card' : `${application} card ${serialNumber ?? cardId ?? '(blank)'}`,
    pinTriesLeft,
    pukTriesLeft,
    certificates: certificates.map(({ notBefore, notAfter, ...names }) => ({
      ...names,
      notBefore: notBefore.toISOString(),
      notAfter: notAfter.toISOString(),
    })),
  }
}
