import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { after, describe, test } from 'node:test'
import fc from 'fast-check'
import { createVault } from '../../../src/ca/vault.ts'
import { CardinalError, type ErrorCode } from '../../../src/domain/error.ts'
import { localPathOf } from '../../../src/identity/openid-connect/local-path.ts'
import { createSignOutHints } from '../../../src/identity/openid-connect/sign-out-hint.ts'
import { SignInRefusal } from '../../../src/identity/sign-in-refusal.ts'
import { startDocumentServer } from '../../testbed/document-server.ts'
import { startOpenIdProvider } from '../../testbed/openid-provider.ts'
import { alice } from '../alice.ts'
import { publicUrl, setUpBrowserSignIn } from './browser.ts'

const provider = await startOpenIdProvider({ publicUrl, signedBy: 'ES256' })
after(() => provider[Symbol.asyncDispose]())
const client = { id: provider.clientId, secret: provider.clientSecret }

const setUp = (options: Partial<Parameters<typeof setUpBrowserSignIn>[0]> = {}) =>
  setUpBrowserSignIn({ issuer: provider.issuer, client, ...options })

function isNotSignedIn(reason: string) {
  return (error: unknown) => {
    const cause = error instanceof CardinalError && error.code === 'NotSignedIn' ? error.cause : error
    if (cause instanceof SignInRefusal && cause.reason === reason) return true
    throw cause
  }
}

const hasCode = (code: ErrorCode) => (error: unknown) => error instanceof CardinalError && error.code === code

