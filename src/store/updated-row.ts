import type { UpdateResult } from 'kysely'

/** Throws where an update met no row: the caller changed what it never read. */
export function requireUpdatedRow(result: UpdateResult, what: string): void {
  if (result.numUpdatedRows === 0n) throw new Error(`There is no ${what} to update.`)
}
