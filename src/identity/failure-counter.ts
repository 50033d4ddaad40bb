import { LeastRecentlyUsedMap } from './least-recently-used-map.ts'

export interface FailureDelays {
  /** As many failures cost nothing; the next one a second, and each further one twice the delay. */
  readonly free: number
  readonly longestSeconds: number
}

interface Failures {
  count: number
  lastAt: number
}

/** Failures are forgotten when none came for this long. It is longer than the longest delay. */
const memoryMilliseconds = 60 * 60_000

/** Counts the failures of each key and says how long the key has to wait for them. Times are in milliseconds. */
export class FailureCounter {
  readonly #delays: FailureDelays
  readonly #failures: LeastRecentlyUsedMap<Failures>

  constructor(delays: FailureDelays, capacity: number) {
    this.#delays = delays
    this.#failures = new LeastRecentlyUsedMap(capacity)
  }

  get size(): number {
    return this.#failures.size
  }

  /** 0 where the key need not wait. */
  wait(key: string, now: number): number {
    const failures = this.#recent(key, now)
    if (failures === undefined) return 0
    const excess = failures.count - this.#delays.free
    if (excess <= 0) return 0
    const delay = Math.min(this.#delays.longestSeconds, 2 ** (excess - 1)) * 1000
    // Never more than the delay, even where the clock was set back.
    return Math.min(delay, Math.max(0, failures.lastAt + delay - now))
  }

  /** Counts a failure. Returns what takes it back. */
  add(key: string, now: number): () => void {
    const failures = this.#recent(key, now) ?? { count: 0, lastAt: now }
    const before = failures.lastAt
    failures.count += 1
    failures.lastAt = now
    this.#failures.set(key, failures)
    return () => {
      failures.count -= 1
      if (failures.lastAt === now) failures.lastAt = before
      if (failures.count === 0 && this.#failures.get(key) === failures) this.#failures.delete(key)
    }
  }

  forget(key: string): void {
    this.#failures.delete(key)
  }

  #recent(key: string, now: number): Failures | undefined {
    const failures = this.#failures.get(key)
    return failures !== undefined && now - failures.lastAt <= memoryMilliseconds ? failures : undefined
  }
}