describe('sign-in by browser', () => {
  test('leads to the provider with PKCE, state and nonce, and ends with the user', async () => {
    const browserSignIn = setUp()
    const { location, transaction } = await browserSignIn.begin('/requests?state=1')
    const asked = new URL(location).searchParams
    assert.equal(asked.get('response_type'), 'code')
    assert.equal(asked.get('redirect_uri'), `${publicUrl}/sign-in/callback`)
    assert.equal(asked.get('scope'), 'openid profile')
    assert.equal(asked.get('code_challenge_method'), 'S256')
    assert.equal(asked.get('resource'), null)
    for (const name of ['state', 'nonce', 'code_challenge'])
      assert.match(asked.get(name) ?? '', /^[\w-]{43}$/)

    const back = await provider.authorize(location, 'alice')
    const finished = await browserSignIn.finish(back.search, transaction)
    assert.deepEqual(finished.user, alice)
    assert.equal(finished.scheme, 'openid-connect')
    assert.equal(finished.returnTo, '/requests?state=1')
  })

  test('asks userinfo where the ID token does not name the user', async () => {
    const browserSignIn = setUp({ userClaim: 'preferred_username' })
    const { location, transaction } = await browserSignIn.begin('/')
    const back = await provider.authorize(location, 'alice')
    provider.calls.length = 0
    assert.equal((await browserSignIn.finish(back.search, transaction)).user.uuid, alice.uuid)
    assert.ok(provider.calls.includes('GET /me'))
  })

  test('refuses whom the directory does not know, or whose account is disabled', async () => {
    const browserSignIn = setUp()
    const stranger = await browserSignIn.begin('/')
    const strangersAnswer = await provider.authorize(stranger.location, 'stranger')
    await assert.rejects(
      browserSignIn.finish(strangersAnswer.search, stranger.transaction),
      isNotSignedIn('unknown-user'),
    )

    const { location, transaction } = await browserSignIn.begin('/')
    const back = await provider.authorize(location, 'alice')
    browserSignIn.setAlice({ enabled: false })
    await assert.rejects(browserSignIn.finish(back.search, transaction), isNotSignedIn('disabled-account'))
  })

  test('shows the provider few codes that come to nothing, from one network', async () => {
    const browserSignIn = setUp()
    const madeUp = async (address: string) => {
      const { location, transaction } = await browserSignIn.begin('/')
      const state = new URL(location).searchParams.get('state')
      const query = new URLSearchParams({ code: 'made-up', state: state ?? '', iss: provider.issuer })
      return browserSignIn.finish(`?${query}`, transaction, address)
    }
    provider.calls.length = 0
    const tokenCalls = () => provider.calls.filter(call => call === 'POST /token').length
    for (let times = 0; times < 40; times++) {
      await assert.rejects(
        browserSignIn.finish('?code=made-up&state=s', null, '192.0.2.7'),
        isNotSignedIn('no-transaction'),
      )
    }
    assert.equal(tokenCalls(), 0)
    for (let times = 0; times < 31; times++) {
      await assert.rejects(madeUp('192.0.2.7'), isNotSignedIn('refused-by-provider'))
    }
    for (let times = 0; times < 29; times++)
      await assert.rejects(madeUp('192.0.2.7'), hasCode('SignInThrottled'))
    assert.equal(tokenCalls(), 31)

    const { location, transaction } = await browserSignIn.begin('/')
    const back = await provider.authorize(location, 'alice')
    await assert.rejects(
      browserSignIn.finish(back.search, transaction, '192.0.2.7'),
      hasCode('SignInThrottled'),
    )
    browserSignIn.advance(1)
    const finished = await browserSignIn.finish(back.search, transaction, '192.0.2.7')
    assert.equal(finished.user.uuid, alice.uuid)
  })

  test('is never slowed down by sign-ins that succeed', async () => {
    const browserSignIn = setUp()
    for (let times = 0; times < 35; times++) {
      const { location, transaction } = await browserSignIn.begin('/')
      const back = await provider.authorize(location, 'alice')
      await browserSignIn.finish(back.search, transaction)
    }
  })

  test('ends once: an answer that comes again is refused', async () => {
    const browserSignIn = setUp()
    const { location, transaction } = await browserSignIn.begin('/')
    const back = await provider.authorize(location, 'alice')
    await browserSignIn.finish(back.search, transaction)
    await assert.rejects(
      browserSignIn.finish(back.search, transaction),
      isNotSignedIn('repeated-transaction'),
    )
  })

  test('refuses an answer to a sign-in that another browser began', async () => {
    const browserSignIn = setUp()
    const attacker = await browserSignIn.begin('/')
    const attackersAnswer = await provider.authorize(attacker.location, 'mona')
    const victim = await browserSignIn.begin('/')
    await assert.rejects(
      browserSignIn.finish(attackersAnswer.search, victim.transaction),
      isNotSignedIn('wrong-state'),
    )
    await assert.rejects(browserSignIn.finish(attackersAnswer.search, null), isNotSignedIn('no-transaction'))
    // What did not fit has used nothing up.
    const back = await provider.authorize(victim.location, 'alice')
    assert.equal((await browserSignIn.finish(back.search, victim.transaction)).user.uuid, alice.uuid)
  })

  test('refuses a stolen cookie, even beside its own state, without a code that belongs to it', async () => {
    const browserSignIn = setUp()
    const victim = await browserSignIn.begin('/')
    const thief = await browserSignIn.begin('/')
    const thiefsAnswer = await provider.authorize(thief.location, 'mona')
    const state = new URL(victim.location).searchParams.get('state') ?? ''
    thiefsAnswer.searchParams.set('state', state)
    // The code was given for another challenge: the provider says so (RFC 7636 §4.6).
    await assert.rejects(
      browserSignIn.finish(thiefsAnswer.search, victim.transaction),
      isNotSignedIn('refused-by-provider'),
    )
  })

  test('refuses an answer by another provider than the one that was asked (RFC 9207)', async () => {
    const browserSignIn = setUp()
    for (const iss of ['https://evil.example', null]) {
      const { location, transaction } = await browserSignIn.begin('/')
      const back = await provider.authorize(location, 'alice')
      if (iss === null) back.searchParams.delete('iss')
      else back.searchParams.set('iss', iss)
      await assert.rejects(browserSignIn.finish(back.search, transaction), isNotSignedIn('wrong-response'))
    }
  })

  test('refuses an ID token of another sign-in (nonce)', async () => {
    const browserSignIn = setUp()
    const { location, transaction } = await browserSignIn.begin('/')
    const other = new URL(location)
    other.searchParams.set('nonce', 'another')
    const back = await provider.authorize(other.href, 'alice')
    await assert.rejects(browserSignIn.finish(back.search, transaction), isNotSignedIn('wrong-response'))
  })

  test('refuses what the provider refuses', async () => {
    const browserSignIn = setUp()
    const { location, transaction } = await browserSignIn.begin('/')
    const state = new URL(location).searchParams.get('state')
    const iss = encodeURIComponent(provider.issuer)
    const denied = `?error=access_denied&error_description=%3Cscript%3E&state=${state}&iss=${iss}`
    await assert.rejects(browserSignIn.finish(denied, transaction), isNotSignedIn('refused-by-provider'))
  })

  test('must end within ten minutes', async () => {
    const browserSignIn = setUp()
    const { location, transaction } = await browserSignIn.begin('/')
    const back = await provider.authorize(location, 'alice')
    browserSignIn.advance(601)
    await assert.rejects(browserSignIn.finish(back.search, transaction), isNotSignedIn('expired-transaction'))
  })

  test('says nothing in its cookie, and takes none that was altered or sealed elsewhere', async () => {
    const browserSignIn = setUp()
    const { location, transaction } = await browserSignIn.begin('/secret-path')
    const content = Buffer.from(transaction, 'base64url').toString('latin1')
    const state = new URL(location).searchParams.get('state') ?? ''
    assert.ok(!content.includes('secret-path') && !content.includes(state))
    const flipped = `${transaction.slice(0, 60)}${transaction[60] === 'A' ? 'B' : 'A'}${transaction.slice(61)}`
    const foreign = (await setUp().begin('/')).transaction
    for (const wrong of [flipped, foreign, '', 'x', 'a'.repeat(100_000), transaction.slice(0, -4)]) {
      await assert.rejects(
        browserSignIn.finish(`?code=c&state=${state}`, wrong),
        isNotSignedIn('no-transaction'),
      )
    }
  })

  test('refuses any other query', async () => {
    const browserSignIn = setUp()
    const { location, transaction } = await browserSignIn.begin('/')
    const state = new URL(location).searchParams.get('state') ?? ''
    const part = fc.tuple(
      fc.constantFrom('code', 'state', 'iss', 'error', 'response', 'id_token', 'token'),
      fc.oneof(fc.constant(state), fc.string()),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 6 }), async parts => {
        const query = `?${new URLSearchParams(parts)}`
        await assert.rejects(browserSignIn.finish(query, transaction), hasCode('NotSignedIn'))
      }),
      { numRuns: 100 },
    )
  })
})

