import { CardinalError } from '../../domain/error.ts'

/** Result codes (sqlite.org/rescode.html). */
const busy = 5
const constraintUnique = 2067
const constraintPrimaryKey = 1555
const unavailable = new Map([
  [busy, 'another process holds it'],
  [6, 'it is locked'],
  [7, 'memory is exhausted'],
  [8, 'it can only be read'],
  [10, 'reading or writing the disk failed, perhaps because it is full'],
  [11, 'its file is damaged'],
  [13, 'the disk is full'],
  [14, 'its file cannot be opened'],
  [15, 'its locks failed'],
  [26, 'its file is not a database'],
])

export function translateSqliteError(error: unknown): unknown {
  const code = resultCode(error)
  if (code === null) return error
  if (code === constraintUnique || code === constraintPrimaryKey) {
    return new CardinalError('ConcurrentChange', 'The object exists already.', { cause: error })
  }
  const reason = unavailable.get(primaryCode(code))
  return reason === undefined
    ? error
    : new CardinalError('ServiceUnavailable', `The database cannot be used: ${reason}.`, { cause: error })
}

const diskFaults = new Set([8, 10])

/** The file can only be read, or reading or writing failed. Whether the disk is full can be looked up. */
export function isSqliteDiskFault(error: unknown): boolean {
  const code = resultCode(error)
  return code !== null && diskFaults.has(primaryCode(code))
}

export function isSqliteBusy(error: unknown): boolean {
  const code = resultCode(error)
  return code !== null && primaryCode(code) === busy
}

/** The low byte of an extended result code. */
function primaryCode(code: number): number {
  return code & 0xff
}

function resultCode(error: unknown): number | null {
  const isSqlite = error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
  return isSqlite ? Number(error.errcode) : null
}
