import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import pg from 'pg'
import type { OpenStore } from '../../src/store/assemble-store.ts'
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts'
import { onMigratedPostgresql } from '../testbed/migrated-postgresql.ts'
import { describeStore } from './store-contract.ts'

onMigratedPostgresql(createDatabase => {
  let url: string
  before(async () => {
    url = await createDatabase()
  })

  test('takes no more locks for many users than PostgreSQL has room for', async () => {
    const store = await openPostgresStore({ url })
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      await store.transactor.transaction(async transaction => {
        for (let user = 0; user < 1500; user++) await transaction.lockUser(`user ${user}`)
        const { rows } = await client.query<{ held: number }>(
          "select count(*)::integer as held from pg_locks where locktype = 'advisory' and objsubid = 2",
        )
        const [{ held } = { held: 0 }] = rows
        assert.ok(held > 600 && held <= 1024, `${held} locks`)
      })
    } finally {
      await client.end()
      await store.close()
    }
  })

  describeStore('PostgreSQL', async t => {
    const opened: OpenStore[] = []
    t.after(async () => {
      for (const store of opened) await store.close()
      await emptyEveryTable(url)
    })
    const openAgain = async () => {
      const store = await openPostgresStore({ url })
      opened.push(store)
      return store
    }
    return { store: await openAgain(), openAgain }
  })
})

/** A database for every test would be cleaner and takes twenty times as long. As a replica, without foreign keys. */
async function emptyEveryTable(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public' and tablename not like 'kysely%'",
  )
  const deletions = rows.map(({ name }) => `delete from ${name}`)
  await client
    .query(['begin', 'set local session_replication_role = replica', ...deletions, 'commit'].join(';'))
    .finally(() => client.end())
}
