import type { Clock } from '../workflows/ports.ts'

export const systemClock: Clock = { now: () => new Date() }
