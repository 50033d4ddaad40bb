import type { Timer } from '../../../src/identity/passwords/refusal-boundary.ts'

export interface TimerFake extends Timer {
  /** Time that work takes: whoever waits goes on only where their time has come. */
  advance(milliseconds: number): void
  readonly waiting: number
}

export function createTimerFake(): TimerFake {
  let now = 12_345.678
  const sleepers = new Set<{ readonly until: number; wake(): void }>()
  return {
    now: () => now,
    wait: milliseconds => new Promise(resolve => sleepers.add({ until: now + milliseconds, wake: resolve })),
    advance(milliseconds) {
      now += milliseconds
      for (const sleeper of sleepers) {
        if (sleeper.until > now) continue
        sleepers.delete(sleeper)
        sleeper.wake()
      }
    },
    get waiting() {
      return sleepers.size
    },
  }
}
