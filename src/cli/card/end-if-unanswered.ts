import { hasUnansweredCalls } from '../../client/card-reader/unanswered-calls.ts'

/**
 * To be called when all is said: PC/SC cannot call a command back, so that until the card leaves, a thread waits for it, and
 * with that thread the process could not end by itself.
 */
export function endIfUnanswered(): void {
  if (!hasUnansweredCalls()) return
  process.stderr.write('cardinal: The card still has not answered. Take it out of its reader.\n')
  process.kill(process.pid, 'SIGTERM')
}
