import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import type { TicketOptions } from '../testbed/kerberos/ticket.ts'
import {
  makeKerberosToken,
  makeKeytab,
  makeNegotiateToken,
  mechanism,
  tlv,
} from '../testbed/kerberos/ticket.ts'
import { createTicketRealm, type TicketRealm } from '../testbed/kerberos.ts'
import { leftOutWithout } from '../testbed/left-out.ts'
import { type Settings, startServer, type TestServer } from '../testbed/server.ts'
import { runCardinal } from './command.ts'

const templates = '/CertificateManagement/api/v1.0/profiletemplates'
const requests = '/CertificateManagement/api/v1.0/requests'
const hour = 3_600_000

describe('signing in by Kerberos tickets', {
  skip: leftOutWithout('kerberos'),
}, () => {
  let realm: TicketRealm
  let server: TestServer
  before(async () => {
    realm = await createTicketRealm()
    server = await startServer({ settings: { ...settingsOf(realm), CARDINAL_DEMO: 'true' } })
  })
  after(async () => {
    await server?.remove()
    await realm?.[Symbol.asyncDispose]()
  })

  const ticketOf = (options: Partial<TicketOptions> = {}) =>
    makeKerberosToken({ service: realm.service, client: 'alice', ...options })
  const headerOf = (token: Buffer) => `Negotiate ${token.toString('base64')}`
  const call = (authorization: string, init: RequestInit = {}, route = templates) =>
    fetch(`${server.url}${route}`, { ...init, headers: { authorization, ...init.headers } })

  /** What the log says since the work began, of refused sign-ins. */
  async function refusalsDuring(work: () => Promise<unknown>): Promise<string[]> {
    const before = server.output().length
    await work()
    await server.untilSaid(/"reason":.*\n/, before)
    return [
      ...server
        .output()
        .slice(before)
        .matchAll(/"reason":"([^"]+)"/g),
    ].map(([, reason = '']) => reason)
  }

  test('is offered first', async () => {
    const { status, headers } = await fetch(`${server.url}${templates}`)
    assert.equal(status, 401)
    assert.match(headers.get('www-authenticate') ?? '', /^Negotiate, Basic /)
  })

  test('takes one round trip for a session, and proves the server in return', async () => {
    const answer = await call(headerOf(makeNegotiateToken(ticketOf())))
    assert.equal(answer.status, 200)
    assert.match(answer.headers.get('www-authenticate') ?? '', /^Negotiate oY[A-Za-z0-9+/]{100,}=*$/)
    const [cookie = ''] = answer.headers.getSetCookie()
    assert.match(cookie, /^cardinal_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
    const next = await fetch(`${server.url}${templates}`, { headers: { cookie: cookie.split(';')[0] ?? '' } })
    assert.deepEqual([next.status, next.headers.get('www-authenticate')], [200, null])
    assert.deepEqual(await next.json(), await answer.json())
  })

  test('takes a ticket of 64,000 octets over the wire', async () => {
    const answer = await call(headerOf(makeNegotiateToken(ticketOf({ authorizationData: 62_000 }))))
    assert.equal(answer.status, 200)
  })

  const refused: readonly (readonly [reason: string, token: () => Buffer])[] = [
    [
      'expired-ticket',
      () => ticketOf({ start: new Date(Date.now() - 2 * hour), end: new Date(Date.now() - hour) }),
    ],
    ['clock-skew', () => ticketOf({ clientTime: new Date(Date.now() + hour / 2) })],
    ['wrong-service-principal', () => ticketOf({ writtenService: 'ldap/dc1.contoso.com' })],
    ['wrong-key', () => ticketOf({ service: { ...realm.service, key: randomBytes(32) } })],
    ['unknown-realm', () => ticketOf({ clientRealm: 'FABRIKAM.COM' })],
    ['unknown-user', () => ticketOf({ client: 'nobody' })],
    ['ntlm-offered', () => Buffer.from('NTLMSSP\0\x01\0\0\0\x07\x82\x08\xa2', 'latin1')],
    ['no-kerberos-token', () => makeNegotiateToken(null, [mechanism.negotiateExtended])],
    ['malformed-token', () => ticketOf().subarray(0, 100)],
  ]
  for (const [reason, token] of refused) {
    test(`is refused like any other: ${reason} is for the log alone`, async () => {
      const header = headerOf(token())
      const reasons = await refusalsDuring(async () => {
        const answer = await call(header)
        assert.equal(answer.status, 401)
        assert.match(answer.headers.get('www-authenticate') ?? '', /^Negotiate, Basic /)
        assert.deepEqual(answer.headers.getSetCookie(), [])
        const { CorrelationId, ...body } = JSON.parse(await answer.text())
        assert.match(CorrelationId, /^[0-9a-f-]{36}$/)
        assert.deepEqual(body, {
          Message:
            'The credentials were not accepted. Sign in anew; the administrator finds the reason in the log.',
          ErrorCode: 'NotSignedIn',
        })
      })
      assert.deepEqual(reasons, [reason])
      assert.ok(!server.output().includes(header.slice(10, 110)), 'The token is in the log.')
    })
  }

  test('is refused the second time, before and after the server was started anew', async () => {
    const header = headerOf(makeNegotiateToken(ticketOf()))
    assert.equal((await call(header)).status, 200)
    const again = async () => assert.equal((await call(header)).status, 401)
    assert.deepEqual(await refusalsDuring(again), ['replayed-token'])
    await server.stop()
    assert.ok(readdirSync(server.dataDir).includes('kerberos-replay-cache'))
    await server.restart()
    assert.deepEqual(await refusalsDuring(again), ['replayed-token'])
  })

  test('leaves the body of a refused call alone', async () => {
    let sent = 0
    const body = new ReadableStream({
      pull(controller) {
        sent += 1
        if (sent > 1000) controller.close()
        else controller.enqueue(new Uint8Array(16_384).fill(0x7b))
      },
    })
    const init = {
      method: 'POST',
      body,
      duplex: 'half' as const,
      headers: { 'content-type': 'application/json' },
    }
    const answer = await call(headerOf(ticketOf().subarray(0, 100)), init, requests)
    // It is neither JSON nor small enough: whoever had looked at it would have answered 400 or 413.
    assert.equal(answer.status, 401)
    await answer.body?.cancel()
  })

  test('withstands tokens that nobody should send: 401, at once, and on it goes', async () => {
    const whole = makeNegotiateToken(ticketOf())
    const bent = fc
      .array(fc.record({ at: fc.nat(whole.length - 1), bit: fc.nat(7) }), { minLength: 1, maxLength: 3 })
      .map(changes => {
        const token = makeNegotiateToken(ticketOf())
        for (const { at, bit } of changes)
          token[at % token.length] = (token[at % token.length] ?? 0) ^ (1 << bit)
        return token
      })
    const nested = fc.integer({ min: 1, max: 9000 }).map(depth => {
      let token: Buffer = Buffer.alloc(0)
      for (let level = 0; level < depth; level++) token = tlv(level % 2 === 0 ? 0x30 : 0xa0, token)
      return tlv(0x60, Buffer.from(mechanism.spnego, 'hex'), token)
    })
    const huge = fc.integer({ min: 1000, max: 65_000 }).map(size => tlv(0x60, Buffer.alloc(size, 0x30)))
    const cut = fc.nat(whole.length - 1).map(length => whole.subarray(0, length))
    const noise = fc.uint8Array({ maxLength: 200 }).map(octets => Buffer.from(octets))
    const text = fc.string({ maxLength: 60 }).map(characters => characters.replace(/[^\x21-\x7e]/g, ' '))
    const header = fc.oneof(
      fc.oneof({ weight: 6, arbitrary: bent }, nested, huge, cut, noise).map(headerOf),
      text.map(characters => `Negotiate ${characters}`),
    )
    await fc.assert(
      fc.asyncProperty(header, async authorization => {
        const { status, body } = await call(
          authorization,
          {
            method: 'POST',
            body: '{"type":"Enroll"}',
            headers: { 'content-type': 'application/json' },
            signal: AbortSignal.timeout(10_000),
          },
          requests,
        )
        await body?.cancel()
        // A bit may be one that does not count, such as those of the flags: 400 then says what the body lacks.
        assert.ok(status === 401 || status === 400, `${authorization.slice(0, 200)} was answered ${status}`)
      }),
      { numRuns: 400 },
    )
    assert.equal((await call(headerOf(ticketOf()))).status, 200)
    assert.doesNotMatch(server.output(), /"level":(?:50|60)/)
  })
})

