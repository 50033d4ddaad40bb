import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { endedSessionCookie, sessionCookie, sessionTokenOf } from '../../src/http/sign-in/session-cookie.ts'
import { as, startServer } from './server.ts'

const server = await startServer()
after(() => server[Symbol.asyncDispose]())

const url = '/CertificateManagement/api/v2.0/session'
const requests = '/CertificateManagement/api/v1.0/requests'
const unknown = 'ffffffff-ffff-4fff-bfff-ffffffffffff'

async function signIn(account: string): Promise<{ cookie: string }> {
  const response = await server.app.inject({ method: 'POST', url, headers: as(account) })
  assert.equal(response.statusCode, 200)
  return { cookie: String(response.headers['set-cookie']).split(';')[0] ?? '' }
}

test('asks for credentials by one header for each way to sign in', async () => {
  for (const headers of [
    {},
    { authorization: 'Other x' },
    { cookie: 'cardinal_session=forged' },
    { cookie: 'a=b' },
  ]) {
    const response = await server.app.inject({ url: requests, headers })
    assert.equal(response.statusCode, 401)
    assert.equal(response.json().ErrorCode, 'NotSignedIn')
    assert.deepEqual(response.headers['www-authenticate'], [
      'Basic realm="Cardinal", charset="UTF-8"',
      'Negotiate',
      'Bearer realm="Cardinal"',
    ])
  }
})

test('says of a bearer token that was refused that it is invalid, and no more, whatever is wrong with it', async () => {
  for (const token of [`cardinal_${'A'.repeat(43)}`, 'cardinal_', 'a.b.c', '"', 'a b']) {
    const response = await server.app.inject({
      url: requests,
      headers: { authorization: `Bearer ${token}` },
    })
    assert.equal(response.statusCode, 401)
    assert.deepEqual(response.headers['www-authenticate'], [
      'Basic realm="Cardinal", charset="UTF-8"',
      'Negotiate',
      'Bearer realm="Cardinal", error="invalid_token"',
    ])
  }
})

test('asks for credentials before it reads a body', async () => {
  const headers = { 'content-type': 'application/json' }
  for (const payload of ['{"type":', 'x'.repeat(2_000_000)]) {
    const response = await server.app.inject({ method: 'POST', url: requests, headers, payload })
    assert.equal(response.statusCode, 401)
  }
})

test('begins a session, answers by its cookie, and ends it', async () => {
  const begun = await server.app.inject({ method: 'POST', url, headers: as('mona') })
  const { user, roles } = begun.json()
  assert.equal(user.account, 'CONTOSO\\mona')
  assert.deepEqual(roles, ['manager'])
  assert.match(
    String(begun.headers['set-cookie']),
    /^cardinal_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
  )
  const cookie = String(begun.headers['set-cookie']).split(';')[0] ?? ''
  const read = await server.app.inject({ url, headers: { cookie: `theme=dark; ${cookie}` } })
  assert.equal(read.json().user.account, 'CONTOSO\\mona')
  const ended = await server.app.inject({ method: 'DELETE', url, headers: { cookie } })
  assert.equal(ended.statusCode, 204)
  assert.match(String(ended.headers['set-cookie']), /^cardinal_session=; .*Max-Age=0$/)
  assert.equal((await server.app.inject({ url, headers: { cookie } })).statusCode, 401)
})

test('ends a session that is not there', async () => {
  assert.equal((await server.app.inject({ method: 'DELETE', url })).statusCode, 204)
})

test('begins no session by a cookie', async () => {
  const headers = { ...(await signIn('alice')), 'sec-fetch-site': 'same-origin' }
  const response = await server.app.inject({ method: 'POST', url, headers })
  assert.equal(response.statusCode, 401)
})

test('marks the cookie Secure where it is for TLS alone', async () => {
  await using secure = await startServer({ secureCookies: true })
  const response = await secure.app.inject({ method: 'POST', url, headers: as('alice') })
  assert.match(String(response.headers['set-cookie']), /; Secure$/)
})

for (const [what, headers, status] of [
  ['a page of another site', { 'sec-fetch-site': 'cross-site' }, 403],
  ['a page of a sister site', { 'sec-fetch-site': 'same-site' }, 403],
  ['another origin', { origin: 'https://evil.example' }, 403],
  ['no origin at all', { origin: 'null' }, 403],
  ['another port', { origin: 'http://localhost:8080' }, 403],
  ['the same origin', { origin: 'http://localhost:80' }, 404],
  ['a page of our own', { 'sec-fetch-site': 'same-origin', origin: 'http://localhost' }, 404],
  ['the user', { 'sec-fetch-site': 'none' }, 404],
  ['no browser', {}, 404],
] as const) {
  test(`${status === 403 ? 'refuses' : 'takes'} a change that comes from ${what}`, async () => {
    for (const credentials of [await signIn('alice'), as('alice')]) {
      const response = await server.app.inject({
        method: 'PUT',
        url: `${requests}/${unknown}`,
        headers: { host: 'localhost', ...credentials, ...headers },
        payload: { status: 'Completed' },
      })
      assert.equal(response.statusCode, status, response.body)
      assert.equal(response.json().ErrorCode, status === 403 ? 'NotPermitted' : 'RequestNotFound')
    }
  })
}

test('refuses a POST by cookie that neither says where it comes from nor has a JSON body', async () => {
  const cookie = await signIn('alice')
  for (const type of [undefined, 'text/plain', 'application/x-www-form-urlencoded']) {
    const headers = { ...cookie, ...(type === undefined ? {} : { 'content-type': type }) }
    const response = await server.app.inject({ method: 'POST', url: requests, headers, payload: '{}' })
    assert.equal(response.statusCode, 403)
  }
  const headers = { ...cookie, 'content-type': 'application/json; charset=utf-8' }
  const response = await server.app.inject({ method: 'POST', url: requests, headers, payload: '{}' })
  assert.equal(response.json().ErrorCode, 'InvalidParameter')
})

test('refuses such a POST by Kerberos ticket too, which a browser adds by itself', async () => {
  const call = (authorization: string) =>
    server.app.inject({
      method: 'POST',
      url: requests,
      headers: { authorization, 'content-type': 'text/plain' },
      payload: '{}',
    })
  assert.equal((await call('Negotiate YII=')).statusCode, 403)
  assert.notEqual((await call('Bearer x')).statusCode, 403)
})

test('lets a page of another site read nothing but what it may: a GET changes no session', async () => {
  const headers = { ...(await signIn('alice')), 'sec-fetch-site': 'cross-site' }
  assert.equal((await server.app.inject({ url: requests, headers })).statusCode, 204)
})

test('finds its cookie among others', () => {
  assert.equal(sessionTokenOf('a=b;cardinal_session=t0; c=d', false), 't0')
  for (const none of [undefined, '', 'a=b', 'xcardinal_session=t', 'cardinal_session=', '=t', ';;']) {
    assert.equal(sessionTokenOf(none, false), null)
  }
  assert.equal(sessionTokenOf(sessionCookie('t0', true), true), 't0')
  assert.equal(sessionTokenOf(endedSessionCookie(true), true), null)
})

test('takes over TLS no cookie that another host can have planted', () => {
  assert.match(sessionCookie('t0', true), /^__Host-cardinal_session=t0; Path=\/; (?!.*Domain=).*; Secure$/)
  assert.equal(sessionTokenOf('cardinal_session=planted; __Host-cardinal_session=t0', true), 't0')
  assert.equal(sessionTokenOf('cardinal_session=planted', true), null)
})
