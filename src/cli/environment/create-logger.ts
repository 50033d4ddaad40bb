import { type Logger, pino } from 'pino'

/** Logs to standard error, one JSON object a line; standard output is for what commands say. */
export function createLogger(level: string): Logger {
  return pino({ level }, pino.destination({ fd: 2, sync: true }))
}
