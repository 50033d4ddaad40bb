import type { Clock } from '../../workflows/ports/clock.ts'
import { LeastRecentlyUsedMap } from '../least-recently-used-map.ts'

/** Something found out at some cost, and the instant up to which it may be believed. */
export interface LastingAnswer<Value> {
  readonly value: Value
  readonly until: Date
}

/**
 * Finds things out once for all who ask meanwhile, and remembers each answer as long as it lasts. A question whose
 * answer was an error is asked again.
 *
 * @param options.capacity the most answers that are held
 */
export function createRememberedAnswers<Value>(options: {
  readonly clock: Clock
  readonly capacity: number
}): (key: string, find: () => Promise<LastingAnswer<Value>>) => Promise<LastingAnswer<Value>> {
  const { clock, capacity } = options
  const remembered = new LeastRecentlyUsedMap<{ readonly answer: LastingAnswer<Value>; readonly at: Date }>(
    capacity,
  )
  const underWay = new Map<string, Promise<LastingAnswer<Value>>>()

  async function ask(key: string, find: () => Promise<LastingAnswer<Value>>): Promise<LastingAnswer<Value>> {
    try {
      const answer = await find()
      remembered.set(key, { answer, at: clock.now() })
      return answer
    } finally {
      underWay.delete(key)
    }
  }

  return async (key, find) => {
    const known = remembered.get(key)
    const now = clock.now()
    // Where the clock was set back, it is not known how old it is.
    if (known !== undefined && known.at <= now && now < known.answer.until) return known.answer
    const answer = underWay.get(key) ?? ask(key, find)
    underWay.set(key, answer)
    return await answer
  }
}
