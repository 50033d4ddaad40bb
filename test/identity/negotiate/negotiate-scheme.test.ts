import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import type { DirectoryUser } from '../../../src/domain/directory-user.ts'
import { createGssapiAcceptor } from '../../../src/identity/negotiate/gssapi-acceptor.ts'
import { readKeytab } from '../../../src/identity/negotiate/kerberos/keytab.ts'
import { loadKerberosAddon } from '../../../src/identity/negotiate/kerberos-addon.ts'
import {
  createNegotiateScheme,
  type NegotiateSchemeOptions,
} from '../../../src/identity/negotiate/negotiate-scheme.ts'
import { createTicketOpener } from '../../../src/identity/negotiate/ticket-opener.ts'
import { SignInRefusal } from '../../../src/identity/sign-in-refusal.ts'
import { makePrivilegeAttributes } from '../../testbed/kerberos/privilege-attributes.ts'
import {
  makeKerberosToken,
  makeKeytab,
  makeNegotiateToken,
  type TicketOptions,
} from '../../testbed/kerberos/ticket.ts'
import { createTicketRealm, type TicketRealm } from '../../testbed/kerberos.ts'
import { leftOutWithout } from '../../testbed/left-out.ts'

const hour = 3_600_000
/** Another service, whose key lies in the same keytab. */
const files = {
  principal: 'nfs/cardinal.contoso.com',
  realm: 'CONTOSO.COM',
  version: 3,
  key: randomBytes(32),
}
const inHours = (hours: number) => new Date(Date.now() + hours * hour)

const alice: DirectoryUser = {
  uuid: '8a1b0e5e-5f3a-4c58-9f0e-3f0d8d0a0001',
  sid: 'S-1-5-21-1-2-3-1104',
  domain: 'CONTOSO',
  accountName: 'alice',
  displayName: 'Alice Adams',
  userPrincipalName: 'alice.adams@contoso.com',
  mail: null,
  distinguishedName: 'CN=Alice Adams,CN=Users,DC=contoso,DC=com',
  enabled: true,
}
/** Has a number that no domain controller gave out. */
const bob: DirectoryUser = {
  ...alice,
  sid: 'S-1-12-1-4-3-2-1',
  accountName: 'bob',
  userPrincipalName: 'bob@contoso.com',
}
const people = [alice, { ...alice, sid: 'S-1-5-21-1-2-3-1105', accountName: 'gone', enabled: false }, bob]

/** Finds people by security identifier, by account name and by user principal name, as every directory does. */
const directory = {
  async findUserBySid(sid: string) {
    return people.find(user => user.sid === sid) ?? null
  },
  async findUserByName(name: string) {
    const wanted = name.toLowerCase()
    return (
      people.find(user => user.accountName === wanted) ??
      people.find(({ userPrincipalName }) => wanted.includes('.') && userPrincipalName?.startsWith(wanted)) ??
      null
    )
  },
}

