import { after, before, test } from 'node:test'
import type { OpenStore } from '../../src/store/assemble-store.ts'
import { openPostgresStore } from '../../src/store/open-postgres-store.ts'
import { leavesPostgresqlOut, type Postgresql, startPostgresql } from '../testbed/postgresql.ts'
import { describeStore } from './store-contract.ts'

if (leavesPostgresqlOut()) {
  test('LEFT OUT: the store on PostgreSQL, which is not installed', t =>
    t.diagnostic('LEFT OUT: nothing here shows that the store works on PostgreSQL.'))
} else {
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

  describeStore('PostgreSQL', async t => {
    const url = await server.createDatabase(migrated)
    const opened: OpenStore[] = []
    t.after(async () => {
      for (const store of opened) await store.close()
    })
    const openAgain = async () => {
      const store = await openPostgresStore({ url })
      opened.push(store)
      return store
    }
    return { store: await openAgain(), openAgain }
  })
}