describe('a provider that fails while a browser is there', () => {
  test('is told from a refusal: down, garbage, an error page', async () => {
    await using broken = await startDocumentServer(url => ({
      '/.well-known/openid-configuration': {
        issuer: url,
        authorization_endpoint: `${url}/authorize`,
        token_endpoint: `${url}/token`,
        jwks_uri: `${url}/keys`,
      },
    }))
    const browserSignIn = setUp({ issuer: broken.url })
    const answers: unknown[] = [
      '<html>',
      undefined,
      (_request: unknown, response: ServerResponse) => response.writeHead(502).end('Bad gateway'),
      (_request: unknown, response: ServerResponse) => response.destroy(),
      'x'.repeat(300_000),
    ]
    for (const answer of answers) {
      broken.documents['/token'] = answer
      const { location, transaction } = await browserSignIn.begin('/')
      const state = new URL(location).searchParams.get('state')
      await assert.rejects(
        browserSignIn.finish(`?code=c&state=${state}`, transaction),
        hasCode('ServiceUnavailable'),
      )
    }
  })

  test('is unavailable from the beginning where it is down', async () => {
    await assert.rejects(setUp({ issuer: 'http://127.0.0.1:9' }).begin('/'), hasCode('ServiceUnavailable'))
  })
})

describe('a client that the provider does not take', () => {
  const wrong = { id: provider.clientId, secret: 'of last year' }
  /** Signs alice in. */
  async function signIn(browserSignIn: ReturnType<typeof setUp>) {
    const { location, transaction } = await browserSignIn.begin('/')
    const back = await provider.authorize(location, 'alice')
    return await browserSignIn.finish(back.search, transaction)
  }
  /** Comes back with a code that the provider did not give. */
  async function comeBack(
    browserSignIn: ReturnType<typeof setUp>,
    answer = 'code=made-up',
    iss = provider.issuer,
  ) {
    const { location, transaction } = await browserSignIn.begin('/')
    const state = new URL(location).searchParams.get('state') ?? ''
    return await browserSignIn.finish(`?${answer}&${new URLSearchParams({ state, iss })}`, transaction)
  }
  const isRefusedClient = (error: unknown) => {
    assert.ok(error instanceof CardinalError && error.code === 'ServiceUnavailable')
    assert.ok(error.cause instanceof SignInRefusal)
    assert.equal(error.cause.reason, 'client-refused')
    assert.match(
      error.cause.message,
      /"(invalid_client|unauthorized_client)".*openIdConnect\.clientSecretFile/,
    )
    assert.match(error.cause.message, /openIdConnect\.clientId \((cardinal|nobody)\)/)
    assert.doesNotMatch(error.cause.message, /of last year|a secret of the test/)
    return true
  }
  const tokenCalls = () => provider.calls.filter(call => call === 'POST /token').length

  for (const [what, client] of [
    ['a wrong secret', wrong],
    ['a wrong id', { id: 'nobody', secret: provider.clientSecret }],
    ['no secret', { id: provider.clientId, secret: null }],
  ] as const) {
    test(`is the server’s fault and not that of whoever signs in: ${what}`, async () => {
      await assert.rejects(comeBack(setUp({ client })), isRefusedClient)
    })
  }

  for (const [status, error] of [
    [400, 'unauthorized_client'],
    [401, 'unauthorized_client'],
    [400, 'invalid_client'],
  ] as const) {
    test(`is known by ${error} with ${status}`, async () => {
      await using other = await startDocumentServer(url => ({
        '/.well-known/openid-configuration': {
          issuer: url,
          authorization_endpoint: `${url}/authorize`,
          token_endpoint: `${url}/token`,
          jwks_uri: `${url}/keys`,
        },
        '/token': (_request: unknown, response: ServerResponse) =>
          response
            .writeHead(status, { 'content-type': 'application/json', 'www-authenticate': 'Basic realm="x"' })
            .end(JSON.stringify({ error, error_description: 'x'.repeat(10_000) })),
      }))
      const browserSignIn = setUp({ issuer: other.url })
      await assert.rejects(comeBack(browserSignIn, 'code=c', other.url), isRefusedClient)
      await assert.rejects(browserSignIn.tokenEndpoint.check(), { message: /^.{1,600}$/ })
    })
  }

  test('makes nobody wait', async () => {
    let secret = wrong.secret
    const browserSignIn = setUp({ client: { ...client, readSecret: async () => secret } })
    for (let times = 0; times < 40; times++) await assert.rejects(comeBack(browserSignIn), isRefusedClient)
    secret = provider.clientSecret
    assert.equal((await signIn(browserSignIn)).user.uuid, alice.uuid)
  })

  test('is said to be so until an exchange works again', async () => {
    let secret = provider.clientSecret
    const browserSignIn = setUp({ client: { ...client, readSecret: async () => secret } })
    const { check } = browserSignIn.tokenEndpoint
    await check()
    secret = wrong.secret
    await assert.rejects(comeBack(browserSignIn), isRefusedClient)
    await assert.rejects(check(), { message: /openIdConnect\.clientSecretFile/ })
    secret = provider.clientSecret
    await assert.rejects(check())
    await signIn(browserSignIn)
    await check()
  })

  test('is tried again by whoever asks, twice a minute, so that nobody has to sign in to find out', async () => {
    let secret = wrong.secret
    const browserSignIn = setUp({ client: { ...client, readSecret: async () => secret } })
    const { check } = browserSignIn.tokenEndpoint
    provider.calls.length = 0
    await check()
    assert.equal(tokenCalls(), 0)
    await assert.rejects(comeBack(browserSignIn), isRefusedClient)
    browserSignIn.advance(29)
    await assert.rejects(check())
    assert.equal(tokenCalls(), 1)
    browserSignIn.advance(2)
    await Promise.all(Array.from({ length: 10 }, () => assert.rejects(check())))
    assert.equal(tokenCalls(), 2)
    secret = provider.clientSecret
    browserSignIn.advance(31)
    await check()
    assert.equal(tokenCalls(), 3)
    browserSignIn.advance(31)
    await check()
    assert.equal(tokenCalls(), 3)
  })

  test('is not what a browser can say in the provider’s name', async () => {
    const browserSignIn = setUp()
    for (const error of ['unauthorized_client', 'invalid_client'])
      await assert.rejects(comeBack(browserSignIn, `error=${error}`), isNotSignedIn('refused-by-provider'))
    await browserSignIn.tokenEndpoint.check()
  })
})