describe('signing in by Negotiate', {
  skip: leftOutWithout('kerberos'),
}, () => {
  let realm: TicketRealm
  before(async () => {
    realm = await createTicketRealm()
    await writeFile(realm.keytabFile, makeKeytab([realm.service, files]))
    Object.assign(process.env, {
      KRB5_CONFIG: realm.krb5Configuration,
      KRB5_KTNAME: `FILE:${realm.keytabFile}`,
      KRB5RCACHENAME: `file2:${realm.file('replay-cache')}`,
    })
  })
  after(() => realm[Symbol.asyncDispose]())

  const settingsOf = (acceptor: ReturnType<typeof createGssapiAcceptor>) => ({
    acceptor,
    directory,
    servicePrincipal: undefined,
    openTicket: createTicketOpener(async () => readKeytab(await readFile(realm.keytabFile))),
    requiresSid: false,
    checkChannelBinding: null,
  })

  async function identify(header: string, options: Partial<NegotiateSchemeOptions> = {}) {
    const acceptor = createGssapiAcceptor(await loadKerberosAddon())
    const scheme = createNegotiateScheme({ ...settingsOf(acceptor), ...options })
    const credentials = {
      authorization: header,
      sessionToken: null,
      clientCertificate: null,
      address: '192.0.2.1',
      correlationId: '',
    }
    return await scheme.identify(header, credentials)
  }

  const headerOf = (options: Partial<TicketOptions> = {}) =>
    `Negotiate ${makeNegotiateToken(makeKerberosToken({ service: realm.service, client: 'alice', ...options })).toString('base64')}`

  const refusal = async (
    header: string,
    options: Partial<NegotiateSchemeOptions> = {},
  ): Promise<SignInRefusal> => {
    const error: unknown = await identify(header, options).catch(thrown => thrown)
    if (error instanceof SignInRefusal) return error
    throw new Error('It was not refused.', { cause: error })
  }

  test('finds the user, proves the server in return and begins a session', async () => {
    const { challenge, ...identified } = await identify(headerOf())
    assert.deepEqual(identified, { user: alice, scheme: 'negotiate', beginsSession: true })
    assert.match(challenge ?? '', /^Negotiate oY[A-Za-z0-9+/]{100,}={0,2}$/)
  })

  test('takes the scheme and the account name in any case', async () => {
    const header = headerOf({ client: 'ALICE' }).replace('Negotiate', 'NEGOTIATE')
    assert.equal((await identify(header)).user, alice)
  })

  test('takes the ticket of somebody in many groups', async () => {
    assert.equal((await identify(headerOf({ authorizationData: 40_000 }))).user, alice)
  })

  describe('whose ticket says by security identifier to whom it was issued', () => {
    const issuedTo = (sid: string | null, options: Partial<TicketOptions> = {}) =>
      headerOf({ privilegeAttributes: makePrivilegeAttributes({ key: realm.service.key, sid }), ...options })

    test('is the one, whatever name the ticket has', async () => {
      assert.equal((await identify(issuedTo(alice.sid))).user, alice)
      for (const client of ['formerly-alice', 'bob', 'gone', 'alice@contoso.com', 'back\\slash', 'a\nb']) {
        assert.equal((await identify(issuedTo(alice.sid, { client }))).user, alice)
      }
    })

    test('is nobody where the name has gone to somebody else', async () => {
      const { reason, message } = await refusal(issuedTo('S-1-5-21-1-2-3-9999'))
      assert.equal(reason, 'renamed-account')
      assert.match(message, /S-1-5-21-1-2-3-9999.*signs in with a new ticket/)
    })

    test('is found by name in a directory that counts otherwise than the domain controller', async () => {
      assert.equal((await identify(issuedTo('S-1-5-21-1-2-3-9999', { client: 'bob' }))).user, bob)
      assert.equal((await identify(issuedTo('S-1-5-21-7-8-9-1104'))).user, alice)
    })

    test('is found by name where the ticket does not say', async () => {
      assert.equal((await identify(issuedTo(null))).user, alice)
    })

    test('must say so where that is required', async () => {
      const required = { requiresSid: true }
      assert.equal((await identify(issuedTo(alice.sid, { client: 'bob' }), required)).user, alice)
      for (const header of [headerOf(), issuedTo(null)]) {
        const { reason, message } = await refusal(header, required)
        assert.equal(reason, 'no-privilege-attributes')
        assert.match(message, /asked for without a privilege attribute certificate/)
      }
      const { reason, message } = await refusal(headerOf(), { ...required, openTicket: async () => null })
      assert.equal(reason, 'no-privilege-attributes')
      assert.match(message, /not encrypted by AES/)
    })

    test('is refused where disabled, or of another realm', async () => {
      assert.equal((await refusal(issuedTo('S-1-5-21-1-2-3-1105'))).reason, 'disabled-account')
      const foreign = issuedTo(alice.sid, { clientRealm: 'FABRIKAM.COM' })
      assert.equal((await refusal(foreign)).reason, 'unknown-realm')
    })

    test('is refused where the domain did not sign it for this service', async () => {
      const privilegeAttributes = makePrivilegeAttributes({ key: randomBytes(32), sid: alice.sid })
      assert.equal((await refusal(headerOf({ privilegeAttributes }))).reason, 'unreadable-ticket')
    })
  })

  test('takes many at once, one after the other', async () => {
    const all = await Promise.all(Array.from({ length: 40 }, () => identify(headerOf())))
    assert.equal(all.length, 40)
  })

  test('takes a token once', async () => {
    const header = headerOf()
    await identify(header)
    assert.equal((await refusal(header)).reason, 'replayed-token')
  })

  test('takes a token once where the ticket travels in another wrapping the second time', async () => {
    const token = makeKerberosToken({ service: realm.service, client: 'alice' })
    await identify(`Negotiate ${makeNegotiateToken(token).toString('base64')}`)
    assert.equal((await refusal(`Negotiate ${token.toString('base64')}`)).reason, 'replayed-token')
  })

  const cases: readonly (readonly [reason: string, what: string, options: () => Partial<TicketOptions>])[] = [
    ['expired-ticket', 'a ticket that has ended', () => ({ start: inHours(-3), end: inHours(-1) })],
    ['ticket-not-yet-valid', 'a ticket that has not begun', () => ({ start: inHours(1), end: inHours(2) })],
    ['clock-skew', 'a client whose clock is an hour behind', () => ({ clientTime: inHours(-1) })],
    ['clock-skew', 'a client whose clock is ahead', () => ({ clientTime: inHours(0.2) })],
    [
      'wrong-service-principal',
      'a ticket for another service',
      () => ({ service: { ...realm.service, principal: 'HTTP/other.contoso.com', key: randomBytes(32) } }),
    ],
    [
      'wrong-service-principal',
      'a ticket for another kind of service, though the key fits',
      () => ({ writtenService: 'host/cardinal.contoso.com' }),
    ],
    [
      'wrong-key',
      'a ticket for another service of the keytab that says it is for ours',
      () => ({ service: files, writtenService: realm.service.principal }),
    ],
    [
      'wrong-key',
      'a ticket under a key that nobody has',
      () => ({ service: { ...realm.service, key: randomBytes(32) } }),
    ],
    [
      'unknown-key-version',
      'a ticket under a newer key',
      () => ({ service: { ...realm.service, version: 4, key: randomBytes(32) } }),
    ],
    ['unknown-realm', 'somebody of another realm', () => ({ clientRealm: 'FABRIKAM.COM' })],
    ['unknown-user', 'somebody whom the directory does not know', () => ({ client: 'zed' })],
    ['unknown-user', 'a name by which the directory knows somebody else', () => ({ client: 'alice.adams' })],
    ['unknown-user', 'a service', () => ({ client: 'alice/admin' })],
    ['unknown-user', 'a name with an @', () => ({ client: 'alice@contoso.com' })],
    ['unknown-user', 'a name with a control character', () => ({ client: 'ali\nce' })],
    ['unknown-user', 'no name', () => ({ client: '' })],
    ['disabled-account', 'a disabled user', () => ({ client: 'gone' })],
  ]
  for (const [reason, what, options] of cases) {
    test(`refuses ${what}: ${reason}`, async () => {
      const found = await refusal(headerOf(options()))
      assert.equal(found.reason, reason, found.message)
      assert.match(found.message, /^[\x20-\x7e…]{20,600}$/)
    })
  }

  test('refuses a proof that was tampered with', async () => {
    const token = makeKerberosToken({ service: realm.service, client: 'alice' })
    token[token.length - 20] = (token.at(-20) ?? 0) ^ 1
    assert.equal((await refusal(`Negotiate ${token.toString('base64')}`)).reason, 'tampered-token')
  })

  test('takes tickets for the principal that is configured and for no other', async () => {
    assert.equal(
      (await identify(headerOf(), { servicePrincipal: 'HTTP/Cardinal.contoso.com@CONTOSO.COM' })).user,
      alice,
    )
    const found = await refusal(headerOf(), { servicePrincipal: 'HTTP/other.contoso.com' })
    assert.equal(found.reason, 'wrong-service-principal')
    assert.match(found.message, /for HTTP\/cardinal\.contoso\.com@CONTOSO\.COM, not for HTTP\/other/)
  })

  for (const [what, header, reason] of [
    ['no token', 'Negotiate', 'malformed-token'],
    ['what is not base64', 'Negotiate !!!!', 'malformed-token'],
    ['base64 in another spelling', 'Negotiate YII', 'malformed-token'],
    ['two tokens', 'Negotiate YIIB YIIB', 'malformed-token'],
    ['NTLM', `Negotiate ${Buffer.from('NTLMSSP\0\x01\0\0\0').toString('base64')}`, 'ntlm-offered'],
    ['more than 64 KiB', `Negotiate ${'A'.repeat(90_000)}`, 'token-too-large'],
  ] as const) {
    test(`refuses ${what}: ${reason}`, async () => assert.equal((await refusal(header)).reason, reason))
  }

  test('asks what a ticket is bound to once the library has accepted it, before anybody is looked up', async () => {
    const asked: string[] = []
    const notBound = new SignInRefusal('channel-binding-missing', 'It is bound to nothing.')
    const scheme = createNegotiateScheme({
      ...settingsOf(createGssapiAcceptor(await loadKerberosAddon())),
      directory: {
        findUserByName: () => Promise.reject(new Error('Somebody was looked up.')),
        findUserBySid: () => Promise.reject(new Error('Somebody was looked up.')),
      },
      async checkChannelBinding({ principal, ticket, authenticator }, client) {
        asked.push(`${client} to ${principal}, ${ticket.encryptionType}, ${authenticator.encryptionType}`)
        throw notBound
      },
    })
    const identifyBy = (header: string) =>
      scheme.identify(header, {
        authorization: header,
        sessionToken: null,
        clientCertificate: null,
        address: '',
        correlationId: '',
      })
    await assert.rejects(identifyBy(headerOf()), notBound)
    assert.deepEqual(asked, ['alice@CONTOSO.COM to HTTP/cardinal.contoso.com, 18, 18'])
    await assert.rejects(identifyBy(headerOf({ end: inHours(-0.5) })), { reason: 'expired-ticket' })
    assert.equal(asked.length, 1)
  })

  test('passes on that the directory does not answer', async () => {
    const down = new Error('the directory is down')
    const scheme = createNegotiateScheme({
      ...settingsOf(createGssapiAcceptor(await loadKerberosAddon())),
      directory: {
        findUserByName: () => Promise.reject(down),
        findUserBySid: () => Promise.reject(down),
      },
    })
    const header = headerOf()
    const nothingElse = { sessionToken: null, clientCertificate: null, address: '', correlationId: '' }
    const credentials = { authorization: header, ...nothingElse }
    await assert.rejects(scheme.identify(header, credentials), down)
  })

  test('accepts two tokens at a time, and turns away who would wait too long', async () => {
    let running = 0
    let most = 0
    const acceptor = createGssapiAcceptor({
      async initializeServer(service) {
        assert.equal(service, 'HTTP')
        running += 1
        most = Math.max(most, running)
        await new Promise(resolve => setImmediate(resolve))
        running -= 1
        throw new Error('Ticket expired')
      },
    })
    const all = await Promise.allSettled(Array.from({ length: 600 }, () => acceptor.accept('')))
    const codes = all.map(one => (one.status === 'rejected' && 'code' in one.reason ? one.reason.code : ''))
    assert.equal(codes.filter(code => code === 'ServiceUnavailable').length, 98)
    assert.equal(most, 2)
  })
})
