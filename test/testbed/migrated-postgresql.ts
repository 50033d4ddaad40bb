import { after, before, describe } from 'node:test'
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts'
import { leftOutWithout } from './left-out.ts'
import { type Postgresql, startPostgresql } from './postgresql.ts'

/**
 * Describes tests for which a server runs that is theirs alone.
 *
 * @param describeTests gets what makes a database with today's schema, and resolves to its URL
 */
export function onMigratedPostgresql(describeTests: (createDatabase: () => Promise<string>) => void): void {
  describe('on a PostgreSQL server', { skip: leftOutWithout('postgresql') }, () => {
    let server: Postgresql
    let migrated: string

    before(async () => {
      server = await startPostgresql()
      migrated = await server.createDatabase()
      const store = await openPostgresStore({ url: migrated })
      await store.migrate()
      await store.close()
    })
    after(() => server.stop())

    describeTests(() => server.createDatabase(migrated))
  })
}
