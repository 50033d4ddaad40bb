import type { Clock } from '../../workflows/ports/clock.ts'

export const systemClock: Clock = { now: () => new Date() }
