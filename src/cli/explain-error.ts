import { ConfigurationError } from '../config/configuration-error.ts'
import { CardinalError } from '../domain/error.ts'
import { systemReason } from './system-reason.ts'
import { UsageError } from './usage-error.ts'

/** By name, so that no command loads the code of another. */
const expectedErrors = [
  'VaultError',
  'KeyFileError',
  'SigningError',
  'WalkthroughError',
  'CardError',
  'CardFileError',
  'FileLockedError',
  'FileWriteError',
  'AgentStateError',
  'JournalError',
]

/** What a person can mend is said in a sentence; for the rest the stack is needed. */
export function explainError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isExpected =
    error instanceof UsageError || error instanceof ConfigurationError || error instanceof CardinalError
  const isFromSystem = 'code' in error && typeof error.code === 'string' && 'syscall' in error
  const reason = systemReason(error)
  if (reason !== undefined && 'path' in error) return `${error.path} cannot be used: ${reason}.`
  const isNamed = expectedErrors.includes(error.name)
  return isExpected || isFromSystem || isNamed ? error.message : (error.stack ?? error.message)
}
