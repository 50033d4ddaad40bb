import { createHash, timingSafeEqual } from 'node:crypto'
import { AgentError } from './agent-error.ts'

export interface PairingCode {
  /** As it is shown: two groups of four. A secret until it is used. */
  readonly code: string
  readonly expires: Date
}

interface LiveCode {
  readonly digest: Buffer
  readonly expires: number
  triesLeft: number
}

/** Without those that look like others in some typeface: 0 O, 1 I L, U V. */
const alphabet = '23456789ABCDEFGHJKMNPQRSTWXYZ'
const codeLength = 8
const codeLife = 5 * 60_000
const triesOfCode = 5

const hour = 60 * 60_000
/** Of all origins together: more than people pair, fewer than a guesser needs. */
const mostCodesOfHour = 10

/**
 * The codes by which a page shows that whoever sits before it sees the agent's terminal: one at a time for each origin, good
 * once, for five minutes and five tries. All tries of a year at such a pace find one in a million codes.
 */
export class PairingCodes {
  readonly #live = new Map<string, LiveCode>()
  readonly #now: () => number
  readonly #randomInteger: (limit: number) => number
  #shown: readonly number[] = []

  constructor(clock: { now: () => number; randomInteger: (limit: number) => number }) {
    this.#now = clock.now
    this.#randomInteger = clock.randomInteger
  }

  /**
   * A new code for an origin that has none.
   *
   * @returns null for the code where the one that was shown before still counts
   * @throws AgentError too-many
   */
  begin(origin: string): { readonly code: PairingCode | null; readonly expires: Date } {
    const now = this.#now()
    const live = this.#live.get(origin)
    if (live !== undefined && live.expires > now) {
      // Until its time is over: otherwise each round of tries would begin the next one.
      if (live.triesLeft === 0) throw worn()
      return { code: null, expires: new Date(live.expires) }
    }
    this.#shown = this.#shown.filter(time => time > now - hour)
    if (this.#shown.length >= mostCodesOfHour) {
      throw new AgentError('too-many', 'Too many pairing codes were asked for. Try again in an hour.')
    }
    this.#shown = [...this.#shown, now]
    const letters = Array.from({ length: codeLength }, () => alphabet[this.#randomInteger(alphabet.length)])
    const code = letters.join('')
    const expires = now + codeLife
    this.#live.set(origin, { digest: digestOf(code), expires, triesLeft: triesOfCode })
    return {
      code: { code: `${code.slice(0, 4)}-${code.slice(4)}`, expires: new Date(expires) },
      expires: new Date(expires),
    }
  }

  /** Forgets a code that could not be shown. */
  discard(origin: string): void {
    this.#live.delete(origin)
  }

  /**
   * Uses up the code of an origin. Case, blanks and hyphens do not matter.
   *
   * @throws AgentError wrong-code, also where there is none any more
   */
  redeem(origin: string, typed: string): void {
    const live = this.#live.get(origin)
    if (live === undefined || live.expires <= this.#now()) {
      this.#live.delete(origin)
      throw new AgentError('wrong-code', 'There is no such code any more. Ask for a new one.')
    }
    const code = typed.toUpperCase().replace(/[\s-]/g, '')
    if (live.triesLeft > 0 && timingSafeEqual(live.digest, digestOf(code))) {
      this.#live.delete(origin)
      return
    }
    live.triesLeft = Math.max(0, live.triesLeft - 1)
    if (live.triesLeft === 0) throw worn()
    throw new AgentError('wrong-code', 'The code is wrong. Type the one that the agent shows.')
  }
}

function worn(): AgentError {
  return new AgentError('too-many', 'The code was mistyped too often. Ask for a new one in five minutes.')
}

function digestOf(code: string): Buffer {
  return createHash('sha256').update(code, 'utf8').digest()
}
