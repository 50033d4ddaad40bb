import assert from 'node:assert/strict'
import { createHmac, createPublicKey } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { generateKeyPair, SignJWT } from 'jose'
import { CardinalError } from '../../../src/domain/error.ts'
import { SignInRefusal } from '../../../src/identity/sign-in-refusal.ts'
import { startOpenIdProvider } from '../../testbed/openid-provider.ts'
import { processorTimeOf } from '../../testbed/processor-time.ts'
import { alice } from '../alice.ts'
import { helpDeskSid, isRefused, setUpAccessTokens } from './set-up.ts'

const provider = await startOpenIdProvider()
after(() => provider[Symbol.asyncDispose]())
const { issuer, audience, clientId } = provider
const minute = 60

const setUp = (options: Partial<Parameters<typeof setUpAccessTokens>[0]> = {}) =>
  setUpAccessTokens({ issuer, audience: [audience], ...options })

const seconds = () => Math.floor(Date.now() / 1000)
const claims = () => ({
  iss: issuer,
  aud: audience,
  iat: seconds(),
  exp: seconds() + 600,
  upn: 'alice@contoso.com',
})
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

const isUnavailable = (error: unknown) =>
  error instanceof CardinalError && error.code === 'ServiceUnavailable'

describe('an access token of the provider', () => {
  test('signs in whom it names', async () => {
    const { accessTokens } = setUp()
    const identified = await accessTokens.identify(await provider.accessToken('alice'))
    assert.deepEqual(identified, { user: alice, scheme: 'bearer' })
  })

  test('may have the type JWT, or none, or at+jwt in its long form', async () => {
    const { accessTokens } = setUp()
    for (const typ of ['JWT', 'application/at+jwt', 'AT+JWT']) {
      assert.equal(
        (await accessTokens.identify(await provider.sign(claims(), { typ }))).user.uuid,
        alice.uuid,
      )
    }
  })

  test('may be for several audiences', async () => {
    const { accessTokens } = setUp()
    const token = await provider.sign({ ...claims(), aud: ['https://other.example', audience] })
    assert.equal((await accessTokens.identify(token)).user.uuid, alice.uuid)
  })

  test('is refused after its end, allowing for clocks that differ', async () => {
    const { accessTokens, advance } = setUp({ clockToleranceSeconds: 60 })
    const token = await provider.sign(claims())
    advance(650)
    await accessTokens.identify(token)
    advance(11)
    await assert.rejects(accessTokens.identify(token), isRefused('expired-token'))
  })

  test('is refused before its beginning', async () => {
    const { accessTokens, advance } = setUp()
    const notYet = await provider.sign({ ...claims(), nbf: seconds() + 100 })
    await assert.rejects(accessTokens.identify(notYet), isRefused('token-not-yet-valid'))
    advance(75)
    await accessTokens.identify(notYet)
  })

  test('is refused where it was issued in the future', async () => {
    const token = await provider.sign({ ...claims(), iat: seconds() + 100 })
    await assert.rejects(setUp().accessTokens.identify(token), isRefused('token-not-yet-valid'))
  })

  test('is refused without an end', async () => {
    const { exp, ...endless } = claims()
    const token = await provider.sign(endless)
    await assert.rejects(setUp().accessTokens.identify(token), isRefused('malformed-token'))
  })

  test('for another API is refused', async () => {
    const token = await provider.accessToken('alice', 'https://other.example')
    await assert.rejects(setUp().accessTokens.identify(token), isRefused('wrong-audience'))
  })

  test('without an audience is refused', async () => {
    const { aud, ...claimsForNobody } = claims()
    const token = await provider.sign(claimsForNobody)
    await assert.rejects(setUp().accessTokens.identify(token), isRefused('wrong-audience'))
  })

  test('that names another issuer is refused', async () => {
    for (const iss of ['https://evil.example', `${issuer}/`, issuer.toUpperCase(), '']) {
      const token = await provider.sign({ ...claims(), iss })
      await assert.rejects(setUp().accessTokens.identify(token), isRefused('wrong-issuer'), iss)
    }
  })

  test('without a signature (alg none) is refused', async () => {
    for (const alg of ['none', 'None', 'NONE', '']) {
      const token = `${encode({ alg, typ: 'at+jwt' })}.${encode(claims())}.`
      await assert.rejects(setUp().accessTokens.identify(token), isRefused('algorithm-not-allowed'))
    }
  })

  test('signed by HS256 with the public key as the secret is refused', async () => {
    const spki = createPublicKey({ key: { ...provider.publicJwk }, format: 'jwk' })
    const { kid } = provider
    for (const secret of [
      spki.export({ type: 'spki', format: 'pem' }),
      spki.export({ type: 'spki', format: 'der' }),
      JSON.stringify(provider.publicJwk),
    ]) {
      const signed = `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${encode(claims())}`
      const token = `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
      await assert.rejects(setUp().accessTokens.identify(token), isRefused('algorithm-not-allowed'))
    }
  })

  test('by an unknown key is refused', async () => {
    const token = await provider.sign(claims(), { kid: 'another' })
    await assert.rejects(setUp().accessTokens.identify(token), isRefused('unknown-key'))
  })

  test('that names a key which did not sign it is refused', async () => {
    const stranger = await generateKeyPair('RS256')
    const token = await new SignJWT(claims())
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: provider.kid })
      .sign(stranger.privateKey)
    await assert.rejects(setUp().accessTokens.identify(token), isRefused('wrong-signature'))
  })

  test('by a key of its own, in the header, is refused', async () => {
    for (const [name, value] of Object.entries({
      jwk: provider.publicJwk,
      jku: 'https://evil.example/jwks',
      x5u: 'https://evil.example/certificate',
      x5c: ['MIIB'],
      crit: ['exp'],
      b64: false,
      zip: 'DEF',
    })) {
      const token = `${encode({ alg: 'RS256', typ: 'at+jwt', [name]: value })}.${encode(claims())}.AAAA`
      await assert.rejects(setUp().accessTokens.identify(token), isRefused('header-not-allowed'), name)
    }
  })

  test('of another kind is refused: an ID token, a refresh token, a token for signing out', async () => {
    const { accessTokens } = setUp({ audience: [audience, clientId] })
    for (const [header, others] of [
      [{ typ: 'JWT' }, { aud: clientId, nonce: 'n' }],
      [{ typ: 'JWT' }, { aud: clientId, at_hash: 'h' }],
      [{ typ: 'JWT' }, { aud: clientId, typ: 'ID' }],
      [{ typ: 'JWT' }, { typ: 'Refresh' }],
      [{ typ: 'logout+jwt' }, {}],
      [{ typ: 'secevent+jwt' }, {}],
    ] as const) {
      const token = await provider.sign({ ...claims(), ...others }, header)
      await assert.rejects(accessTokens.identify(token), isRefused('not-an-access-token'))
    }
    const keycloak = await provider.sign({ ...claims(), typ: 'Bearer', nonce: 'n' }, { typ: 'JWT' })
    await accessTokens.identify(keycloak)
  })

  test('for the client and not for the API is refused', async () => {
    const token = await provider.sign({ ...claims(), aud: clientId }, { typ: 'JWT' })
    await assert.rejects(setUp().accessTokens.identify(token), isRefused('wrong-audience'))
  })

  test('that was altered is refused', async () => {
    const [header, , signature] = (await provider.accessToken('mona')).split('.')
    const token = `${header}.${encode(claims())}.${signature}`
    await assert.rejects(setUp().accessTokens.identify(token), isRefused('wrong-signature'))
  })

  test('in another spelling of the same octets is refused', async () => {
    const { accessTokens } = setUp()
    const token = await provider.sign(claims())
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    // 256 octets are 341 letters and two bits, so that four of the last letter count for nothing.
    const other = token.slice(0, -1) + alphabet.charAt(alphabet.indexOf(token.slice(-1)) + 1)
    const signatures = [token, other].map(each => Buffer.from(each.split('.')[2] ?? '', 'base64url'))
    assert.deepEqual(signatures[0], signatures[1])
    await assert.rejects(accessTokens.identify(other), isRefused('malformed-token'))
  })

  test('of more than 16 KiB is refused', async () => {
    const token = await provider.sign({ ...claims(), more: 'x'.repeat(16_384) })
    await assert.rejects(setUp().accessTokens.identify(token), isRefused('malformed-token'))
  })

  test('does not show in what the log is told', async () => {
    const token = await provider.sign({ ...claims(), aud: 'x' })
    const error: unknown = await setUp()
      .accessTokens.identify(token)
      .catch(thrown => thrown)
    assert.ok(error instanceof SignInRefusal)
    for (const part of token.split('.')) assert.ok(!inspect(error, { depth: 9 }).includes(part))
  })
})

describe('the user of a token', () => {
  test('is refused where the directory does not know it', async () => {
    const token = await provider.accessToken('nobody')
    await assert.rejects(setUp().accessTokens.identify(token), isRefused('unknown-user'))
  })

  test('is refused once its account is disabled, while the token is remembered', async () => {
    const { accessTokens, setAlice } = setUp()
    const token = await provider.accessToken('alice')
    await accessTokens.identify(token)
    setAlice({ enabled: false })
    await assert.rejects(accessTokens.identify(token), isRefused('disabled-account'))
  })

  for (const [userClaim, userClaimHolds, value] of [
    ['winaccountname', 'name', 'CONTOSO\\alice'],
    ['preferred_username', 'name', 'alice'],
    ['primarysid', 'sid', alice.sid],
    ['objectguid', 'uuid', alice.uuid.toUpperCase()],
  ] as const) {
    test(`is found by ${userClaim}, which holds a ${userClaimHolds}`, async () => {
      const { accessTokens } = setUp({ mapping: { userClaim, userClaimHolds } })
      const { upn, ...others } = claims()
      const token = await provider.sign({ ...others, [userClaim]: value })
      assert.equal((await accessTokens.identify(token)).user.uuid, alice.uuid)
    })
  }

  test('must be named by one text', async () => {
    const values = [undefined, null, '', 7, ['alice@contoso.com'], { upn: 'alice' }, 'a\nb', 'a'.repeat(300)]
    for (const upn of values) {
      const token = await provider.sign({ ...claims(), upn })
      await assert.rejects(setUp().accessTokens.identify(token), isRefused('no-user-claim'))
    }
  })

  test('is not found by a claim that every object has', async () => {
    const { accessTokens } = setUp({ mapping: { userClaim: 'constructor' } })
    await assert.rejects(accessTokens.identify(await provider.sign(claims())), isRefused('no-user-claim'))
  })

  test('is in the groups that the token vouches for, as far as the directory knows them', async () => {
    const { accessTokens } = setUp({ mapping: { groupsClaim: 'groups' } })
    const vouched = async (groups: unknown) =>
      (await accessTokens.identify(await provider.sign({ ...claims(), groups }))).groupSids
    assert.deepEqual(
      await vouched(['HelpDesk', 'No such group', 'S-1-5-21-1-2-3-512']),
      new Set([helpDeskSid, 'S-1-5-21-1-2-3-512']),
    )
    assert.deepEqual(await vouched('/HelpDesk'), new Set([helpDeskSid]))
    for (const nothing of [undefined, null, [], 7, [7, null, {}], { HelpDesk: true }])
      assert.equal(await vouched(nothing), undefined)
  })

  test('is refused whose token names more than 200 groups, before the directory is asked', async () => {
    const { accessTokens } = setUp({ mapping: { groupsClaim: 'groups' } })
    const groups = Array.from({ length: 200 }, (_, index) => `Group ${index}`)
    const identify = async (names: readonly string[]) =>
      accessTokens.identify(await provider.sign({ ...claims(), groups: names }))
    const few = [...groups.slice(1), 'HelpDesk', '/HelpDesk']
    assert.equal((await identify(few)).groupSids?.size, 1)
    await assert.rejects(
      identify([...groups, 'HelpDesk']),
      error => error instanceof SignInRefusal && error.reason === 'too-many-groups',
    )
  })

  test('is in no groups of a token where no claim is set for them', async () => {
    const identified = await setUp().accessTokens.identify(
      await provider.sign({ ...claims(), groups: ['HelpDesk'] }),
    )
    assert.equal(identified.groupSids, undefined)
  })
})

describe('what the provider publishes', () => {
  test('is fetched with the first token, and not again for the next ones', async () => {
    const { accessTokens } = setUp()
    provider.calls.length = 0
    const [one, other] = [await provider.sign(claims()), await provider.sign({ ...claims(), jti: '2' })]
    await Promise.all([one, one, other].map(token => accessTokens.identify(token)))
    assert.deepEqual(provider.calls, ['GET /.well-known/openid-configuration', 'GET /jwks'])
  })

  test('is not fetched more than twice a minute for keys that nobody knows', async () => {
    const { accessTokens, advance } = setUp()
    await accessTokens.identify(await provider.sign(claims()))
    provider.calls.length = 0
    for (let kid = 0; kid < 60; kid++) {
      advance(1)
      const token = await provider.sign(claims(), { kid: String(kid) })
      await assert.rejects(accessTokens.identify(token), isRefused('unknown-key'))
    }
    assert.equal(provider.calls.length, 2)
  })

  test('changes: a new key is taken at once, and one that is gone, with every token that it verified, within five minutes', async () => {
    const { accessTokens, advance } = setUp()
    const old = await provider.sign(claims())
    await accessTokens.identify(old)
    await provider.rotateKeys()
    advance(31)
    await accessTokens.identify(await provider.sign(claims()))
    await assert.rejects(accessTokens.identify(old), isRefused('unknown-key'))

    const next = setUp()
    const remembered = await provider.sign(claims())
    await next.accessTokens.identify(remembered)
    await provider.rotateKeys()
    await next.accessTokens.identify(remembered)
    next.advance(5 * minute)
    await assert.rejects(next.accessTokens.identify(remembered), isRefused('unknown-key'))
  })
})

describe('a clock that is set back', () => {
  test('makes no key count longer that the provider has taken away', async () => {
    const { accessTokens, advance } = setUp({ clockToleranceSeconds: 300 })
    const old = await provider.sign(claims())
    await accessTokens.identify(old)
    await provider.rotateKeys()
    advance(-120)
    await assert.rejects(accessTokens.identify(old), isRefused('unknown-key'))
  })

  test('makes no token be remembered longer', async () => {
    const { accessTokens, advance } = setUp()
    const token = await provider.sign({ ...claims(), nbf: seconds() })
    await accessTokens.identify(token)
    advance(-120)
    await assert.rejects(accessTokens.identify(token), isRefused('token-not-yet-valid'))
  })

  test('keeps nobody from asking a provider that was down', async () => {
    const first = await startOpenIdProvider()
    const { port } = new URL(first.issuer)
    await first[Symbol.asyncDispose]()
    const { accessTokens, advance } = setUp({ issuer: first.issuer, clockToleranceSeconds: 300 })
    advance(120)
    await assert.rejects(accessTokens.identify(await provider.sign(claims())), isUnavailable)
    await using back = await startOpenIdProvider({ port: Number(port) })
    advance(-120)
    assert.equal((await accessTokens.identify(await back.accessToken('alice'))).user.uuid, alice.uuid)
  })
})

describe('a provider that is down', () => {
  test('makes bearer tokens 503 until it is there, and the check fail', async () => {
    const first = await startOpenIdProvider()
    const { port } = new URL(first.issuer)
    await first[Symbol.asyncDispose]()
    const { accessTokens, provider: known, advance } = setUp({ issuer: first.issuer, audience: [audience] })
    await assert.rejects(accessTokens.identify(await provider.sign(claims())), isUnavailable)
    await assert.rejects(known.check())

    await using back = await startOpenIdProvider({ port: Number(port) })
    advance(6)
    assert.equal((await accessTokens.identify(await back.accessToken('alice'))).user.uuid, alice.uuid)
    await known.check()
  })

  test('leaves its keys in use for an hour, not longer', async () => {
    const down = await startOpenIdProvider()
    const { accessTokens, advance, provider: known } = setUp({ issuer: down.issuer })
    const token = await down.sign({ ...claims(), iss: down.issuer, exp: seconds() + 86_400 })
    await accessTokens.identify(token)
    await down[Symbol.asyncDispose]()
    advance(59 * minute)
    await accessTokens.identify(token)
    await assert.rejects(known.check())
    advance(minute)
    await assert.rejects(accessTokens.identify(token), isUnavailable)
  })
})

describe('whatever is sent as a token', () => {
  const { accessTokens } = setUp()
  const isExpected = async (token: string) => {
    const error: unknown = await accessTokens.identify(token).then(
      () => null,
      thrown => thrown,
    )
    assert.ok(error instanceof SignInRefusal, inspect(error))
    assert.ok(error.message.length < 700)
  }

  test('is refused with a reason: any text', () =>
    fc.assert(fc.asyncProperty(fc.string({ maxLength: 200 }), isExpected), { numRuns: 200 }))

  test('is refused with a reason: any header and claims', () => {
    const json = fc.jsonValue({ maxDepth: 3 })
    const header = fc.record(
      {
        alg: fc.oneof(fc.constantFrom('RS256', 'ES256', 'PS384', 'none', 'HS256', '__proto__'), json),
        kid: fc.oneof(fc.constant(provider.kid), json),
        typ: fc.oneof(fc.constantFrom('JWT', 'at+jwt'), json),
      },
      { requiredKeys: [] },
    )
    const bytes = fc.uint8Array({ maxLength: 300 }).map(content => Buffer.from(content).toString('base64url'))
    const token = fc
      .tuple(fc.oneof(header.map(encode), json.map(encode), bytes), fc.oneof(json.map(encode), bytes), bytes)
      .map(parts => parts.join('.'))
    return fc.assert(fc.asyncProperty(token, isExpected), { numRuns: 300 })
  })

  test('is refused with a reason: signed claims of any kind', async () => {
    const value = fc.jsonValue({ maxDepth: 2 })
    const names = ['iss', 'aud', 'exp', 'nbf', 'iat', 'upn'] as const
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), value, async (name, wrong) => {
        const token = await provider.sign({ ...claims(), upn: 'nobody', [name]: wrong })
        await isExpected(token)
      }),
      { numRuns: 200 },
    )
  })

  test('takes no longer where it is huge', async () => {
    const time = await processorTimeOf(async () => {
      for (const token of [
        '.'.repeat(16_000_000),
        'a'.repeat(16_000_000),
        `${'a.'.repeat(8_000)}`,
        `${encode({ a: 'b'.repeat(12_000) })}.a.a`,
      ]) {
        await isExpected(token)
      }
    })
    assert.ok(time < 1000, `${time} ms`)
  })
})
