import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, beforeEach, describe, test } from 'node:test'
import { as, startServer } from './server.ts'

const server = await startServer({}, undefined, { areDutiesSeparated: true })
after(() => server[Symbol.asyncDispose]())

const v2 = '/CertificateManagement/api/v2.0'
const url = `${v2}/api-tokens`
const requests = '/CertificateManagement/api/v1.0/requests'
const wanted = { name: 'nightly report', scopes: ['read', 'request'], expires: '2026-07-02T12:00:00Z' }

beforeEach(async () => {
  server.clock.at = new Date('2026-07-01T12:00:00.930Z')
  for (const { uuid } of await list(as('alice'))) await revoke(uuid, 'alice')
})

interface Shown {
  readonly uuid: string
  readonly token?: string
  readonly scopes: readonly string[]
  readonly expires: string
  readonly lastUsed: string | null
}

const post = (payload: object, headers = as('alice')) =>
  server.app.inject({ method: 'POST', url, headers, payload })

async function create(payload: object = wanted, headers = as('alice')): Promise<Required<Shown>> {
  const response = await post(payload, headers)
  assert.equal(response.statusCode, 201, response.body)
  return response.json()
}

async function list(headers: object, query = ''): Promise<Shown[]> {
  const response = await server.app.inject({ url: `${url}${query}`, headers: { ...headers } })
  assert.equal(response.statusCode, 200, response.body)
  return response.json()
}

async function revoke(uuid: string, account: string): Promise<number> {
  const response = await server.app.inject({ method: 'DELETE', url: `${url}/${uuid}`, headers: as(account) })
  return response.statusCode
}

const by = ({ token }: { token: string }) => ({ authorization: `Bearer ${token}` })

describe('an API token', () => {
  test('is shown to its owner once, and stored as its hash alone', async () => {
    const response = await post(wanted)
    const { token, ...created } = response.json()
    assert.match(token, /^cardinal_[A-Za-z0-9_-]{43}$/)
    assert.equal(response.headers.location, `${url}/${created.uuid}`)
    assert.equal(response.headers['cache-control'], 'no-store')
    const alice = await server.environment.directory.findUserByName('alice')
    assert.deepEqual(created, {
      uuid: created.uuid,
      userUuid: alice?.uuid,
      name: 'nightly report',
      scopes: ['read', 'request'],
      created: '2026-07-01T12:00:00.930Z',
      expires: '2026-07-02T12:00:00.000Z',
      lastUsed: null,
    })
    const listed = await server.app.inject({ url, headers: as('alice') })
    assert.deepEqual(listed.json(), [created])
    const hash = createHash('sha256').update(token).digest('hex')
    assert.ok((await server.store.reader.findApiToken(hash)) !== null)
    assert.ok(!listed.body.includes(token.slice(9)) && !listed.body.includes(hash))
  })

  test('signs its owner in, and shows when it was used last', async () => {
    const token = await create()
    server.clock.at = new Date('2026-07-01T13:00:00.000Z')
    assert.equal((await server.app.inject({ url: requests, headers: by(token) })).statusCode, 204)
    assert.equal((await list(as('alice')))[0]?.lastUsed, '2026-07-01T13:00:00.000Z')
  })

  test('begins no session and sets no cookie', async () => {
    const response = await server.app.inject({ url: requests, headers: by(await create()) })
    assert.equal(response.headers['set-cookie'], undefined)
  })

  test('is refused once it has expired, once it is revoked, and where it is another', async () => {
    const [expiring, revoked] = [await create(), await create({ ...wanted, expires: '2026-07-20T12:00:00Z' })]
    server.clock.at = new Date('2026-07-02T12:00:00.000Z')
    assert.equal(await revoke(revoked.uuid, 'alice'), 204)
    assert.equal(await revoke(revoked.uuid, 'alice'), 404)
    const answers = []
    for (const token of [expiring.token, revoked.token, `cardinal_${'A'.repeat(43)}`, 'cardinal_']) {
      const response = await server.app.inject({ url: requests, headers: by({ token }) })
      answers.push([response.statusCode, response.json().Message, response.headers['www-authenticate']])
    }
    for (const answer of answers) assert.deepEqual(answer, answers[0])
    assert.equal(answers[0]?.[0], 401)
  })

  test('reaches what its scopes name, and is told which one it lacks', async () => {
    const token = await create({ ...wanted, scopes: ['read'] })
    const response = await server.app.inject({
      method: 'POST',
      url: requests,
      headers: by(token),
      payload: { type: 'Enroll' },
    })
    assert.equal(response.statusCode, 403)
    assert.match(
      response.json().Message,
      /^The API token does not reach this\. Use one .* Rule: scope request\.$/,
    )
  })

  for (const [method, path] of [
    ['POST', 'session'],
    ['GET', 'sessions'],
    ['DELETE', 'sessions'],
    ['GET', 'api-tokens'],
    ['POST', 'api-tokens'],
  ] as const) {
    test(`does nothing that a person does: ${method} ${path}`, async () => {
      const token = await create({
        ...wanted,
        scopes: ['read', 'request', 'approve', 'card-secret', 'administer'],
      })
      const response = await server.app.inject({
        method,
        url: `${v2}/${path}`,
        headers: by(token),
        payload: wanted,
      })
      assert.equal(response.statusCode, 403)
      assert.match(response.json().Message, /Rule: personal sign-in\.$/)
    })
  }

  test('says whose it is, so that a program knows for whom it works', async () => {
    const token = await create({ ...wanted, scopes: ['read'] })
    const response = await server.app.inject({ url: `${v2}/session`, headers: by(token) })
    assert.equal(response.json().user.account, 'CONTOSO\\alice')
  })

  test('holds no scope that its owner does not reach, and none that the owner has lost since', async () => {
    const refused = await post({ ...wanted, scopes: ['approve'] }, as('admin'))
    assert.equal(refused.statusCode, 403)
    assert.match(refused.json().Message, /Rule: scope approve\.$/)
    const token = await create({ ...wanted, scopes: ['request'] }, as('heidi'))
    const heidi = await server.environment.directory.findUserByName('heidi')
    await server.store.transactor.transaction(async transaction => {
      await transaction.saveRoleAssignment({ role: 'auditor', trustee: heidi?.sid ?? '' })
      await transaction.audit({
        at: server.clock.at,
        action: 'organisation-imported',
        actorUuid: null,
        requestUuid: null,
        subject: 'test',
        facts: {},
        correlationId: null,
      })
    })
    const payload = { type: 'Enroll' }
    const response = await server.app.inject({ method: 'POST', url: requests, headers: by(token), payload })
    assert.equal(response.statusCode, 403)
  })
})