describe('the path to go on with', () => {
  test('is on this server', () => {
    for (const path of [
      '/',
      '/requests',
      '/requests?a=b&c=%2F%2F#top',
      '/a//b',
      '/sign-in?return=/x',
      "/it's",
    ]) {
      assert.equal(localPathOf(path), path)
    }
    const elsewhere = [
      '',
      'requests',
      '//evil.example',
      '///evil.example',
      '/\\evil.example',
      '\\\\evil.example',
      '/a\\b',
      '/.//evil.example',
      '/x/..//evil.example',
      '/%2e//evil.example',
      'https://evil.example',
      'javascript:alert(1)',
      '/\t/evil.example',
      '/\n/evil.example',
      ' /',
      '/ü',
      '/a b',
      `/${'a'.repeat(1024)}`,
    ]
    for (const path of elsewhere) assert.equal(localPathOf(path), null, path)
  })

  test('stays on this server, whatever a browser makes of it', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom('/', '\\', '.', '%2e', '%5c', '%2f', '@', ':', '?', '#', '\t', 'evil.example'),
          { maxLength: 8 },
        ),
        parts => {
          const path = localPathOf(`/${parts.join('')}`)
          if (path === null) return
          const target = new URL(path, 'https://cardinal.example/sign-in/callback')
          assert.equal(target.origin, 'https://cardinal.example')
          // Once more, as whoever copies the normalised path somewhere would.
          assert.equal(
            new URL(target.pathname, 'https://cardinal.example').origin,
            'https://cardinal.example',
          )
        },
      ),
      { numRuns: 2000 },
    ))

  test('is the first page where it is not local', async () => {
    const browserSignIn = setUp()
    const { location, transaction } = await browserSignIn.begin('//evil.example')
    const back = await provider.authorize(location, 'alice')
    assert.equal((await browserSignIn.finish(back.search, transaction)).returnTo, '/')
  })
})

