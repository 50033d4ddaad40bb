import type { Clock } from '../../workflows/ports/clock.ts'
import { LdapFault } from './ldap-fault.ts'

export interface LookupCache<Value> {
  /**
   * What is known, or else what `load` finds; null where it finds nothing.
   *
   * @param hasGrace whether what is known counts past its time while `load` fails with LdapFault
   */
  get(key: string, hasGrace: boolean, load: () => Promise<Value | null>): Promise<Value | null>
  /**
   * What `load` finds, whatever is known. Only where it fails with LdapFault because nobody answers does what is known
   * count, past its time as well.
   */
  getNow(key: string, load: () => Promise<Value | null>): Promise<Value | null>
  /** Before something is asked that will be put in. */
  ask(): Question
  put(key: string, value: Value, question: Question): void
}

/** When something was asked: what changed while the answer was on its way is not in it. */
interface Question {
  readonly at: number
  /** Tells the later of two, whatever the clock did. */
  readonly number: number
}

interface Known<Value> extends Question {
  readonly value: Value | null
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
  let questions = 0

  function ask(): Question {
    questions++
    return { at: clock.now().getTime(), number: questions }
  }

  /** Unless the answer to a later question is known: that came first, and this one may be of before a change. */
  function remember(key: string, entry: Known<Value>): void {
    const other = known.get(key)
    if (other !== undefined && other.number > entry.number) return
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
    const promise = loadAndRemember(key, load).finally(() => loading.delete(key))
    loading.set(key, promise)
    return promise
  }

  async function loadAndRemember(key: string, load: () => Promise<Value | null>): Promise<Value | null> {
    const question = ask()
    const value = await load()
    remember(key, { value, ...question })
    return value
  }

  function serveKnown(key: string, fault: LdapFault): Value | null {
    const stale = findKnown(key, graceSeconds)
    if (stale === null) throw fault
    options.onServedFromCache(fault)
    return stale.value
  }

  return {
    ask,
    async get(key, hasGrace, load) {
      const fresh = findKnown(key, 0)
      if (fresh !== null) return fresh.value
      try {
        return await loadOnce(key, load)
      } catch (error) {
        if (!hasGrace || !(error instanceof LdapFault)) throw error
        return serveKnown(key, error)
      }
    },
    async getNow(key, load) {
      try {
        // Not what others wait for: that was asked before, and may have been answered before a change.
        return await loadAndRemember(key, load)
      } catch (error) {
        // A server that answers, and says no, is not down.
        if (!(error instanceof LdapFault) || error.kind === 'operation') throw error
        return serveKnown(key, error)
      }
    },
    put: (key, value, question) => remember(key, { value, ...question }),
  }
}