describe('creating an API token', () => {
  for (const [what, change] of [
    ['no name', { name: ' ' }],
    ['a long name', { name: 'x'.repeat(101) }],
    ['a control character in its name', { name: 'a\nb' }],
    ['half a character in its name', { name: '\ud800' }],
    ['no scope', { scopes: [] }],
    ['an unknown scope', { scopes: ['read', 'everything'] }],
    ['scopes that are no list', { scopes: 'read' }],
    ['no expiry', { expires: undefined }],
    ['null as expiry', { expires: null }],
    ['an expiry that is no date', { expires: 'tomorrow' }],
    ['a date without time', { expires: '2026-07-02' }],
    ['a time without offset', { expires: '2026-07-02T12:00:00' }],
    ['a month that is none', { expires: '2026-13-02T12:00:00Z' }],
    ['an expiry at this moment', { expires: '2026-07-01T12:00:00.930Z' }],
    ['an expiry after more than 366 days', { expires: '2027-07-02T12:00:00.931Z' }],
    ['an expiry far away', { expires: '9999-12-31T23:59:59Z' }],
  ] as const) {
    test(`is refused with ${what}`, async () => {
      const response = await post({ ...wanted, ...change }, as('bob'))
      assert.deepEqual([response.statusCode, response.json().ErrorCode], [400, 'InvalidParameter'])
    })
  }

  test('is possible for 366 days, with an offset, and with a scope named twice', async () => {
    const expires = '2027-07-02T14:00:00.930+02:00'
    const created = await create({ ...wanted, scopes: ['Read', 'read'], expires }, as('bob'))
    assert.deepEqual([created.expires, created.scopes], ['2027-07-02T12:00:00.930Z', ['read']])
  })

  test('ends at fifty, of which the expired ones do not count', async () => {
    const [first] = await Promise.all(Array.from({ length: 50 }, () => create(wanted, as('mona'))))
    const refused = await post(wanted, as('mona'))
    assert.deepEqual([refused.statusCode, refused.json().ErrorCode], [409, 'TooManyApiTokens'])
    assert.equal(await revoke(first?.uuid ?? '', 'mona'), 204)
    await create(wanted, as('mona'))
    assert.equal((await post(wanted, as('mona'))).statusCode, 409)
    server.clock.at = new Date('2026-07-02T12:00:00.001Z')
    await create({ ...wanted, expires: '2026-07-03T12:00:00Z' }, as('mona'))
    assert.equal((await list(as('mona'))).length, 1)
  })
})

describe('API tokens', () => {
  test('are listed and revoked by an administrator too, and by nobody else', async () => {
    const { uuid, token } = await create()
    for (const account of ['bob', 'mona', 'heidi']) {
      assert.equal(await revoke(uuid, account), 403)
      const listing = await server.app.inject({ url: `${url}?user=alice`, headers: as(account) })
      assert.equal(listing.statusCode, 403)
    }
    assert.deepEqual(
      (await list(as('admin'), '?user=alice')).map(({ uuid }) => uuid),
      [uuid],
    )
    assert.equal(await revoke(uuid, 'admin'), 204)
    assert.equal((await server.app.inject({ url: requests, headers: by({ token }) })).statusCode, 401)
  })
})
