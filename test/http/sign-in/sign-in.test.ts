import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import fc from 'fast-check'
import { pino } from 'pino'
import { CardinalError } from '../../../src/domain/error.ts'
import { continuePage, failurePage } from '../../../src/http/sign-in/sign-in-page.ts'
import { notSignedInPage, signedInPage } from '../../../src/http/sign-in/signed-in-page.ts'
import { notSignedOutPage, signedOutPage } from '../../../src/http/sign-in/signed-out-page.ts'
import type { BrowserSignIn } from '../../../src/workflows/ports/browser-sign-in.ts'
import { as, startServer } from '../server.ts'

const asked: { query: string; transaction: string | null }[] = []

/** The provider's side of the routes; what it really does is tested with a real provider. */
const browserSignIn: BrowserSignIn = {
  begin: async returnTo => ({
    location: `https://login.example/?to=${encodeURIComponent(returnTo)}`,
    transaction: 'sealed',
  }),
  async finish(query, transaction) {
    asked.push({ query, transaction })
    const fault = /\?(client-[a-z-]+)/.exec(query)?.[1]
    if (fault !== undefined) {
      const cause = Object.assign(new Error('write another secret'), { reason: fault })
      throw new CardinalError('ServiceUnavailable', 'detail that nobody is told', { cause })
    }
    if (query.includes('down')) throw new CardinalError('ServiceUnavailable', 'detail that nobody is told')
    if (query.includes('throttled'))
      throw new CardinalError('SignInThrottled', 'detail that nobody is told', { retryAfter: 7 })
    if (query.includes('fault')) throw new TypeError('detail that nobody is told')
    const user = await server.environment.directory.findUserByName('alice')
    if (transaction !== 'sealed' || user === null)
      throw new CardinalError('NotSignedIn', 'detail that nobody is told')
    return { user, scheme: 'openid-connect', returnTo: `/requests?a="><script>&b='`, signOutHint: 'hint' }
  },
  signOutLocation: async hint => `https://login.example/end?hint=${hint}`,
}

const logged: { readonly level: number; readonly reason?: string; readonly cause?: string }[] = []
const server = await startServer({
  browserSignIn,
  secureCookies: true,
  logger: pino({ level: 'info' }, { write: line => void logged.push(JSON.parse(line)) }),
})
after(() => server[Symbol.asyncDispose]())

const get = (url: string, cookie = '__Host-cardinal_sign_in=sealed') =>
  server.app.inject({ url, headers: { cookie } })
const cookiesOf = (response: { headers: { 'set-cookie'?: string | string[] | undefined } }) =>
  [response.headers['set-cookie'] ?? []].flat()

describe('GET /sign-in', () => {
  test('leads to the provider, and leaves a cookie that comes back from there, for ten minutes', async () => {
    const response = await get('/sign-in?return=/requests')
    assert.equal(response.statusCode, 303)
    assert.equal(response.headers.location, 'https://login.example/?to=%2Frequests')
    assert.deepEqual(cookiesOf(response), [
      '__Host-cardinal_sign_in=sealed; Path=/; HttpOnly; SameSite=Lax; Max-Age=600; Secure',
    ])
  })

  test('begins at the first page where nothing is asked for', async () => {
    assert.equal((await get('/sign-in')).headers.location, 'https://login.example/?to=%2F')
  })
})

