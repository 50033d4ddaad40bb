import pg from 'pg'
import { CardinalError } from '../../domain/error.ts'
import { SerializationConflict } from '../locks/serialization-conflict.ts'

/** SQLSTATE (PostgreSQL manual, appendix A). */
const conflicts = new Set(['40001', '40P01'])
const uniqueViolation = '23505'
/** Out of reach, out of resources, shutting down, read only, timed out, broken. */
const unavailableClasses = new Set(['08', '28', '3D', '53', '57', '58', 'XX'])
const unavailableStates = new Set(['25006', '25P03', '55P03'])

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
  const isUnavailable = unavailableStates.has(state) || unavailableClasses.has(state.slice(0, 2))
  return isUnavailable ? unavailable(error) : error
}

function unavailable(cause: Error): CardinalError {
  return new CardinalError('ServiceUnavailable', 'The database is out of reach or cannot work.', { cause })
}
