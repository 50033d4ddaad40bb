import { CardinalError } from '../../domain/error.ts'
import { UsageError } from '../usage-error.ts'

/** Whoever sits at the command line may know why the directory cannot be asked, and can mend it. */
export function withDirectoryReason(error: unknown): unknown {
  if (!(error instanceof CardinalError) || error.code !== 'ServiceUnavailable') return error
  return error.cause instanceof Error ? new UsageError(`${error.message} ${error.cause.message}`) : error
}