describe('GET /sign-in/callback', () => {
  test('begins a session of its own making, whatever cookie the browser had', async () => {
    const planted =
      '__Host-cardinal_session=planted; cardinal_sign_in=planted; __Host-cardinal_sign_in=sealed'
    const response = await get('/sign-in/callback?code=c&state=s', planted)
    assert.equal(response.statusCode, 200)
    assert.deepEqual(asked.at(-1), { query: '?code=c&state=s', transaction: 'sealed' })
    const [session = '', ...others] = cookiesOf(response)
    assert.match(
      session,
      /^__Host-cardinal_session=[\w-]{22,43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
    )
    assert.deepEqual(others, [
      'cardinal_sign_out=hint; Path=/sign-out; HttpOnly; SameSite=Strict; Secure',
      '__Host-cardinal_sign_in=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure',
    ])
    const cookie = session.split(';')[0] ?? ''
    const signedIn = await server.app.inject({
      url: '/CertificateManagement/api/v2.0/session',
      headers: { cookie },
    })
    assert.equal(signedIn.json().user.account, 'CONTOSO\\alice')
  })

  test('answers a page that runs nothing, escapes what it shows, and is not kept', async () => {
    const { headers, body } = await get('/sign-in/callback?code=c')
    assert.match(String(headers['content-type']), /^text\/html/)
    assert.match(
      String(headers['content-security-policy']),
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'/,
    )
    assert.equal(headers['cache-control'], 'no-store')
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.ok(!body.includes('<script') && body.includes('&quot;&gt;&lt;script&gt;'))
  })

  for (const [what, query, cookie, status] of [
    ['a refusal by 403', '?error=access_denied&error_description=<b>secret</b>', '', 403],
    ['a provider that is down by 503', '?down', '__Host-cardinal_sign_in=sealed', 503],
    ['somebody who has to wait by 429', '?throttled', '__Host-cardinal_sign_in=sealed', 429],
    ['a fault of our own by 500', '?fault', '__Host-cardinal_sign_in=sealed', 500],
  ] as const) {
    test(`answers ${what}, by a page with the correlation id alone`, async () => {
      const response = await get(`/sign-in/callback${query}`, cookie)
      assert.equal(response.statusCode, status)
      assert.deepEqual(cookiesOf(response), [])
      assert.equal(response.headers['www-authenticate'], undefined)
      assert.equal(response.headers['retry-after'], status === 429 ? '7' : undefined)
      assert.ok(response.body.includes(String(response.headers['x-correlation-id'])))
      assert.doesNotMatch(response.body, /secret|detail|<b>/)
    })
  }

  for (const reason of ['client-refused', 'client-secret-unreadable']) {
    test(`sends people to the administrator, and tells them in the log what to do: ${reason}`, async () => {
      logged.length = 0
      const response = await get(`/sign-in/callback?${reason}`)
      assert.equal(response.statusCode, 503)
      assert.match(response.body, /the administrator has to mend it/)
      assert.doesNotMatch(response.body, /detail|secret|your account|too long/)
      const [line] = logged
      assert.deepEqual([line?.level, line?.reason], [50, reason])
      assert.match(line?.cause ?? '', /write another secret$/)
    })
  }

  test('answers any query and cookie by a page', () =>
    fc.assert(
      fc.asyncProperty(fc.webQueryParameters(), fc.string({ maxLength: 60 }), async (query, cookie) => {
        const response = await get(
          `/sign-in/callback?${query}`,
          `__Host-cardinal_sign_in=${encodeURIComponent(`${cookie}x`)}`,
        )
        assert.ok([403, 503, 500].includes(response.statusCode))
        assert.match(String(response.headers['content-type']), /^text\/html/)
      }),
      { numRuns: 100 },
    ))
})

async function signIn(): Promise<string> {
  return cookiesOf(await get('/sign-in/callback?code=c'))
    .map(each => each.split(';')[0])
    .join('; ')
}

describe('POST /sign-out', () => {
  test('ends the session, and says where the provider ends its own', async () => {
    const cookie = await signIn()
    const response = await server.app.inject({
      method: 'POST',
      url: '/sign-out',
      headers: { cookie, 'sec-fetch-site': 'same-origin' },
    })
    assert.deepEqual(response.json(), { location: 'https://login.example/end?hint=hint' })
    assert.equal(
      cookiesOf(response).every(each => each.includes('Max-Age=0')),
      true,
    )
    const afterwards = await server.app.inject({
      url: '/CertificateManagement/api/v2.0/session',
      headers: { cookie },
    })
    assert.equal(afterwards.statusCode, 401)
  })

  test('is not done by a page of another site', async () => {
    const cookie = await signIn()
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }, {}]) {
      const response = await server.app.inject({
        method: 'POST',
        url: '/sign-out',
        headers: { cookie, ...headers },
      })
      assert.equal(response.statusCode, 403)
    }
    const afterwards = await server.app.inject({
      url: '/CertificateManagement/api/v2.0/session',
      headers: { cookie },
    })
    assert.equal(afterwards.statusCode, 200)
  })

  test('says no place where the sign-in was not at the provider', async () => {
    const response = await server.app.inject({ method: 'POST', url: '/sign-out' })
    assert.deepEqual(response.json(), { location: null })
  })
})

