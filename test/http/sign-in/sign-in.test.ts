import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import fc from 'fast-check'
import { pino } from 'pino'
import { CardinalError } from '../../../src/domain/error.ts'
import { continuePage, failurePage } from '../../../src/http/sign-in/sign-in-page.ts'
import type { BrowserSignIn } from '../../../src/workflows/ports/browser-sign-in.ts'
import { startServer } from '../server.ts'

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

describe('POST /sign-out', () => {
  async function signIn(): Promise<string> {
    return cookiesOf(await get('/sign-in/callback?code=c'))
      .map(each => each.split(';')[0])
      .join('; ')
  }

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

test('pages show any text as text', () =>
  fc.assert(
    fc.property(fc.string(), text => {
      for (const page of [continuePage(text), failurePage(text, text, text)]) {
        assert.doesNotMatch(
          page.replace(
            /<(\/?)(html|head|meta|title|style|body|h1|p|a|small)\b[^<>"]*("[^<>"]*"[^<>"]*)*>|<!doctype html>/g,
            '',
          ),
          /[<>]/,
        )
      }
    }),
  ))
