import pg from 'pg'
import { CardinalError } from '../../domain/error.ts'
import { SerializationConflict } from '../locks/serialization-conflict.ts'

/** SQLSTATE (PostgreSQL manual, appendix A). */
const conflicts = new Set(['40001', '40P01'])
const uniqueViolation = '23505'
/** Out of reach, out of resources, shutting down, read only, timed out, broken. */
const unavailableClasses = new Set(['08', '28', '3D', '53', '57', '58', 'XX'])
const unavailableStates = new Set(['25006', '25P03', '55P03'])

const diskFull = '53100'
const inputOrOutputError = '58030'

export function isPostgresDiskFault(error: unknown): boolean {
  return error instanceof pg.DatabaseError && [diskFull, inputOrOutputError].includes(error.code ?? '')
}

export function translatePostgresError(error: unknown): unknown {
  if (error instanceof pg.DatabaseError) return translateState(error, error.code ?? '')
  // Whatever else pg throws, apart from faults of the program, is about the connection; only some of it has a code.
  const isFault = !(error instanceof Error) || error instanceof TypeError || error instanceof CardinalError
  return isFault ? error : unavailable(error)
}

function translateState(error: Error, state: string): unknown {
  if (conflicts.has(state)) return new SerializationConflict(error)
  if (state === uniqueViolation) {
    return new CardinalError('ConcurrentChange', 'The object exists already.', { cause: error })
  }
  if (state === diskFull) return unavailable(error, 'The database cannot be used: its disk is full.')
  const isUnavailable = unavailableStates.has(state) || unavailableClasses.has(state.slice(0, 2))
  return isUnavailable ? unavailable(error) : error
}

function unavailable(cause: Error, message = 'The database is out of reach or cannot work.'): CardinalError {
  return new CardinalError('ServiceUnavailable', message, { cause })
}

/** Codes of Node and libuv; PostgreSQL's own errors say what is wrong by themselves. */
const reasons: ReadonlyMap<unknown, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there'],
  ['ENOTFOUND', 'there is no host of this name'],
  ['EAI_AGAIN', 'the name of the host cannot be looked up'],
  ['EHOSTUNREACH', 'there is no way to that host'],
  ['ENETUNREACH', 'there is no way to that host'],
  ['ETIMEDOUT', 'nothing answers there'],
  ['ECONNRESET', 'the connection was cut off'],
  ['ENOENT', 'there is no such socket'],
])

/**
 * Says at the start, to somebody who can mend it, which database cannot be used and why; never the password. Callers of the
 * API, who are none of this, are told that there is no database.
 */
export function sayWhichDatabase(
  error: unknown,
  { host, port, database }: Pick<pg.Client, 'host' | 'port' | 'database'>,
): unknown {
  if (!(error instanceof CardinalError && error.cause instanceof Error)) return error
  const { cause } = error
  const place = host.startsWith('/') ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`
  const code = 'code' in cause ? cause.code : undefined
  const reason = reasons.get(code) ?? cause.message
  return new CardinalError(
    error.code,
    `The database ${database ?? ''} at ${place} cannot be used: ${reason}. Mend that, or set CARDINAL_DATABASE_URL to another one.`,
    { cause },
  )
}
