import { type Kysely, sql } from 'kysely'
import type { Database } from '../database.ts'
import type { RowLock } from './row-lock.ts'

/**
 * Keeps others from changing a table, and from locking it too, until this transaction ends; they can read on. For what
 * is made only where there is none yet: no row is there to be locked.
 */
export async function lockTable(
  db: Kysely<Database>,
  table: keyof Database,
  rowLock: RowLock,
): Promise<void> {
  if (rowLock === 'none') return
  await sql`lock table ${sql.table(table)} in share row exclusive mode`.execute(db)
}
