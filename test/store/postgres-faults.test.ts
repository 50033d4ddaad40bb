import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import { migrationSteps } from '../../src/store/migrations.ts'
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts'
import { onPostgresql } from '../testbed/on-postgresql.ts'
import { startPostgresql } from '../testbed/postgresql.ts'
import { sampleUser } from './records.ts'
import { audited, withCode } from './store-contract.ts'

const unavailable = withCode('ServiceUnavailable')

onPostgresql(createDatabase => {
  const openStore = async (t: TestContext, poolSize?: number) => {
    const url = await createDatabase()
    const store = await openPostgresStore({ url, ...(poolSize === undefined ? {} : { poolSize }) })
    t.after(() => store.close())
    await store.migrate()
    return { url, store }
  }

  test('migrates once when several processes start at the same time', async t => {
    const url = await createDatabase()
    const stores = await Promise.all([1, 2, 3].map(() => openPostgresStore({ url })))
    t.after(() => Promise.all(stores.map(store => store.close())))
    const applied = await Promise.all(stores.map(store => store.migrate()))
    assert.deepEqual(applied.flat(), Object.keys(migrationSteps))
    for (const store of stores) await store.check()
  })

  test('migrates by a single connection', async t => {
    const url = await createDatabase()
    const store = await openPostgresStore({ url, poolSize: 1 })
    t.after(() => store.close())
    assert.deepEqual(await store.migrate(), Object.keys(migrationSteps))
  })

  test('opens no more connections than the pool may have', async t => {
    const { url, store } = await openStore(t, 3)
    await Promise.all(Array.from({ length: 30 }, () => store.reader.findUser('nobody')))
    const [row] = await query(
      url,
      "select count(*)::int as count from pg_stat_activity where application_name = 'cardinal' and datname = current_database()",
    )
    assert.deepEqual({ ...row }, { count: 3 })
  })

  test('answers ServiceUnavailable where the connection breaks within a transaction, and recovers', async t => {
    const { url, store } = await openStore(t, 2)
    const user = sampleUser()
    await assert.rejects(
      audited(store, async tx => {
        await tx.saveUser(user)
        await breakConnections(url)
        await tx.findUser(user.uuid)
      }),
      unavailable,
    )
    assert.equal(await store.reader.findUser(user.uuid), null)
    await audited(store, tx => tx.saveUser(user))
    assert.deepEqual(await store.reader.findUser(user.uuid), user)
  })

  test('answers ServiceUnavailable where the connection breaks before the commit', async t => {
    const { url, store } = await openStore(t)
    const user = sampleUser()
    await assert.rejects(
      audited(store, async tx => {
        await tx.saveUser(user)
        await breakConnections(url)
      }),
      unavailable,
    )
    assert.equal(await store.reader.findUser(user.uuid), null)
  })

  test('outlives the loss of its idle connections', async t => {
    const { url, store } = await openStore(t)
    await breakConnections(url)
    await store.reader.findUser('nobody').catch(error => assert.ok(unavailable(error)))
    await store.check()
  })

  test('answers ServiceUnavailable while there is no server', async () => {
    const another = await startPostgresql()
    const url = await another.createDatabase()
    const store = await openPostgresStore({ url })
    await store.migrate()
    await another.stop()
    await assert.rejects(store.check(), unavailable)
    await assert.rejects(store.reader.findUser('nobody'), unavailable)
    await assert.rejects(
      audited(store, tx => tx.saveUser(sampleUser())),
      unavailable,
    )
    await assert.rejects(openPostgresStore({ url }), unavailable)
    await store.close()
  })

  test('never shows the password of a URL that it cannot read', async () => {
    await assert.rejects(openPostgresStore({ url: 'postgres://user:secret@[' }), error => {
      assert.ok(error instanceof Error)
      assert.doesNotMatch(`${error.message} ${JSON.stringify(error)} ${error.stack}`, /secret/)
      return error.cause === undefined
    })
  })

  test('sorts by bytes whatever the collation of the database', async t => {
    const { url, store } = await openStore(t)
    await audited(store, async tx => {
      for (const trustee of ['b', 'B', 'a', 'ä']) await tx.saveRoleAssignment({ role: 'auditor', trustee })
    })
    const collations = await query(
      url,
      "select distinct collation_name as name from information_schema.columns where table_schema = 'public' and data_type = 'text'",
    )
    assert.deepEqual(
      collations.map(row => ({ ...row })),
      [{ name: 'C' }],
    )
  })
})

async function query(url: string, sql: string): Promise<object[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query(sql).finally(() => client.end())
  return rows
}

async function breakConnections(url: string): Promise<void> {
  await query(
    url,
    "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'cardinal' and datname = current_database()",
  )
}