describe('a server that is to sign in by Kerberos tickets', () => {
  test('does not start without its keytab, and says what to do', async () => {
    await using realm = await createTicketRealm()
    const { code, stderr } = await serve(realm, { CARDINAL_NEGOTIATE_KEYTAB_FILE: realm.file('missing') })
    assert.equal(code, 1)
    assert.match(
      stderr,
      /^cardinal: Negotiate cannot work: the keytab cannot be read \(ENOENT.*missing.*\)\..*readable for the account/,
    )
  })

  for (const [what, content, advice] of [
    ['what is no keytab', () => Buffer.from('secret=1'), /is no keytab\. It does not begin/],
    [
      'a keytab that is cut off',
      (realm: TicketRealm) => makeKeytab([realm.service]).subarray(0, 60),
      /is no keytab\. It is cut off/,
    ],
    [
      'a keytab without a key for HTTP',
      (realm: TicketRealm) => makeKeytab([{ ...realm.service, principal: 'host/x' }]),
      /holds no key for HTTP\/…, only host\/x@CONTOSO\.COM\. Make a keytab/,
    ],
  ] as const) {
    test(`does not start with ${what}`, async () => {
      await using realm = await createTicketRealm()
      writeFileSync(realm.keytabFile, content(realm))
      const { code, stderr } = await serve(realm)
      assert.equal(code, 1)
      assert.match(stderr, advice)
      assert.doesNotMatch(stderr, /secret=1|^ {4}at /m)
    })
  }

  test('does not start with a keytab for another principal than the one configured', async () => {
    await using realm = await createTicketRealm()
    const { code, stderr } = await serve(realm, {
      CARDINAL_NEGOTIATE_SERVICE_PRINCIPAL: 'HTTP/other.contoso.com',
    })
    assert.equal(code, 1)
    assert.match(stderr, /holds no key for HTTP\/other\.contoso\.com\./)
  })
})

