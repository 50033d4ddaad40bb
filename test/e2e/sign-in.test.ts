import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startServer, type TestServer } from '../testbed/server.ts'
import { basic } from './session.ts'

const v2 = '/CertificateManagement/api/v2.0'
const bearerChallenge = 'Bearer realm="Cardinal"'
const basicChallenge = 'Basic realm="Cardinal", charset="UTF-8"'

const expires = new Date(Date.now() + 3_600_000).toISOString()

async function headersOf(server: TestServer, user: string): Promise<{ authorization: string }> {
  return { authorization: basic(user, await server.passwordOf(user)) }
}

describe('a server that separates duties', () => {
  let server: TestServer
  before(async () => {
    server = await startServer({ settings: { CARDINAL_SEPARATION_OF_DUTIES: 'true' } })
  })
  after(() => server.remove())

  const call = (path: string, init: RequestInit = {}) => fetch(`${server.url}${v2}${path}`, init)
  const post = (path: string, headers: Record<string, string>, body: object) =>
    call(path, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })

  test('offers passwords before API tokens', async () => {
    const { status, headers } = await call('/session')
    assert.deepEqual(
      [status, headers.get('www-authenticate')],
      [401, `${basicChallenge}, ${bearerChallenge}`],
    )
  })

  test('answers unknown names, wrong passwords, tokens and sessions alike, but for the scheme', async () => {
    const messageOf = async (headers: Record<string, string>) => {
      const answer = await call('/session', { headers })
      assert.equal(answer.status, 401)
      return JSON.parse(await answer.text()).Message
    }
    const wrong = await messageOf({ authorization: basic('alice', 'wrong') })
    assert.equal(await messageOf({ authorization: basic('nobody', 'wrong') }), wrong)
    const token = await messageOf({ authorization: `Bearer cardinal_${'A'.repeat(43)}` })
    assert.equal(await messageOf({ authorization: 'Bearer cardinal_' }), token)
    const ended = await messageOf({ cookie: `cardinal_session=${'A'.repeat(43)}` })
    assert.equal(await messageOf({ cookie: 'cardinal_session=x' }), ended)
  })

  test('takes an API token that its owner created, and refuses it once it is revoked', async () => {
    const owner = await headersOf(server, 'alice')
    const created = await post('/api-tokens', owner, { name: 'report', scopes: ['read'], expires })
    const { uuid, token } = JSON.parse(await created.text())
    const templates = `${server.url}/CertificateManagement/api/v1.0/profiletemplates`
    const headers = { authorization: `Bearer ${token}` }
    assert.equal((await fetch(templates, { headers })).status, 200)
    assert.equal((await call(`/api-tokens/${uuid}`, { method: 'DELETE', headers: owner })).status, 204)
    assert.equal((await fetch(templates, { headers })).status, 401)
    await server.untilSaid(/"reason":"unknown-api-token"/)
    assert.ok(!server.output().includes(token))
  })

  test('lets an administrator approve nothing, neither by password nor by session', async () => {
    const admin = await headersOf(server, 'admin')
    const begun = await call('/session', { method: 'POST', headers: admin })
    const cookie = begun.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const path = '/requests/ffffffff-ffff-4fff-bfff-ffffffffffff/approvals'
    for (const headers of [admin, { cookie }]) {
      const answer = await post(path, headers, { decision: 'Approve' })
      assert.equal(answer.status, 403)
      assert.match(JSON.parse(await answer.text()).Message, /^Duties are separated.* Rule: scope approve\.$/)
    }
    const byManager = await post(path, await headersOf(server, 'mona'), { decision: 'Approve' })
    assert.equal(byManager.status, 404)
  })
})

describe('a server that takes no passwords', () => {
  let server: TestServer
  before(async () => {
    server = await startServer({ settings: { CARDINAL_BASIC_ENABLED: 'false' } })
  })
  after(() => server.remove())

  test('does not offer them, nor takes the right one', async () => {
    const headers = await headersOf(server, 'alice')
    for (const init of [{}, { headers }]) {
      const answer = await fetch(`${server.url}${v2}/session`, init)
      assert.deepEqual([answer.status, answer.headers.get('www-authenticate')], [401, bearerChallenge])
    }
  })
})
