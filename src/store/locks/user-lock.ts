import { type Kysely, sql } from 'kysely'
import type { Database } from '../database.ts'
import type { RowLock } from './row-lock.ts'

/** Sets these locks apart from others of two numbers. */
const lockSpace = 1
/**
 * A transaction may lock everybody, and locks are kept in memory that is shared and small: some thousands for all
 * connections (max_locks_per_transaction).
 */
const mostLocks = 1024

/** Users of a directory have no row that could be locked. Two users whose numbers are alike wait for each other. */
export async function lockUser(db: Kysely<Database>, uuid: string, rowLock: RowLock): Promise<void> {
  if (rowLock === 'none') return
  await sql`select pg_advisory_xact_lock(${sql.lit(lockSpace)}, hashtext(${uuid}) & ${sql.lit(mostLocks - 1)})`.execute(
    db,
  )
}
