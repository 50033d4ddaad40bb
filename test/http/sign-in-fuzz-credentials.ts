import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { makeKerberosToken, makeNegotiateToken } from '../testbed/kerberos/ticket.ts'
import type { ServerOfSchemes } from './authorization/server-of-schemes.ts'

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const base64 = (text: string) => Buffer.from(text).toString('base64')

const anything = fc.oneof(
  fc.string({ unit: 'binary-ascii', maxLength: 60 }),
  fc.string({
    unit: fc.integer({ min: 0x21, max: 0xff }).map(code => String.fromCharCode(code)),
    maxLength: 60,
  }),
  fc.constantFrom(
    '',
    ' ',
    ',',
    '=',
    '"',
    '\\',
    '%00',
    '__proto__',
    '\u00e9',
    ','.repeat(5000),
    'A'.repeat(90_000),
  ),
)

/** A good one with some octets changed, left out or doubled, which by chance gives the good one itself at times. */
function mutated(octets: Buffer, good = octets): fc.Arbitrary<Buffer> {
  const at = fc.nat(octets.length - 1)
  const changed = fc.oneof(
    at.map(length => octets.subarray(0, length)),
    fc
      .array(fc.tuple(at, fc.nat(255)), { minLength: 1, maxLength: 4 })
      .map(changes =>
        changes.reduce((copy, [where, octet]) => copy.fill(octet, where, where + 1), Buffer.from(octets)),
      ),
    fc.tuple(at, at).map(([from, to]) => Buffer.concat([octets.subarray(0, from), octets.subarray(to)])),
  )
  return changed.filter(result => !result.equals(good))
}

function claims(server: ServerOfSchemes): Record<string, unknown> {
  const { issuer, audience } = server.provider
  const iat = Math.floor(Date.now() / 1000)
  return { iss: issuer, aud: audience, upn: 'alice@contoso.com', sub: 'alice', iat, exp: iat + 600 }
}

/** Tokens that somebody without the provider's key can make. */
function forgedTokens(server: ServerOfSchemes): fc.Arbitrary<string> {
  const { kid, publicJwk } = server.provider
  const sign = (header: object, payload: unknown) => {
    const input = `${base64url(header)}.${base64url(payload)}`
    return `${input}.${createHmac('sha256', JSON.stringify(publicJwk)).update(input).digest('base64url')}`
  }
  const header = fc.record(
    {
      alg: fc.constantFrom<unknown>(
        'none',
        'None',
        'HS256',
        'ES256',
        'RS256',
        'PS512',
        '',
        null,
        1,
        {},
        '__proto__',
      ),
      kid: fc.constantFrom<unknown>(kid, 'other', '', '../../key', 'x'.repeat(600), 1, null, [], {}),
      typ: fc.constantFrom<unknown>('at+jwt', 'JWT', 'application/at+jwt', 1, null),
      jwk: fc.constantFrom(publicJwk),
      jku: fc.constantFrom('http://127.0.0.1:1/keys', 'file:///etc/passwd'),
      crit: fc.constantFrom<unknown>(['exp'], [], 'exp'),
      x5c: fc.constantFrom(['MAA=']),
    },
    { requiredKeys: ['alg'] },
  )
  const payload = fc.oneof(
    fc.constant(claims(server)),
    fc.jsonValue({ maxDepth: 3 }),
    fc.record({
      exp: fc.constantFrom<unknown>(1.5, -1, '9', null, 9e15),
      iss: fc.constantFrom('x', 1, null),
    }),
    fc.constant({ deep: JSON.parse(`${'['.repeat(2000)}${']'.repeat(2000)}`) }),
  )
  return fc.tuple(header, payload).map(([head, body]) => sign(head, body))
}

