import { after, before, describe } from 'node:test'
import { leftOutWithout } from './left-out.ts'
import { type Postgresql, startPostgresql } from './postgresql.ts'

/**
 * Describes tests for which a server runs that is theirs alone.
 *
 * @param describeTests gets what makes a database, empty or a copy of another one, and resolves to its URL
 */
export function onPostgresql(
  describeTests: (createDatabase: (template?: string) => Promise<string>) => void,
): void {
  describe('on a PostgreSQL server', { skip: leftOutWithout('postgresql') }, () => {
    let server: Postgresql
    before(async () => {
      server = await startPostgresql()
    })

    describeTests(template => server.createDatabase(template))
    // What comes after the tests comes in the order of this file: they leave first.
    after(() => server?.stop())
  })
}