describe('the page of whoever is signed in', () => {
  const signedInFor = (cookie: string) => get('/signed-in', cookie)

  test('is where the server’s address leads whoever has a session, and the documentation anybody else', async () => {
    const home = await get('/', await signIn())
    assert.deepEqual([home.statusCode, home.headers.location], [302, '/signed-in'])
    assert.equal((await get('/', '')).headers.location, '/docs')
  })

  test('says who it is, with which roles and until when, and has a button that needs no script', async () => {
    const { statusCode, headers, body } = await signedInFor(await signIn())
    assert.equal(statusCode, 200)
    assert.match(String(headers['content-type']), /^text\/html/)
    assert.equal(headers['cache-control'], 'no-store')
    for (const [term, value] of [
      ['Name', 'Alice Adams'],
      ['Account', 'CONTOSO\\alice'],
      ['Roles', 'subscriber'],
    ])
      assert.ok(body.includes(`<dt>${term}</dt><dd>${value}</dd>`), term)
    // Half an hour without use, ten hours in any case.
    assert.match(
      body,
      /datetime="2026-07-01T12:30:00\.930Z">1 July 2026 at 12:30 UTC<.*datetime="2026-07-01T22:00:00\.930Z">1 July 2026 at 22:00 UTC</,
    )
    assert.match(
      body,
      /<form method="post" action="\/sign-out"><button type="submit">Sign out<\/button><\/form>/,
    )
    assert.match(body, /<a href="\/docs">/)
    assert.match(
      String(headers['content-security-policy']),
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
    )
    // With no-referrer a browser would send the form with `Origin: null`.
    assert.equal(headers['referrer-policy'], 'same-origin')
  })

  test('renews the session’s cookie like any other call', async () => {
    const cookie = await signIn()
    const today = server.clock.at
    server.clock.at = new Date(today.getTime() + 16 * 60_000)
    const response = await signedInFor(cookie)
    server.clock.at = today
    assert.match(
      cookiesOf(response).join(),
      /^__Host-cardinal_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict/,
    )
  })

  for (const [what, cookieOf] of [
    ['there is no session', async () => ''],
    ['the session is none', async () => `__Host-cardinal_session=${'x'.repeat(43)}`],
    [
      'the session has ended',
      async () => {
        const cookie = await signIn()
        await server.app.inject({
          method: 'DELETE',
          url: '/CertificateManagement/api/v2.0/session',
          headers: { cookie, 'sec-fetch-site': 'same-origin' },
        })
        return cookie
      },
    ],
  ] as const) {
    test(`leads to signing in, and asks for no password, where ${what}`, async () => {
      const { statusCode, headers, body } = await signedInFor(await cookieOf())
      assert.equal(statusCode, 200)
      assert.equal(headers['www-authenticate'], undefined)
      assert.match(body, /Nobody is signed in.*<a href="\/sign-in">Sign in<\/a>/)
      assert.doesNotMatch(body, /<form|alice/i)
      assert.match(String(headers['content-security-policy']), /form-action 'none'/)
    })
  }

  test('counts no other credentials, which the button would not end', async () => {
    const response = await server.app.inject({ url: '/signed-in', headers: as('alice') })
    assert.match(response.body, /Nobody is signed in/)
  })
})

describe('the button that signs out', () => {
  const press = (headers: Readonly<Record<string, string>>, payload = '') =>
    server.app.inject({
      method: 'POST',
      url: '/sign-out',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      payload,
    })
  const isSignedIn = async (cookie: string) => (await get('/signed-in', cookie)).body.includes('Alice Adams')
  const ownPage = { 'sec-fetch-site': 'same-origin', origin: 'http://localhost', host: 'localhost' }

  test('ends the session, and goes on to where the provider ends its own', async () => {
    const cookie = await signIn()
    const { statusCode, headers, body } = await press({ cookie, ...ownPage })
    assert.equal(statusCode, 200)
    assert.match(String(headers['content-type']), /^text\/html/)
    assert.match(body, /<meta http-equiv="refresh" content="0;url=https:\/\/login\.example\/end\?hint=hint">/)
    assert.match(body, /<a href="https:\/\/login\.example\/end\?hint=hint">/)
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.deepEqual(
      [headers['set-cookie'] ?? []].flat().map(each => /^[^=]+=;.*Max-Age=0/.test(each)),
      [true, true],
    )
    assert.equal(await isSignedIn(cookie), false)
  })

  test('does no more than that where the provider has no session, or nobody was signed in', async () => {
    const { body } = await press(ownPage)
    assert.match(body, /You are signed out\. <a href="\/sign-in">Sign in again<\/a>/)
    assert.doesNotMatch(body, /refresh/)
  })

  for (const [what, headers] of [
    ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['a neighbouring host', { 'sec-fetch-site': 'same-site' }],
    ['a sandbox', { origin: 'null' }],
    ['it does not say where', {}],
  ] as const) {
    test(`does nothing for a form of ${what}`, async () => {
      const cookie = await signIn()
      const response = await press({ cookie, ...headers })
      assert.equal(response.statusCode, 403)
      assert.match(response.body, /<h1>Not signed out<\/h1>/)
      assert.ok(response.body.includes(String(response.headers['x-correlation-id'])))
      assert.equal(await isSignedIn(cookie), true)
    })
  }

  test('takes no form of any size', async () => {
    assert.equal((await press(ownPage, 'a'.repeat(1025))).statusCode, 413)
  })

  test('is the one thing that takes a form', async () => {
    const response = await server.app.inject({
      method: 'POST',
      url: '/CertificateManagement/api/v2.0/session',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...as('alice') },
      payload: 'a=b',
    })
    assert.equal(response.statusCode, 415)
  })
})

test('pages show any text as text', () =>
  fc.assert(
    fc.property(fc.string(), text => {
      const at = new Date(0)
      const view = { displayName: text, account: text, roles: [text], expiresAt: at, endsAt: at }
      for (const page of [
        continuePage(text),
        failurePage(text, text, text),
        signedInPage(view),
        notSignedInPage(text),
        signedOutPage(text, text),
        signedOutPage(null, text),
        notSignedOutPage(text, text, text),
      ]) {
        assert.doesNotMatch(
          page.replace(
            /<(\/?)(html|head|meta|title|style|body|main|h1|p|a|small|dl|dt|dd|time|form|button)\b[^<>"]*("[^<>"]*"[^<>"]*)*>|<!doctype html>/g,
            '',
          ),
          /[<>]/,
        )
      }
    }),
  ))
