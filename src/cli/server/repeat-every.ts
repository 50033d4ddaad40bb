export interface Repetition {
  /** Resolves once nothing is under way. */
  stop(): Promise<void>
}

/** Does the work once in every interval, never twice at a time. Whatever it throws it has to deal with itself. */
export function repeatEvery(milliseconds: number, work: () => Promise<void>): Repetition {
  let running: Promise<void> | null = null
  const timer = setInterval(() => {
    running ??= work().finally(() => {
      running = null
    })
  }, milliseconds)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}
