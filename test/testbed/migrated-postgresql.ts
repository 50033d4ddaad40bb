import { before } from 'node:test'
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts'
import { onPostgresql } from './on-postgresql.ts'

/**
 * Describes tests for which a server runs that is theirs alone.
 *
 * @param describeTests gets what makes a database with today's schema, and resolves to its URL
 */
export function onMigratedPostgresql(describeTests: (createDatabase: () => Promise<string>) => void): void {
  onPostgresql(createDatabase => {
    let migrated: string
    before(async () => {
      migrated = await createDatabase()
      const store = await openPostgresStore({ url: migrated })
      await store.migrate()
      await store.close()
    })

    describeTests(() => createDatabase(migrated))
  })
}