/** Values of an Authorization header that let nobody in. */
export async function hostileAuthorizations(server: ServerOfSchemes): Promise<fc.Arbitrary<string>> {
  const { provider, realm } = server
  const goodToken = await provider.sign({ ...claims(server), sub: 'good' })
  const token = fc.oneof(
    forgedTokens(server),
    mutated(Buffer.from(goodToken)).map(octets => octets.toString('latin1')),
    // Signed by the provider, and for nobody here.
    fc.constantFrom(
      ...(await Promise.all(
        [
          { upn: '' },
          { upn: null },
          { upn: ['alice@contoso.com'] },
          { upn: 'x'.repeat(5000) },
          { upn: 'nobody@contoso.com' },
          { upn: 'dora@contoso.com' },
          { upn: 'alice@fabrikam.com' },
          { aud: 'another' },
          { iss: 'http://localhost:1' },
          { exp: 1 },
        ].map(change => provider.sign({ ...claims(server), ...change })),
      )),
    ),
    fc.string({ maxLength: 43 }).map(text => `cardinal_${base64(text)}`),
  )
  const ticket = makeNegotiateToken(makeKerberosToken({ service: realm.service, client: 'alice' }))
  // The last octet is part of the proof's checksum: where it is another one, nobody is let in.
  const spoilt = Buffer.from(ticket)
  spoilt[spoilt.length - 1] = (spoilt.at(-1) ?? 0) ^ 1
  const negotiate = fc.oneof(
    mutated(spoilt, ticket),
    fc.nat(4000).map(depth => Buffer.from('3080'.repeat(depth), 'hex')),
    fc.nat(3000).map(depth => nested(depth)),
    fc.constantFrom(
      Buffer.from('NTLMSSP\0\x01\0\0\0'),
      Buffer.from('6084ffffffff', 'hex'),
      Buffer.alloc(70_000, 0x60),
    ),
  )
  const name = fc.string({ unit: 'grapheme', maxLength: 30 })
  const basic = fc.oneof(
    fc.tuple(name, name).map(([user, password]) => base64(`${user}\0:${password}`)),
    name.map(text => base64(text).replace('=', '')),
    fc.constantFrom(
      base64(':'),
      base64('alice:'),
      base64(':x'),
      base64('a'.repeat(2000)),
      '/w==',
      'YWxpY2U6eA=',
      '====',
    ),
  )
  const scheme = fc.constantFrom(
    'Basic',
    'basic',
    'BASIC',
    'Negotiate',
    'NEGOTIATE',
    'Bearer',
    'bEaReR',
    'Digest',
    'NTLM',
    'x',
    '',
  )
  const separator = fc.constantFrom(' ', '  ', '\t', '', ',', ' , ')
  const fitting = fc.oneof(
    { weight: 2, arbitrary: basic.map(text => `Basic ${text}`) },
    { weight: 3, arbitrary: negotiate.map(octets => `Negotiate ${octets.toString('base64')}`) },
    { weight: 3, arbitrary: token.map(text => `Bearer ${text}`) },
  )
  return fc.oneof(
    { weight: 6, arbitrary: fitting },
    { weight: 1, arbitrary: fc.tuple(scheme, separator, anything).map(parts => parts.join('')) },
    // Several in one, as a list or as proxies join them.
    {
      weight: 1,
      arbitrary: fc
        .tuple(scheme, fitting, fitting)
        .map(([first, ...rest]) => [`${first} x`, ...rest].join(', ')),
    },
  )
}

/** DER within DER, each with its length. */
function nested(depth: number): Buffer {
  let octets = Buffer.from([0x05, 0x00])
  for (let level = 0; level < depth; level++) {
    const length = Buffer.from([
      0x30,
      0x83,
      (octets.length >> 16) & 0xff,
      (octets.length >> 8) & 0xff,
      octets.length & 0xff,
    ])
    octets = Buffer.concat([length, octets])
  }
  return octets
}

/** Values of a Cookie header that stand for no session. */
export const hostileCookies: fc.Arbitrary<string> = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        'cardinal_session',
        '__Host-cardinal_session',
        ' cardinal_session',
        'CARDINAL_SESSION',
        'cardinal_sign_in',
        '__Host-x',
        '',
        '$Version',
        'a',
      ),
      fc.constantFrom('=', '', '==', ' = ', ':'),
      fc.oneof(
        anything,
        fc.base64String({ maxLength: 64 }),
        fc.constantFrom(
          'A'.repeat(43),
          `"${'A'.repeat(43)}"`,
          '%41'.repeat(43),
          'A'.repeat(44),
          'A'.repeat(80_000),
        ),
      ),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .chain(pairs =>
    fc
      .constantFrom('; ', ';', ';;', ',', ' ;')
      .map(between => pairs.map(pair => pair.join('')).join(between)),
  )
