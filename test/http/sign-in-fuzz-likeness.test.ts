import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { encodeSidExtension } from '../../src/x509/extensions/sid-extension.ts'
import { encodeSubjectAlternativeName } from '../../src/x509/extensions/subject-alternative-name.ts'
import { makeKerberosToken, makeNegotiateToken, type TicketOptions } from '../testbed/kerberos/ticket.ts'
import { leftOutWithout } from '../testbed/left-out.ts'
import { createTestAuthority, generateTestKey, type TestAuthority } from '../x509/test-authority.ts'
import { type Answer, cookieSetBy } from './authorization/answer.ts'
import { disabled } from './authorization/people.ts'
import { accessTokenFor, inject } from './authorization/schemes.ts'
import { certificatePem, privateKeyPem, startServerOfSchemes } from './authorization/server-of-schemes.ts'
import { createTlsClient } from './authorization/tls-client.ts'
import { as } from './server.ts'

const server = await startServerOfSchemes()
after(() => server[Symbol.asyncDispose]())
const { app, passwordOf, provider, realm, company, backdoor } = server
await app.listen({ host: '127.0.0.1', port: 0 })

const url = '/CertificateManagement/api/v2.0/session'
const apiTokens = '/CertificateManagement/api/v2.0/api-tokens'

type Headers = Readonly<Record<string, string>>

let callers = 0
/** From another network each time, where nobody has guessed yet. */
async function by(headers: Headers): Promise<Answer> {
  callers += 1
  const {
    statusCode,
    headers: answered,
    body,
  } = await app.inject({
    url,
    headers,
    remoteAddress: `10.${callers >> 8}.${callers & 255}.1`,
  })
  return { status: statusCode, headers: answered, body }
}

/** What tells answers apart, without what is new in each. */
function seen({ status, headers, body }: Answer) {
  const { 'x-correlation-id': correlationId, date, ...others } = headers
  assert.ok(correlationId !== undefined)
  return { status, headers: others, body: body.replace(String(correlationId), '') }
}

function assertAlike(answers: Readonly<Record<string, Answer>>, status = 401): void {
  const [first, ...others] = Object.entries(answers)
  assert.ok(first !== undefined && others.length >= 3)
  assert.equal(first[1].status, status)
  for (const [what, answer] of others) {
    assert.deepEqual(seen(answer), seen(first[1]), `${what} is told from ${first[0]}`)
  }
}

/** Answers by what was shown, one after the other. */
async function answersTo(shown: Readonly<Record<string, Headers | Promise<Headers>>>) {
  const answers: Record<string, Answer> = {}
  for (const [what, headers] of Object.entries(shown)) answers[what] = await by(await headers)
  return answers
}

const basic = (name: string, password: string): Headers => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
})

test('Basic tells nobody whether there is such an account', async () => {
  assert.equal((await by(basic('alice', passwordOf('alice')))).status, 200)
  assertAlike(
    await answersTo({
      'an unknown name': basic('zed', 'x'),
      'a wrong password': basic('alice', 'x'),
      'a disabled account': basic(disabled, passwordOf(disabled)),
      'a disabled account by a wrong password': basic(disabled, 'x'),
      'the user of another domain': basic('FABRIKAM\\bob', passwordOf('bob')),
      'a principal name of another domain': basic('bob@fabrikam.com', passwordOf('bob')),
      'what can be no name': basic('*)(objectClass=*', 'x'),
      'a name that is too long for one': basic('x'.repeat(700), 'x'),
    }),
  )
})

test('Basic slows everybody down alike, whether or not there is such an account', async () => {
  const guess = async (name: string) => {
    const remoteAddress = `192.0.2.${name.length}`
    const statuses: (number | string | undefined)[] = []
    for (let attempt = 0; attempt < 6; attempt++) {
      const { statusCode, headers, body } = await app.inject({
        url,
        headers: basic(name, `guess ${attempt}`),
        remoteAddress,
      })
      const { ErrorCode, Message } = JSON.parse(body)
      statuses.push(statusCode, headers['retry-after']?.toString(), ErrorCode, Message)
    }
    return statuses
  }
  const known = await guess('audrey')
  assert.ok(known.includes(429))
  for (const name of ['nobodyatall', disabled, 'FABRIKAM\\audrey2'])
    assert.deepEqual(await guess(name), known, name)
})

test('a bearer token tells nobody whom the directory knows', async () => {
  const token = async (upn: string): Promise<Headers> => ({
    authorization: `Bearer ${await accessTokenFor(server, upn)}`,
  })
  assert.equal((await by(await token('alice@contoso.com'))).status, 200)
  const good = await accessTokenFor(server, 'alice@contoso.com')
  const iat = Math.floor(Date.now() / 1000)
  const claims = {
    iss: provider.issuer,
    aud: provider.audience,
    upn: 'alice@contoso.com',
    iat,
    exp: iat + 600,
  }
  const signed = async (change: object): Promise<Headers> => ({
    authorization: `Bearer ${await provider.sign({ ...claims, ...change })}`,
  })
  assertAlike(
    await answersTo({
      'an unknown user': token('zed@contoso.com'),
      'a disabled account': token(`${disabled}@contoso.com`),
      'the user of another domain': token('alice@fabrikam.com'),
      'no user': signed({ upn: undefined }),
      'an expired one': signed({ exp: iat - 100 }),
      'one for somebody else': signed({ aud: 'https://other.contoso.com' }),
      'one of another issuer': signed({ iss: 'https://login.fabrikam.com' }),
      'another key': { authorization: `Bearer ${good.slice(0, -6)}AAAAAA` },
      'no token at all': { authorization: 'Bearer e30.e30.' },
    }),
  )
})

