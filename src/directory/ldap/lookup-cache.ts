import type { Clock } from '../../workflows/ports/clock.ts'
import { LdapFault } from './ldap-fault.ts'

export interface LookupCache<Value> {
  /**
   * What is known, or else what `load` finds; null where it finds nothing.
   *
   * @param hasGrace whether what is known counts past its time while `load` fails with LdapFault
   */
  get(key: string, hasGrace: boolean, load: () => Promise<Value | null>): Promise<Value | null>
  put(key: string, value: Value): void
}

interface Known<Value> {
  readonly value: Value | null
  readonly at: number
}

/**
 * Remembers at most `capacity` answers, those used last. That something was not found is remembered too, for a shorter
 * time, and never past it: a directory out of reach is no proof that somebody does not exist. Whoever asks the same at
 * the same time waits for the same answer.
 */
export function createLookupCache<Value>(options: {
  readonly clock: Clock
  readonly capacity: number
  readonly lifetimeSeconds: number
  readonly negativeLifetimeSeconds: number
  readonly graceSeconds: number
  onServedFromCache(fault: LdapFault): void
}): LookupCache<Value> {
  const { clock, capacity, lifetimeSeconds, negativeLifetimeSeconds, graceSeconds } = options
  /** A Map keeps the order of insertion, so the first key is the one used longest ago. */
  const known = new Map<string, Known<Value>>()
  const loading = new Map<string, Promise<Value | null>>()

  function remember(key: string, entry: Known<Value>): void {
    known.delete(key)
    known.set(key, entry)
    if (known.size <= capacity) return
    for (const oldest of known.keys()) {
      known.delete(oldest)
      return
    }
  }

  function findKnown(key: string, extraSeconds: number): Known<Value> | null {
    const entry = known.get(key)
    if (entry === undefined) return null
    const lifetime = entry.value === null ? negativeLifetimeSeconds : lifetimeSeconds + extraSeconds
    const now = clock.now().getTime()
    // Where the clock was set back, it is not known how old it is: better to ask, if somebody answers.
    if (now >= entry.at + lifetime * 1000 || (now < entry.at && extraSeconds === 0)) return null
    remember(key, entry)
    return entry
  }

  function loadOnce(key: string, load: () => Promise<Value | null>): Promise<Value | null> {
    const running = loading.get(key)
    if (running !== undefined) return running
    const promise = (async () => {
      try {
        // From when we asked: what changed while the answer was on its way is not in it.
        const at = clock.now().getTime()
        const value = await load()
        remember(key, { value, at })
        return value
      } finally {
        loading.delete(key)
      }
    })()
    loading.set(key, promise)
    return promise
  }

  return {
    async get(key, hasGrace, load) {
      const fresh = findKnown(key, 0)
      if (fresh !== null) return fresh.value
      try {
        return await loadOnce(key, load)
      } catch (error) {
        if (!hasGrace || !(error instanceof LdapFault)) throw error
        const stale = findKnown(key, graceSeconds)
        if (stale === null) throw error
        options.onServedFromCache(error)
        return stale.value
      }
    },
    put: (key, value) => remember(key, { value, at: clock.now().getTime() }),
  }
}
