import { CardinalError } from '../domain/error.ts'
import type { Clock } from '../workflows/ports/clock.ts'
import type { SecretRateLimit } from '../workflows/ports/secret-rate-limit.ts'
import { LeastRecentlyUsedMap } from './least-recently-used-map.ts'

/**
 * A token bucket for each key: `burst` at once, then `perMinute`. Throws CardinalError TooManyRequests with the
 * seconds after which one more is allowed.
 *
 * The state is held in the memory of this process and bounded to `capacity` keys; the one used longest ago, whose
 * bucket is the likeliest to be full again, is forgotten first.
 */
export function createSecretRateLimit(options: {
  readonly clock: Clock
  readonly burst: number
  readonly perMinute: number
  readonly capacity?: number
}): SecretRateLimit {
  const { clock, burst, perMinute, capacity = 20_000 } = options
  const perMillisecond = perMinute / 60_000
  const buckets = new LeastRecentlyUsedMap<{ readonly tokens: number; readonly at: number }>(capacity)

  return {
    spend(key) {
      const now = clock.now().getTime()
      const { tokens, at } = buckets.get(key) ?? { tokens: burst, at: now }
      // A clock that is set back refills nothing, and takes nothing away.
      const refilled = Math.min(burst, tokens + Math.max(0, now - at) * perMillisecond)
      if (refilled < 1) {
        const retryAfter = Math.ceil((1 - refilled) / perMillisecond / 1000)
        throw new CardinalError('TooManyRequests', `Asked for too often. Try again in ${retryAfter} s.`, {
          retryAfter,
        })
      }
      buckets.set(key, { tokens: refilled - 1, at: now })
    },
  }
}
