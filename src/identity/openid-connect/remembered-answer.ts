import type { Clock } from '../../workflows/ports/clock.ts'

/** Something that is fetched from elsewhere and used for a while. */
export interface RememberedAnswer<Answer> {
  /**
   * The answer, fetched anew where it is older than `seconds`. Where fetching fails, the one that is there is used on
   * until it is too old.
   *
   * @throws what fetching threw, where there is no answer that may be used
   */
  current(seconds: number): Promise<Answer>
  /** What fetching threw the last time; null where it went well. */
  readonly fault: unknown
}

const pauseAfterFailure = 5

/**
 * Fetches once for all who ask at the same time, and not again within `pauseSeconds` (five where it failed), however
 * often and for whatever reason it is asked for.
 */
export function rememberAnswer<Answer>(options: {
  readonly clock: Clock
  readonly pauseSeconds: number
  readonly usableSeconds: number
  fetch(): Promise<Answer>
}): RememberedAnswer<Answer> {
  const { clock, pauseSeconds, usableSeconds, fetch } = options
  let known: { readonly answer: Answer; readonly at: number } | null = null
  let attemptedAt = Number.NEGATIVE_INFINITY
  let fault: unknown = null
  let underWay: Promise<void> | null = null

  const seconds = () => clock.now().getTime() / 1000
  /** Where the clock was set back, it is not known how long ago. */
  const isPast = (at: number, age: number) => seconds() < at || seconds() - at >= age
  const usable = () => (known !== null && seconds() - known.at < usableSeconds ? known : null)

  async function refresh(): Promise<void> {
    attemptedAt = seconds()
    try {
      known = { answer: await fetch(), at: attemptedAt }
      fault = null
    } catch (error) {
      fault = error
    } finally {
      underWay = null
    }
  }

  function refreshUnlessPausing(): void {
    const pause = fault === null ? pauseSeconds : Math.min(pauseSeconds, pauseAfterFailure)
    if (underWay === null && isPast(attemptedAt, pause)) underWay = refresh()
  }

  return {
    async current(age) {
      if (known === null || isPast(known.at, age)) {
        refreshUnlessPausing()
        // Where the last attempt failed, nobody waits for the next one who can go on without it.
        if (underWay !== null && (fault === null || usable() === null)) await underWay
      }
      const answer = usable()
      if (answer !== null) return answer.answer
      throw fault ?? new Error('There is no answer yet.')
    },
    get fault() {
      return fault
    },
  }
}
