import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { after, describe, test } from 'node:test'
import { exportJWK, generateKeyPair } from 'jose'
import { CardinalError } from '../../../src/domain/error.ts'
import { parseProviderKeys } from '../../../src/identity/openid-connect/provider-keys.ts'
import { parseProviderMetadata } from '../../../src/identity/openid-connect/provider-metadata.ts'
import { isSafeAddress } from '../../../src/identity/openid-connect/safe-address.ts'
import { startDocumentServer } from '../../testbed/document-server.ts'
import { setUpAccessTokens } from './set-up.ts'

const { publicKey } = await generateKeyPair('RS256')
const jwk = { ...(await exportJWK(publicKey)), kid: 'one' }

const discovery = '/.well-known/openid-configuration'
const documentsAt = (issuer: string) => ({
  [discovery]: {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
  } as unknown,
  '/keys': { keys: [jwk] } as unknown,
})

const server = await startDocumentServer(documentsAt)
after(() => server[Symbol.asyncDispose]())

const setUp = () => setUpAccessTokens({ issuer: server.url, audience: ['api'], timeoutMilliseconds: 300 })

async function faultWith(path: string, document: unknown): Promise<string> {
  const before = server.documents[path]
  server.documents[path] = document
  try {
    const error: unknown = await setUp()
      .provider.keys()
      .then(
        () => null,
        thrown => thrown,
      )
    assert.ok(error instanceof CardinalError && error.code === 'ServiceUnavailable')
    assert.ok(error.cause instanceof Error)
    assert.ok(error.cause.message.length < 600)
    return error.cause.message
  } finally {
    server.documents[path] = before
  }
}

describe('a discovery document', () => {
  test('leads to the keys', async () => {
    const keys = await setUp().provider.keys()
    assert.deepEqual(keys.listed, [{ kid: 'one', kty: 'RSA', alg: null }])
  })

  for (const path of [discovery, '/keys']) {
    test(`that is no JSON is refused (${path})`, async () => {
      for (const garbage of [
        '',
        '<html>Down for maintenance</html>',
        '{"issuer":',
        '\u0000',
        'null',
        '[]',
        '7',
        '"text"',
      ]) {
        assert.match(await faultWith(path, garbage), /no JSON|not say|no key|key set/)
      }
    })

    test(`that is huge is refused before all of it is here (${path})`, async () => {
      let sent = 0
      const fault = await faultWith(path, (_request: unknown, response: ServerResponse) => {
        const more = () => {
          while (response.writable && sent < 1e9) {
            sent += 65_536
            if (!response.write(Buffer.alloc(65_536, ' '))) return void response.once('drain', more)
          }
        }
        more()
      })
      assert.match(fault, /more than 262144 bytes/)
      assert.ok(sent < 50e6)
    })

    test(`that never ends is given up on (${path})`, async () => {
      const fault = await faultWith(path, (_request: unknown, response: ServerResponse) => {
        response.write('{')
      })
      assert.match(fault, /no whole answer within 300 ms/)
    })

    test(`is not looked for where a redirect leads (${path})`, async () => {
      const fault = await faultWith(path, (_request: unknown, response: ServerResponse) => {
        response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end()
      })
      assert.match(fault, /was answered 302/)
    })
  }

  const issuer = 'https://login.contoso.com'
  const complete = documentsAt(issuer)[discovery] as Record<string, unknown>

  test('must name the issuer that it was asked of', () => {
    assert.equal(parseProviderMetadata(complete, issuer).issuer, issuer)
    // A slash at the end is what tokens of that provider will say too.
    assert.equal(parseProviderMetadata({ ...complete, issuer: `${issuer}/` }, issuer).issuer, `${issuer}/`)
    for (const other of ['https://evil.example', `${issuer}/other`, issuer.toUpperCase(), '', 7, undefined]) {
      assert.throws(() => parseProviderMetadata({ ...complete, issuer: other }, issuer), {
        name: 'ProviderError',
      })
    }
  })

  test('must send nobody to plain http', () => {
    for (const name of [
      'authorization_endpoint',
      'token_endpoint',
      'jwks_uri',
      'userinfo_endpoint',
      'end_session_endpoint',
    ]) {
      for (const address of [
        'http://login.contoso.com/x',
        'ftp://login.contoso.com',
        'javascript:alert(1)',
        '/relative',
        'https://user:word@contoso.com',
      ]) {
        assert.throws(() => parseProviderMetadata({ ...complete, [name]: address }, issuer), {
          name: 'ProviderError',
        })
      }
    }
  })

  test('must say where to authorize, to get tokens and to find keys', () => {
    for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri']) {
      assert.throws(() => parseProviderMetadata({ ...complete, [name]: undefined }, issuer), new RegExp(name))
    }
  })
})

test('takes plain http for this machine alone', () => {
  const safe = [
    'https://a.example',
    'http://localhost:1',
    'http://127.0.0.1:1',
    'http://127.1.2.3',
    'http://[::1]:1',
  ]
  const unsafe = [
    'http://a.example',
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'http://10.0.0.1',
    '',
  ]
  assert.deepEqual(
    safe.filter(each => !isSafeAddress(each)),
    [],
  )
  assert.deepEqual(unsafe.filter(isSafeAddress), [])
})

describe('a key set', () => {
  test('holds public keys that sign, and leaves out all others', async () => {
    const { privateKey } = await generateKeyPair('ES384', { extractable: true })
    const small = await exportJWK((await generateKeyPair('RS256', { modulusLength: 2048 })).publicKey)
    const keys = parseProviderKeys({
      keys: [
        { ...jwk, kid: 'rsa', use: 'sig', alg: 'RS256', x5c: ['MIIB'], x5t: 'hash' },
        { ...(await exportJWK(privateKey)), kid: 'elliptic' },
        { ...jwk, kid: 'for encryption', use: 'enc' },
        { ...jwk, kid: 'for another algorithm', alg: 'RSA-OAEP' },
        { ...small, kid: 'short', n: Buffer.alloc(128, 0xff).toString('base64url') },
        { kty: 'oct', k: 'c2VjcmV0', kid: 'symmetric' },
        { kty: 'EC', crv: 'secp256k1', x: 'AA', y: 'AA', kid: 'another curve' },
        { kty: 'RSA', kid: 'without a modulus' },
        null,
        7,
        [],
      ],
    })
    assert.deepEqual(keys.listed, [
      { kid: 'rsa', kty: 'RSA', alg: 'RS256' },
      { kid: 'elliptic', kty: 'EC', alg: null },
    ])
    assert.equal((await keys.find({ alg: 'ES384', kid: 'elliptic' }))?.type, 'public')
    assert.equal(await keys.find({ alg: 'PS256', kid: 'rsa' }), null)
    assert.equal(await keys.find({ alg: 'RS256', kid: 'elliptic' }), null)
  })

  test('does not choose where a token names no key and several would do', async () => {
    const keys = parseProviderKeys({ keys: [jwk, { ...jwk, kid: 'two' }] })
    assert.equal(await keys.find({ alg: 'RS256' }), null)
    assert.equal((await parseProviderKeys({ keys: [jwk] }).find({ alg: 'RS256' }))?.type, 'public')
  })

  test('with no key for signatures, or with too many of them, is refused', () => {
    for (const keys of [
      [],
      [{ kty: 'oct', k: 'c2VjcmV0' }],
      Array.from({ length: 101 }, () => jwk),
      'none',
      undefined,
    ]) {
      assert.throws(() => parseProviderKeys({ keys }), { name: 'ProviderError' })
    }
  })
})
