import type { Clock } from '../../src/workflows/ports/clock.ts'

export interface ClockFake extends Clock {
  advance(seconds: number): void
}

/** A clock that stands still until it is told to go on. */
export function createClockFake(): ClockFake {
  let now = Date.UTC(2026, 0, 1)
  return {
    now: () => new Date(now),
    advance(seconds) {
      now += seconds * 1000
    },
  }
}
