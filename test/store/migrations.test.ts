import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { type ColumnTypes, postgresColumnTypes, sqliteColumnTypes } from '../../src/store/column-types.ts'
import { migrationSteps } from '../../src/store/migrations.ts'
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
  describeMigrations('PostgreSQL', postgresColumnTypes, () => async sql => (await client.query(sql)).rows)
})
