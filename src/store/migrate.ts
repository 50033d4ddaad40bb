import type { Transaction } from 'kysely'
import { Migrator } from 'kysely/migration'
import { CardinalError } from '../domain/error.ts'
import type { ColumnTypes } from './column-types.ts'
import type { Database } from './database.ts'
import { migrations } from './migrations.ts'

/**
 * Brings the schema up to date and returns the names of the steps that were applied. All of them are kept, or none.
 * The transaction must already hold the engine's lock against a second process that does the same.
 *
 * @throws what a failed step threw; CardinalError ServiceUnavailable where the database was written by a newer version
 */
export async function migrate(
  transaction: Transaction<Database>,
  types: ColumnTypes,
): Promise<readonly string[]> {
  const migrator = new Migrator({
    db: transaction,
    provider: { getMigrations: async () => migrations(types) },
  })
  const { error, results } = await migrator.migrateToLatest()
  if (error !== undefined) throw isOfNewerVersion(error) ? ofNewerVersion(error) : error
  return (results ?? []).map(result => result.migrationName)
}

/** Kysely has no name for it: a step was applied that this version does not know. */
function isOfNewerVersion(error: unknown): boolean {
  return error instanceof Error && /^corrupted migrations: previously executed migration/.test(error.message)
}

function ofNewerVersion(cause: unknown): CardinalError {
  return new CardinalError(
    'ServiceUnavailable',
    'The database was written by a newer version of Cardinal, and nothing was changed. Start that version, or restore ' +
      'the backup that was made before it was first started.',
    { cause },
  )
}
