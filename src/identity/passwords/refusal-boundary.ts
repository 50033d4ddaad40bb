/** Measures and waits. Milliseconds, by a clock that nobody sets. */
export interface Timer {
  now(): number
  wait(milliseconds: number): Promise<void>
}

const boundaryMilliseconds = 250

/**
 * Begins to measure. What it returns resolves at the next multiple of 250 ms since then: whoever is answered at that
 * moment learns from the time that it took only in which quarter of a second the work ended.
 */
export function beginRefusalBoundary(timer: Timer): () => Promise<void> {
  const start = timer.now()
  return async () => {
    const boundary = start + Math.ceil((timer.now() - start) / boundaryMilliseconds) * boundaryMilliseconds
    // More than once: a timer of Node may fire within the millisecond before.
    for (let now = timer.now(); now < boundary; now = timer.now()) await timer.wait(Math.ceil(boundary - now))
  }
}
