import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { after, test } from 'node:test'
import { as } from '../http/server.ts'
import { issueFor, type PublishedCertificate, startGoldenServer } from './state.ts'

/** One published request and its response, as the files of `exchanges/` hold them. */
interface Exchange {
  readonly request: { readonly method: 'GET' | 'POST' | 'PUT'; readonly path: string; readonly body?: object }
  readonly response?: { readonly status: number; readonly body: unknown }
}

const folder = new URL('exchanges/', import.meta.url)
const pages = (await readdir(folder)).map(file => file.replace('.json', ''))
const read = async (page: string): Promise<Exchange> =>
  JSON.parse(await readFile(new URL(`${page}.json`, folder), 'utf8'))

async function certificatesOf(page: string): Promise<PublishedCertificate[]> {
  const exchange: { response: { body: PublishedCertificate[] } } = JSON.parse(
    await readFile(new URL(`${page}.json`, folder), 'utf8'),
  )
  return exchange.response.body
}

const server = await startGoldenServer({
  onCard: await certificatesOf('get-smartcard-profile-certificates-1'),
  ofAdministrator: await certificatesOf('get-user-certificates-1'),
})
after(() => server[Symbol.asyncDispose]())

const request = 'a9b4b42c-cc50-4c9b-89d1-bbc0bcd5a099'
const smartcard = '17cf063d-e337-4aa9-a822-346554ddd3c9'

interface Step {
  readonly page: string
  readonly account: string
  /** What the clock says, where the response shows it. */
  readonly at?: string
  /** The uuids that the response shows, in the order in which they are given out. */
  readonly uuids?: readonly string[]
  /** Does what no exchange does, and what this one presumes. */
  readonly before?: () => Promise<unknown>
  /** Takes the place of the comparison with the published body, where that cannot be equal. */
  readonly check?: (body: string) => void | Promise<void>
}

/** The exchanges in an order in which each finds what it presumes: one card's life, then what stands beside it. */
const steps: readonly Step[] = [
  { page: 'create-request-1', account: 'kim', at: '2015-07-07T23:36:21.930Z', uuids: [request] },
  { page: 'get-request-1', account: 'kim' },
  {
    page: 'assign-smartcard-to-request-1',
    account: 'kim',
    uuids: [smartcard, 'b99ff38c-6653-471f-ae3c-325bb351a6bc'],
  },
  { page: 'get-smartcard-data-2', account: 'kim' },
  {
    // The key comes from a secret of the server's own: its form can be compared, its value not.
    page: 'get-smartcard-diversified-admin-key-1',
    account: 'kim',
    check: body => {
      const key = Buffer.from(JSON.parse(body), 'base64')
      assert.equal(key.length, 24)
      assert.equal(JSON.stringify(key.toString('base64')), body)
      assert.ok([...key].every(byte => byte.toString(2).replaceAll('0', '').length % 2 === 1))
    },
  },
  { page: 'get-smartcard-authentication-response-1', account: 'kim' },
  { page: 'get-certificate-request-generation-options-1', account: 'kim' },
  {
    page: 'cancel-abandon-complete-request-1',
    account: 'kim',
    at: '2015-07-07T23:37:37.767Z',
    before: () => issueFor(server, request),
  },
  {
    page: 'create-request-2',
    account: 'kim',
    at: '2015-07-07T23:40:33.133Z',
    uuids: ['0c96d73f-967b-420e-854a-43ad2a1504bc'],
  },
  { page: 'get-request-2', account: 'kim' },
  {
    page: 'update-smartcard-status-1',
    account: 'kim',
    uuids: ['b105403d-d021-41ea-9f11-be3d677d229e'],
    before: () => play('kim', 'POST', '/api/v1.0/requests', { type: 'Retire', smartcard }),
  },
  { page: 'get-smartcard-data-1', account: 'kim' },
  { page: 'get-profile-state-operations-1', account: 'kim' },
  { page: 'get-smartcard-profile-certificates-1', account: 'kim' },
  { page: 'get-profile-data-1', account: 'petra' },
  { page: 'get-profile-templates-1', account: 'administrator' },
  {
    // Keys are not archived by this release, so that ArchivedOnCa is false where the sample has it true.
    page: 'get-user-certificates-1',
    account: 'administrator',
    at: '2015-07-15T00:00:00.000Z',
    check: async body => {
      const published = JSON.stringify((await read('get-user-certificates-1')).response?.body)
      assert.equal(body, published.replaceAll('"ArchivedOnCa":true', '"ArchivedOnCa":false'))
    },
  },
  {
    // Published without its response.
    page: 'create-request-3',
    account: 'mona',
    check: async body => {
      const created = await play('mona', 'GET', `/${JSON.parse(body)}`)
      const { Priority, Comment, TargetUserUuid, DataCollection } = created.json()
      assert.equal(Priority, 4)
      assert.equal(Comment, 'LALALALA')
      assert.equal(TargetUserUuid, '97cc3493-f556-4c9b-9d8b-982434201527')
      assert.deepEqual(DataCollection, [
        { Name: 'name', Value: 'pavle' },
        { Name: 'city', Value: 'seattle' },
      ])
    },
  },
]

/** Names a correlation id of its own, so that the server draws no uuid for it. */
function play(account: string, method: 'GET' | 'POST' | 'PUT', url: string, payload?: object) {
  const headers = { ...as(account), 'x-correlation-id': randomUUID() }
  return server.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
}

for (const { page, account, at, uuids = [], before, check } of steps) {
  test(`answers ${page} as published`, async () => {
    const { request: published, response: expected } = await read(page)
    if (at !== undefined) server.clock.at = new Date(at)
    server.nextUuids.push(...uuids)
    await before?.()
    const response = await play(account, published.method, published.path, published.body)
    assert.equal(response.statusCode, expected?.status ?? 201, response.body)
    assert.equal(response.headers['content-type'], 'application/json; charset=utf-8')
    assert.equal(Number(response.headers['content-length']), Buffer.byteLength(response.body))
    // As text, not as objects: the order of properties and the form of every value are part of the contract.
    if (check === undefined) assert.equal(response.body, JSON.stringify(expected?.body))
    else await check(response.body)
  })
}

test('plays every published exchange', () => {
  assert.deepEqual(steps.map(({ page }) => page).sort(), pages.sort())
})