describe('signing out', () => {
  test('leads to where the provider ends its session, and back', async () => {
    const browserSignIn = setUp()
    const { location, transaction } = await browserSignIn.begin('/')
    const back = await provider.authorize(location, 'alice')
    const { signOutHint } = await browserSignIn.finish(back.search, transaction)
    const end = new URL((await browserSignIn.signOutLocation(signOutHint)) ?? '')
    assert.equal(`${end.origin}${end.pathname}`, `${provider.issuer}/session/end`)
    assert.equal(end.searchParams.get('post_logout_redirect_uri'), `${publicUrl}/`)
    assert.equal(end.searchParams.get('id_token_hint')?.split('.').length, 3)
    const unhinted = new URL((await browserSignIn.signOutLocation('forged')) ?? '')
    assert.equal(unhinted.searchParams.get('id_token_hint'), null)
    assert.equal(unhinted.searchParams.get('client_id'), client.id)
  })

  test('goes on without the ID token where that does not fit into a cookie', () => {
    const hints = createSignOutHints(createVault(randomBytes(32), randomBytes))
    assert.equal(hints.open(hints.seal('a'.repeat(2800))), 'a'.repeat(2800))
    assert.equal(hints.open(hints.seal('a'.repeat(5000))), null)
    assert.ok(hints.seal('a'.repeat(2880)).length <= 3900)
  })
})
