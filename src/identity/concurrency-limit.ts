/**
 * Lets at most `running` pieces of work run at once and at most `waiting` wait for their turn, in order.
 *
 * @param refusal makes the error that is thrown where the queue is full
 */
export function createConcurrencyLimit(options: {
  readonly running: number
  readonly waiting: number
  readonly refusal: () => Error
}): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const queue: (() => void)[] = []
  let running = 0

  return async work => {
    if (running < options.running) running += 1
    else {
      if (queue.length >= options.waiting) throw options.refusal()
      await new Promise<void>(resolve => queue.push(resolve))
    }
    try {
      return await work()
    } finally {
      // The turn passes to the next in the queue, so nobody who comes in between can take it.
      const next = queue.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
