import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Identified } from '../../src/identity/authentication-scheme.ts'
import { type AccessTokens, createBearerScheme } from '../../src/identity/bearer-scheme.ts'
import { SignInRefusal } from '../../src/identity/sign-in-refusal.ts'
import { alice } from './alice.ts'

const nothing = {
  authorization: null,
  sessionToken: null,
  clientCertificate: null,
  address: '192.0.2.1',
  correlationId: '',
}

function setUp(options: { withAccessTokens: boolean } = { withAccessTokens: true }) {
  const seen: string[] = []
  const tokens = (kind: string): AccessTokens => ({
    async identify(token): Promise<Identified> {
      seen.push(`${kind}: ${token}`)
      return { user: alice, scheme: 'bearer' }
    },
  })
  const scheme = createBearerScheme({
    apiTokens: tokens('api token'),
    accessTokens: options.withAccessTokens ? tokens('access token') : null,
  })
  return { scheme, seen, identify: (header: string) => scheme.identify(header, nothing) }
}

/** These are about the form alone, so that the caller is told the same. */
const isRefused = (reason: string) => (error: unknown) =>
  error instanceof SignInRefusal && error.reason === reason && error.details.answer === error.message

describe('the scheme Bearer', () => {
  test('is offered by its name and the realm', () => {
    const { scheme } = setUp()
    assert.deepEqual([scheme.name, scheme.challenge], ['bearer', 'Bearer realm="Cardinal"'])
  })

  for (const header of ['Bearer a.b.c', 'bearer  cardinal_x', 'Bearer "a"', `Bearer ${'a'.repeat(1e6)}`]) {
    test(`says of a token that was refused that it is invalid: ${header.slice(0, 20)} of ${header.length}`, () => {
      const { scheme } = setUp()
      assert.equal(scheme.challengeAfter?.(header), 'Bearer realm="Cardinal", error="invalid_token"')
    })
  }

  for (const header of ['Bearer', 'Bearer  ', `Bearer${' '.repeat(1e6)}`]) {
    test(`says nothing of a token where none was sent, by ${header.length} characters`, () => {
      assert.equal(setUp().scheme.challengeAfter?.(header), 'Bearer realm="Cardinal"')
    })
  }

  for (const [header, expected] of [
    ['Bearer cardinal_x', 'api token: cardinal_x'],
    ['bearer cardinal_', 'api token: cardinal_'],
    ['BEARER   a.b.c', 'access token: a.b.c'],
    ['Bearer Cardinal_x', 'access token: Cardinal_x'],
    ['Bearer xcardinal_', 'access token: xcardinal_'],
    ['Bearer A-Za.z0_9~+/==', 'access token: A-Za.z0_9~+/=='],
    [`Bearer ${'a'.repeat(16 * 1024 - 7)}`, `access token: ${'a'.repeat(16 * 1024 - 7)}`],
  ] as const) {
    test(`hands on what ${header.slice(0, 30)} holds, unchanged`, async () => {
      const { identify, seen } = setUp()
      await identify(header)
      assert.deepEqual(seen, [expected])
    })
  }

  for (const header of [
    '',
    'Bearer',
    'Bearer ',
    'Bearer  ',
    'Bearera.b.c',
    'Bearer\ta.b.c',
    ' Bearer a.b.c',
    'Bearer a.b.c ',
    'Bearer a.b.c\n',
    'Bearer a b',
    'Bearer a,b',
    'Bearer "a"',
    'Bearer =a',
    'Bearer a=b',
    'Bearer token="a"',
    'Bearer cardinal_ä',
    'Bearer a\0',
    'Basic cardinal_x',
    `Bearer ${'a'.repeat(16 * 1024 - 6)}`,
    `Bearer cardinal_${'a'.repeat(1e6)}`,
    `Bearer${' '.repeat(1e6)}a`,
  ]) {
    test(`refuses ${JSON.stringify(header.slice(0, 40))} of ${header.length}, and asks nobody`, async () => {
      const { identify, seen } = setUp()
      await assert.rejects(identify(header), isRefused('malformed-bearer'))
      assert.deepEqual(seen, [])
    })
  }

  test('takes nothing but API tokens where there is no authorization server', async () => {
    const { identify, seen } = setUp({ withAccessTokens: false })
    await assert.rejects(identify('Bearer a.b.c'), isRefused('no-api-token'))
    await identify('Bearer cardinal_x')
    assert.deepEqual(seen, ['api token: cardinal_x'])
  })

  test('throws nothing but refusals, and nothing of the header, whatever it is', async () => {
    const { identify } = setUp({ withAccessTokens: false })
    const secret = fc.string({ unit: 'binary', minLength: 12 })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('Bearer ', 'bearer  ', ''), secret, async (start, secret) => {
        const error = await identify(`${start}${secret}`).catch((error: unknown) => error)
        if (!(error instanceof SignInRefusal)) return assert.ok(secret.startsWith('cardinal_'))
        assert.match(error.reason, /^(malformed-bearer|no-api-token)$/)
        assert.ok(!error.message.includes(secret))
      }),
      { numRuns: 2000 },
    )
  })
})
