import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { CardinalError } from '../../src/domain/error.ts'
import type { OpenStore } from '../../src/store/assemble-store.ts'
import { type ColumnTypes, postgresColumnTypes, sqliteColumnTypes } from '../../src/store/column-types.ts'
import { migrationSteps } from '../../src/store/migrations.ts'
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { onPostgresql } from '../testbed/on-postgresql.ts'

/** Runs one statement; the rows that it finds. */
type Run = (sql: string) => Promise<readonly object[]>

/** Cards whose PUKs were told before it was written down to whom: never, to an open request, and all confirmed. */
const cards = [
  "('new', null, 'PIV-AES-192', 0, null)",
  "('told', 1, 'PIV-AES-192', 0, 'enrolling')",
  "('told-again', 1, 'PIV-AES-192', 4, 'unblocking')",
  "('confirmed', 1, 'PIV-AES-192', 5, null)",
]

function describeMigrations(engine: string, types: ColumnTypes, run: () => Run): void {
  test(`${engine}: PUKs that an earlier release told stay told`, async () => {
    const [told, ...later] = Object.entries(migrationSteps).filter(([name]) => name >= '0005')
    const earlier = Object.entries(migrationSteps).filter(([name]) => name < '0005')
    for (const [, statements] of earlier) for (const statement of statements(types)) await run()(statement)
    await run()(
      'insert into physical_cards (card_id, master_key_version, admin_key_type, unblocking_key_generation, ' +
        `unblocking_key_request_uuid) values ${cards.join(', ')}`,
    )
    for (const [, statements] of [told ?? assert.fail(), ...later]) {
      for (const statement of statements(types)) await run()(statement)
    }
    const rows = await run()('select card_id, request_uuid, generation from told_unblocking_keys order by 1')
    assert.deepEqual(
      rows.map(row => Object.values(row).map(String)),
      [
        ['told', 'enrolling', '1'],
        ['told-again', 'unblocking', '5'],
      ],
    )
    const generations = await run()('select unblocking_key_generation from physical_cards order by card_id')
    assert.deepEqual(
      generations.map(row => Object.values(row).map(String)),
      [['5'], ['0'], ['0'], ['4']],
    )
  })
}

async function refusesNewer(store: OpenStore, run: Run): Promise<void> {
  await store.migrate()
  await run(
    "insert into kysely_migration (name, timestamp) values ('9999-future', '2040-01-01T00:00:00.000Z')",
  )
  await assert.rejects(store.migrate(), error => {
    assert.ok(error instanceof CardinalError)
    assert.equal(error.code, 'ServiceUnavailable')
    assert.match(
      error.message,
      /^The database was written by a newer version of Cardinal.* restore the backup /,
    )
    return true
  })
}

test('SQLite: a database of a newer release is refused in a sentence', async t => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cardinal-newer-'))
  const file = path.join(folder, 'cardinal.sqlite')
  const store = await openSqliteStore({ file })
  t.after(async () => {
    await store.close()
    await rm(folder, { recursive: true })
  })
  await refusesNewer(store, async sql => {
    using database = new DatabaseSync(file)
    return [database.prepare(sql).run()]
  })
})

const sqlite = new DatabaseSync(':memory:')
describeMigrations('SQLite', sqliteColumnTypes, () => async sql => {
  const statement = sqlite.prepare(sql)
  return sql.startsWith('select') ? statement.all() : [statement.run()]
})

onPostgresql(createDatabase => {
  let client: pg.Client
  before(async () => {
    client = new pg.Client({ connectionString: await createDatabase() })
    await client.connect()
  })
  after(() => client?.end())
  test('PostgreSQL: a database of a newer release is refused in a sentence', async t => {
    const url = await createDatabase()
    const store = await openPostgresStore({ url })
    const other = new pg.Client({ connectionString: url })
    await other.connect()
    t.after(() => Promise.all([store.close(), other.end()]))
    await refusesNewer(store, async sql => (await other.query(sql)).rows)
  })

  describeMigrations('PostgreSQL', postgresColumnTypes, () => async sql => (await client.query(sql)).rows)
})
