import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createRequest } from '../../src/client/create-request.ts'
import { runWalkthrough } from '../../src/client/walkthrough/run-walkthrough.ts'
import { leftOutWithout } from '../testbed/left-out.ts'
import { type Postgresql, startPostgresql } from '../testbed/postgresql.ts'
import { type Settings, startServer, type TestServer } from '../testbed/server.ts'
import { type Ask, askPostgresql, askSqlite, assertBooksBalance } from './books.ts'
import { assertOpensslVerifies } from './openssl-verify.ts'
import { walkthroughWith } from './walkthrough-client.ts'

const publicUrl = { CARDINAL_PUBLIC_URL: 'http://pki.contoso.com' }

let folder: string
before(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'cardinal-several-'))
})
after(() => rmSync(folder, { recursive: true }))

describe('two servers that start at once on one empty data folder', () => {
  specifyTwoServers(async () => {
    const dataDir = path.join(folder, 'data')
    return { ask: askSqlite(path.join(dataDir, 'cardinal.sqlite')), dataDir, settings: {} }
  })
})

describe('two servers that start at once on one empty PostgreSQL database', {
  skip: leftOutWithout('postgresql'),
}, () => {
  let postgresql: Postgresql
  before(async () => {
    postgresql = await startPostgresql()
  })
  after(() => postgresql?.stop())
  specifyTwoServers(async () => {
    const url = await postgresql.createDatabase()
    const keyFile = path.join(folder, 'shared.key')
    writeFileSync(keyFile, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 })
    const settings = { CARDINAL_DATABASE_URL: url, CARDINAL_KEY_FILE: keyFile }
    return { ask: askPostgresql(url), dataDir: path.join(folder, 'of-postgresql'), settings }
  })
})

function specifyTwoServers(prepare: () => Promise<{ ask: Ask; dataDir: string; settings: Settings }>): void {
  let servers: readonly TestServer[] = []
  let ask: Ask
  before(async () => {
    const prepared = await prepare()
    ask = prepared.ask
    const options = { dataDir: prepared.dataDir, settings: { ...publicUrl, ...prepared.settings } }
    const starts = await Promise.allSettled([startServer(options), startServer(options)])
    servers = starts.flatMap(start => (start.status === 'fulfilled' ? [start.value] : []))
    for (const start of starts) if (start.status === 'rejected') throw start.reason
  })
  after(() => Promise.all(servers.map(server => server.remove())))

  test('share one pair of CAs and one set of accounts', async () => {
    const counts = await ask(
      'select (select count(*) from certification_authorities) as authorities, (select count(*) from users) as users',
    )
    assert.deepEqual(
      counts.map(({ authorities, users }) => [Number(authorities), Number(users)]),
      [[2, 5]],
    )
  })

  test('enroll cards side by side', async () => {
    const users = ['alice', 'bob', 'alice', 'bob']
    const results = await Promise.all(
      users.flatMap(user =>
        servers.map(async server => runWalkthrough(walkthroughWith(await server.clientOf(user)))),
      ),
    )
    for (const result of results) await assertOpensslVerifies(result)
    assert.equal(new Set(results.map(({ serialNumber }) => serialNumber)).size, users.length * servers.length)
    assert.equal(new Set(results.map(({ rootCertificatePem }) => rootCertificatePem)).size, 1)
    await assertBooksBalance(ask)
  })

  test("go on with each other's requests", async () => {
    const [first, second] = await Promise.all(servers.map(server => server.clientOf('alice')))
    assert.ok(first !== undefined && second !== undefined)
    const uuid = await createRequest(first, {
      type: 'Enroll',
      subject: { profiletemplateuuid: '12bd5120-86a2-4ee1-8d05-131066871578' },
    })
    assert.equal((await second.call('GET /v1.0/requests/{id}', { path: { id: uuid } }))?.Uuid, uuid)
    const endings = await Promise.allSettled([
      first.call('PUT /v1.0/requests/{id}', { path: { id: uuid }, body: { status: 'Canceled' } }),
      second.call('PUT /v1.0/requests/{id}', { path: { id: uuid }, body: { status: 'Canceled' } }),
    ])
    assert.deepEqual(endings.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  })
}
