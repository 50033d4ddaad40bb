import { setTimeout } from 'node:timers/promises'
import type { Timer } from '../../identity/passwords/refusal-boundary.ts'

export const systemTimer: Timer = {
  now: () => performance.now(),
  async wait(milliseconds) {
    await setTimeout(milliseconds)
  },
}