test('an API token tells nobody whether there was such a one', async () => {
  const create = async (account: string) => {
    const payload = { name: 'x', scopes: ['read'], expires: new Date(Date.now() + 86_400_000).toISOString() }
    const response = await backdoor.app.inject({
      method: 'POST',
      url: apiTokens,
      headers: as(account),
      payload,
    })
    return response.json()
  }
  const ofSomebodyGone = await create('nora')
  const revoked = await create('bob')
  await backdoor.app.inject({ method: 'DELETE', url: `${apiTokens}/${revoked.uuid}`, headers: as('bob') })
  await disable('nora')
  const header = (token: string): Headers => ({ authorization: `Bearer ${token}` })
  assertAlike(
    await answersTo({
      'one that never was': header(revoked.token.replace(/.{10}$/, 'AAAAAAAAAA')),
      'a revoked one': header(revoked.token),
      'one of a disabled account': header(ofSomebodyGone.token),
      'one of another form': header(revoked.token.slice(0, -1)),
    }),
  )
})

test('a session tells nobody whether there was such a one', async () => {
  const begin = async (account: string) => {
    const headers = basic(account, passwordOf(account))
    const begun = await app.inject({ method: 'POST', url, headers, payload: {}, remoteAddress: '10.9.9.9' })
    return String(begun.headers['set-cookie']).split(';', 1)[0] ?? ''
  }
  const ofSomebodyGone = await begin('eva')
  const ended = await begin('bob')
  await inject(app, { method: 'DELETE', url, headers: { cookie: ended } })
  const [name = ''] = ended.split('=')
  await disable('eva')
  assertAlike(
    await answersTo({
      'one that never was': { cookie: `${name}=${'A'.repeat(43)}` },
      'an ended one': { cookie: ended },
      'one of a disabled account': { cookie: ofSomebodyGone },
      'one of another form': { cookie: `${name}=x` },
    }),
  )
})

test('signing in by browser tells nobody whom the directory knows', async () => {
  const comeBack = async (user: string, change = (query: string) => query): Promise<Answer> => {
    const led = await inject(app, { url: '/sign-in' })
    const { location } = led.headers
    const back = await provider.authorize(String(location), user)
    const headers = { cookie: cookieSetBy(led, 'cardinal_sign_in') ?? '' }
    return await inject(app, { url: `${back.pathname}${change(back.search)}`, headers })
  }
  assert.equal((await comeBack('alice')).status, 200)
  assertAlike(
    {
      'an unknown user': await comeBack('zed'),
      'a disabled account': await comeBack(disabled),
      'the user of another domain': await comeBack('alice@fabrikam.com'),
      'another state': await comeBack('alice', query => query.replace(/state=[^&]+/, 'state=other')),
      'another code': await comeBack('alice', query => query.replace(/code=[^&]+/, 'code=other')),
    },
    403,
  )
})

describe('Negotiate', { skip: leftOutWithout('kerberos') }, () => {
  test('tells nobody whom the directory knows', async () => {
    const ticket = (options: Partial<TicketOptions>): Headers => {
      const token = makeKerberosToken({ service: realm.service, client: 'alice', ...options })
      return { authorization: `Negotiate ${makeNegotiateToken(token).toString('base64')}` }
    }
    assert.equal((await by(ticket({}))).status, 200)
    const used = ticket({})
    await by(used)
    assertAlike(
      await answersTo({
        'an unknown user': ticket({ client: 'zed' }),
        'a disabled account': ticket({ client: disabled }),
        'the user of another domain': ticket({ clientRealm: 'FABRIKAM.COM' }),
        'a ticket under another key': ticket({ service: { ...realm.service, key: randomBytes(32) } }),
        'an expired ticket': ticket({ start: new Date(0), end: new Date(86_400_000) }),
        'a used one': used,
        'no token at all': { authorization: 'Negotiate AAAA' },
      }),
    )
  })
})

test('a client certificate tells nobody whom the directory knows', async () => {
  const key = generateTestKey('P-256')
  const names = (value: string) => encodeSubjectAlternativeName([{ type: 'userPrincipalName', value }], false)
  const sidOf = async (account: string) =>
    (await backdoor.environment.directory.findUserByName(account))?.sid ?? ''
  const show = async (
    extensions: Parameters<TestAuthority['issue']>[1]['extensions'],
    authority = company,
  ) => {
    const identity = { cert: certificatePem(authority, key, { extensions }), key: privateKeyPem(key) }
    const client = createTlsClient(server.url(), identity)
    try {
      return await client.send({ url })
    } finally {
      client.close()
    }
  }
  assert.equal((await show([names('alice@contoso.com')])).status, 200)
  assertAlike({
    'an unknown identifier': await show([encodeSidExtension('S-1-5-21-9-9-9-9')]),
    'an unknown name': await show([names('zed@contoso.com')]),
    'a disabled account': await show([encodeSidExtension(await sidOf(disabled))]),
    'a disabled account by name': await show([names(`${disabled}@contoso.com`)]),
    'the user of another domain': await show([names('alice@fabrikam.com')]),
    nobody: await show([]),
    'another authority': await show([names('alice@contoso.com')], createTestAuthority('P-256', 'CN=Other')),
    'an authority of the same name': await show(
      [names('alice@contoso.com')],
      createTestAuthority('P-256', 'CN=Company Issuing'),
    ),
  })
})

async function disable(account: string): Promise<void> {
  const { environment, store, clock } = backdoor
  const user = await environment.directory.findUserByName(account)
  assert.ok(user !== null)
  await store.transactor.transaction(async transaction => {
    await transaction.saveUser({ ...user, enabled: false })
    await transaction.audit({
      at: clock.at,
      action: 'organisation-imported',
      actorUuid: null,
      requestUuid: null,
      subject: account,
      facts: {},
      correlationId: null,
    })
  })
}
