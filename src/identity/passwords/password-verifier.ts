import { createHmac } from 'node:crypto'
import { CardinalError } from '../../domain/error.ts'
import type { Clock } from '../../workflows/ports/clock.ts'
import type { PasswordAnswer } from '../../workflows/ports/password-answer.ts'
import { createConcurrencyLimit } from '../concurrency-limit.ts'
import { LeastRecentlyUsedMap } from '../least-recently-used-map.ts'
import type { PasswordAccount } from './password-accounts.ts'

/** A password presented by a name, and the account that it is held against. */
export interface PasswordClaim {
  readonly accountName: string
  readonly password: string
  readonly account: PasswordAccount
}

type Decide = (answer: PasswordAnswer) => Promise<PasswordAnswer>

export interface PasswordVerifier {
  /** Stands for a claim without giving it away. Another version of the account gives another one. */
  fingerprint(claim: PasswordClaim): string
  /** Whether the claim was verified and accepted a short time ago. */
  isVerified(fingerprint: string): boolean
  /** Whether the same claim is being verified at this moment. */
  isUnderWay(fingerprint: string): boolean
  /**
   * Verifies a claim and hands the answer to `decide`, whose own is the answer of all calls with the same claim that
   * came meanwhile, and is remembered where it is `accepted`. Only the first call's `decide` runs.
   * Throws CardinalError SignInThrottled where too many claims wait.
   */
  verify(fingerprint: string, claim: PasswordClaim, decide: Decide): Promise<PasswordAnswer>
}

/** Clients that send their password with each call pay for its verification once in this time. */
const lifetimeMilliseconds = 5 * 60_000
const capacity = 10_000

/**
 * Verifies passwords at bounded cost: each verification takes 32 MiB here, or a connection to the directory, so few run
 * at once, and what was accepted is remembered for five minutes. Passwords themselves are not held: what is remembered
 * is an HMAC-SHA-256 under `key`.
 *
 * @param options.key 32 random bytes, new for every process
 */
export function createPasswordVerifier(options: {
  readonly clock: Clock
  readonly key: Uint8Array
  readonly simultaneous?: number
  readonly waiting?: number
}): PasswordVerifier {
  const { clock, key, simultaneous = 2, waiting = 64 } = options
  const verifiedAt = new LeastRecentlyUsedMap<number>(capacity)
  const underWay = new Map<string, Promise<PasswordAnswer>>()
  const createLimit = () =>
    createConcurrencyLimit({
      running: simultaneous,
      waiting,
      refusal: () =>
        new CardinalError('SignInThrottled', 'Too many sign-ins at this moment. Try again in 2 s.', {
          retryAfter: 2,
        }),
    })
  // The server's own accounts are there for when the directory does not answer.
  const limits = { server: createLimit(), directory: createLimit() }

  async function compute(fingerprint: string, claim: PasswordClaim, decide: Decide): Promise<PasswordAnswer> {
    try {
      const answer = await decide(
        await limits[claim.account.verifiedBy](() => claim.account.verify(claim.password)),
      )
      if (answer === 'accepted') verifiedAt.set(fingerprint, clock.now().getTime())
      return answer
    } finally {
      underWay.delete(fingerprint)
    }
  }

  return {
    fingerprint({ accountName, password, account }) {
      const claim = JSON.stringify([accountName.toLowerCase(), password, account.version])
      return createHmac('sha256', key).update(claim).digest('base64')
    },
    isVerified(fingerprint) {
      const at = verifiedAt.get(fingerprint)
      const now = clock.now().getTime()
      // Where the clock was set back, it is not known how long ago.
      return at !== undefined && at <= now && now < at + lifetimeMilliseconds
    },
    isUnderWay: fingerprint => underWay.has(fingerprint),
    verify(fingerprint, claim, decide) {
      const result = underWay.get(fingerprint) ?? compute(fingerprint, claim, decide)
      underWay.set(fingerprint, result)
      return result
    },
  }
}