describe('without the add-on', () => {
  /** Code that makes Node find no package of that name. */
  const hook = `import { registerHooks } from 'node:module'
registerHooks({
  resolve(specifier, context, next) {
    if (specifier === 'kerberos') throw Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' })
    return next(specifier, context)
  },
})`
  const withoutAddOn = (realm: TicketRealm): Settings => {
    writeFileSync(realm.file('hook.mjs'), hook)
    return { NODE_OPTIONS: `--import=${pathToFileURL(realm.file('hook.mjs'))}` }
  }

  test('a server that is to sign in by Kerberos tickets does not start', async () => {
    await using realm = await createTicketRealm()
    const { code, stderr } = await serve(realm, withoutAddOn(realm))
    assert.equal(code, 1)
    assert.match(
      stderr,
      /^cardinal: Negotiate cannot work: .*is not built here\. Run: npm run addon -- kerberos\n$/m,
    )
  })

  test('any other starts, and says nothing of it to people who did not ask', async () => {
    await using realm = await createTicketRealm()
    const server = await startServer({ settings: withoutAddOn(realm) })
    try {
      assert.doesNotMatch(server.output(), /kerberos|add-on/i)
      const { headers } = await fetch(`${server.url}${templates}`)
      assert.doesNotMatch(headers.get('www-authenticate') ?? '', /Negotiate/)
    } finally {
      await server.remove()
    }
  })

  test('the walkthrough says how to build it', async () => {
    await using realm = await createTicketRealm()
    const args = ['walkthrough', '--url', 'http://127.0.0.1:9', '--negotiate']
    const { code, stderr } = await runCardinal(args, withoutAddOn(realm))
    assert.equal(code, 1)
    assert.match(stderr, /npm run addon -- kerberos/)
    assert.doesNotMatch(stderr, /^ {4}at /m)
  })
})

function settingsOf(realm: TicketRealm): Settings {
  return {
    CARDINAL_NEGOTIATE_KEYTAB_FILE: realm.keytabFile,
    // Whoever only accepts tickets needs no configuration of Kerberos.
    KRB5_CONFIG: '/dev/null',
  }
}

function serve(realm: TicketRealm, settings: Settings = {}) {
  return runCardinal(['serve'], {
    CARDINAL_PORT: '0',
    CARDINAL_DATA_DIR: path.dirname(realm.file('data/x')),
    CARDINAL_CERTIFICATION_AUTHORITY_KEY_ALGORITHM: 'EC-P256',
    ...settingsOf(realm),
    ...settings,
  })
}
