import { systemReason } from './system-reason.ts'
import { UsageError } from './usage-error.ts'

/** What is said of a file that somebody named and that cannot be read; any other error as it is. */
export function unreadableFile(path: string | URL, error: unknown): unknown {
  const reason = systemReason(error)
  return reason === undefined ? error : new UsageError(`${path} cannot be read: ${reason}.`, { cause: error })
}
