import { type Logger, pino } from 'pino'

/** What is held back, in characters, while nothing takes the log; what comes beyond it is lost. */
const heldBack = 1024 * 1024

/**
 * Logs to standard error, one JSON object a line; standard output is for what commands say. Where that goes to a disk
 * that is full, or to a program that has ended, work goes on without a log: certificates matter more.
 */
export function createLogger(level: string): Logger {
  const destination = pino.destination({ fd: 2, sync: true, maxLength: heldBack })
  // An error that nobody listens to would end the process.
  destination.on('error', () => undefined)
  return pino({ level }, destination)
}
