import { CardinalError } from '../domain/error.ts'
import type { TranslateError } from './fenced-driver.ts'

/** Longer than most load balancers wait between two questions, so that each hears of it; short enough to be tried again soon. */
const rememberedMilliseconds = 10_000

/** Remembers that the engine's disk took nothing: reading goes on then, so that a question alone would not tell. */
export class DiskFaults {
  readonly #isDiskFault: (error: unknown) => boolean
  readonly #now: () => number
  #last = Number.NEGATIVE_INFINITY

  /** @param now milliseconds of a clock that nobody sets */
  constructor(isDiskFault: (error: unknown) => boolean, now: () => number = () => performance.now()) {
    this.#isDiskFault = isDiskFault
    this.#now = now
  }

  /** Translates as before, and takes note. */
  noting(translate: TranslateError): TranslateError {
    return error => {
      if (this.#isDiskFault(error)) this.#last = this.#now()
      return translate(error)
    }
  }

  /** @throws CardinalError ServiceUnavailable where a disk fault is not long ago */
  check(): void {
    if (this.#now() - this.#last >= rememberedMilliseconds) return
    throw new CardinalError('ServiceUnavailable', 'The disk of the database is full or failed a moment ago.')
  }
}
