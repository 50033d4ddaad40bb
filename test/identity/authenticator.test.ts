import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import { createLocalDirectory } from '../../src/directory/local-directory.ts'
import type { DirectoryUser } from '../../src/domain/directory-user.ts'
import { CardinalError } from '../../src/domain/error.ts'
import type { Role } from '../../src/domain/role.ts'
import { everyScope } from '../../src/domain/scope.ts'
import type {
  AuthorizationScheme,
  ClientCertificateScheme,
  Identified,
} from '../../src/identity/authentication-scheme.ts'
import { createAuthenticator } from '../../src/identity/authenticator.ts'
import { createSessions } from '../../src/identity/session.ts'
import { SignInRefusal } from '../../src/identity/sign-in-refusal.ts'
import type { CallCredentials } from '../../src/workflows/ports/authenticator.ts'
import { alice } from './alice.ts'
import { createClockFake } from './clock-fake.ts'
import { directoryReader, everybodysGroup } from './directory-reader.ts'
import { createSignInStoreFake } from './sign-in-store-fake.ts'

const office = '192.0.2.1'
const nothing: CallCredentials = {
  authorization: null,
  sessionToken: null,
  clientCertificate: null,
  address: office,
  correlationId: 'the call',
}
const certificate = { der: Uint8Array.of(0x30), fault: null }

function scheme(name: string, identify: AuthorizationScheme['identify']): AuthorizationScheme {
  return { name, challenge: `${name} challenge`, identify }
}

function setUp(
  options: {
    schemes?: readonly AuthorizationScheme[]
    clientCertificates?: ClientCertificateScheme
    areDutiesSeparated?: boolean
    roles?: readonly Role[]
  } = {},
) {
  const clock = createClockFake()
  const store = createSignInStoreFake()
  const users = new Map<string, DirectoryUser>([[alice.uuid, alice]])
  const refusals: [reason: string, address: string, correlationId: string][] = []
  for (const role of options.roles ?? []) store.roleAssignments.push({ role, trustee: everybodysGroup })
  const authenticator = createAuthenticator({
    schemes: options.schemes ?? [
      scheme('first', async () => ({ user: alice, scheme: 'negotiate' })),
      scheme('second', async () => ({ user: alice, scheme: 'basic' })),
    ],
    clientCertificates: options.clientCertificates ?? null,
    sessions: createSessions({
      store,
      clock,
      randomness: { bytes: randomBytes, uuid: randomUUID },
      rules: { idleSeconds: 1800, absoluteSeconds: 36_000, renewalSeconds: 900 },
    }),
    store,
    directory: createLocalDirectory(directoryReader(users)),
    clock,
    areDutiesSeparated: options.areDutiesSeparated ?? false,
    onRefusal: ({ reason }, { address, correlationId }) => refusals.push([reason, address, correlationId]),
  })
  const signIn = (credentials: Partial<CallCredentials>) =>
    authenticator.signIn({ ...nothing, ...credentials })
  const begin = async () => {
    const { signedIn } = await signIn({ authorization: 'first x' })
    return await authenticator.beginSession(signedIn, office)
  }
  return { authenticator, signIn, begin, store, users, refusals, clock }
}

const notSignedIn = (message?: string) => (error: unknown) =>
  error instanceof CardinalError &&
  error.code === 'NotSignedIn' &&
  (message === undefined || error.message === message)

describe('signing in', () => {
  test('offers the schemes in their order', () => {
    const { authenticator } = setUp()
    for (const shown of [null, '', 'first x', 'third x']) {
      assert.deepEqual(authenticator.challengesAfter(shown), ['first challenge', 'second challenge'])
    }
  })

  test('says what a scheme has to say to whoever it refused, and to nobody else', () => {
    const identify = async () => ({ user: alice, scheme: 'bearer' }) as const
    const second = { ...scheme('second', identify), challengeAfter: (header: string) => `not ${header}` }
    const { authenticator } = setUp({ schemes: [scheme('first', identify), second] })
    assert.deepEqual(authenticator.challengesAfter('SECOND x'), ['first challenge', 'not SECOND x'])
    for (const shown of [null, 'first x']) {
      assert.deepEqual(authenticator.challengesAfter(shown), ['first challenge', 'second challenge'])
    }
  })

  for (const [header, expected] of [
    ['first x', 'negotiate'],
    ['FIRST x', 'negotiate'],
    ['second x', 'basic'],
    ['Second', 'basic'],
  ] as const) {
    test(`chooses by the first word of ${JSON.stringify(header)}`, async () => {
      assert.equal((await setUp().signIn({ authorization: header })).signedIn.scheme, expected)
    })
  }

  for (const header of [
    '',
    ' ',
    ' first x',
    'firstx',
    'first\tx',
    'third x',
    'first,x',
    '__proto__ x',
    'x'.repeat(1e6),
  ]) {
    test(`refuses a scheme that is not offered: ${JSON.stringify(header.slice(0, 20))}`, async () => {
      const { signIn, refusals } = setUp()
      await assert.rejects(
        signIn({ authorization: header }),
        notSignedIn(
          'The Authorization header has a scheme that is not offered. WWW-Authenticate names those that are.',
        ),
      )
      assert.deepEqual(refusals, [['scheme-not-offered', office, 'the call']])
    })
  }

  test('refuses whoever shows nothing', async () => {
    await assert.rejects(
      setUp().signIn({}),
      notSignedIn('Sign in first, in one of the ways that WWW-Authenticate names.'),
    )
  })

  test('gives the scheme the whole header and the address', async () => {
    const seen: unknown[] = []
    const { signIn } = setUp({
      schemes: [
        scheme('first', async (header, { address }) => {
          seen.push(header, address)
          return { user: alice, scheme: 'bearer' }
        }),
      ],
    })
    await signIn({ authorization: 'First  some thing', address: '198.51.100.7' })
    assert.deepEqual(seen, ['First  some thing', '198.51.100.7'])
  })

  test('finds the groups that the directory knows and those that the scheme vouches for, and the roles of both', async () => {
    const { signIn, store } = setUp({
      schemes: [
        scheme('first', async header => ({
          user: alice,
          scheme: 'bearer',
          ...(header === 'first groups' && { groupSids: new Set(['S-1-5-21-9-9']) }),
        })),
      ],
    })
    store.roleAssignments.push({ role: 'help-desk', trustee: everybodysGroup })
    store.roleAssignments.push({ role: 'manager', trustee: 'S-1-5-21-9-9' })
    const { principal } = (await signIn({ authorization: 'first groups' })).signedIn
    assert.deepEqual(principal.sids, new Set([alice.sid, everybodysGroup, 'S-1-5-21-9-9']))
    assert.deepEqual(principal.roles, new Set(['help-desk', 'manager']))
    const without = (await signIn({ authorization: 'first x' })).signedIn.principal
    assert.deepEqual(without.roles, new Set(['help-desk']))
  })

  test('passes the server’s own proof on', async () => {
    const identified: Identified = { user: alice, scheme: 'negotiate', challenge: 'Negotiate oQ==' }
    const { signIn } = setUp({ schemes: [scheme('first', async () => identified)] })
    assert.equal((await signIn({ authorization: 'first' })).challenge, 'Negotiate oQ==')
    assert.equal((await setUp().signIn({ authorization: 'first' })).challenge, null)
  })

  test('tells the log why somebody was refused, and the caller nothing', async () => {
    const { signIn, refusals } = setUp({
      schemes: [
        scheme('first', async () => {
          throw new SignInRefusal('expired-ticket', 'The ticket of alice has expired.')
        }),
      ],
      clientCertificates: {
        async identify() {
          throw new SignInRefusal('revoked', 'The certificate 0A of alice is revoked.')
        },
      },
    })
    const message =
      'The credentials were not accepted. Sign in anew; the administrator finds the reason in the log.'
    await assert.rejects(signIn({ authorization: 'first x' }), notSignedIn(message))
    await assert.rejects(signIn({ clientCertificate: certificate }), notSignedIn(message))
    assert.deepEqual(refusals, [
      ['expired-ticket', office, 'the call'],
      ['revoked', office, 'the call'],
    ])
  })

  test('tells the caller what the refusal has to say to them', async () => {
    const answer = 'The name or the password is wrong.'
    const { signIn } = setUp({
      schemes: [
        scheme('first', async () => {
          throw new SignInRefusal('last-try-kept', 'None was sent.', undefined, { account: 'alice', answer })
        }),
      ],
    })
    await assert.rejects(signIn({ authorization: 'first x' }), notSignedIn(answer))
  })

  test('passes faults on as they are', async () => {
    const fault = new Error('out of reach')
    const { signIn } = setUp({
      schemes: [
        scheme('first', async () => {
          throw fault
        }),
      ],
    })
    await assert.rejects(signIn({ authorization: 'first' }), error => error === fault)
  })
})

describe('what a call shows', () => {
  const byCertificate: ClientCertificateScheme = {
    identify: async () => ({ user: alice, scheme: 'client-certificate' }),
  }

  test('is a certificate where there is nothing else', async () => {
    const { signIn } = setUp({ clientCertificates: byCertificate })
    assert.equal((await signIn({ clientCertificate: certificate })).signedIn.scheme, 'client-certificate')
  })

  test('is not a certificate where certificates are off', async () => {
    await assert.rejects(
      setUp().signIn({ clientCertificate: certificate }),
      notSignedIn('Sign in first, in one of the ways that WWW-Authenticate names.'),
    )
  })

  test('is the header alone where there is one: nothing else is tried after it', async () => {
    const { signIn, begin } = setUp({ clientCertificates: byCertificate })
    const sessionToken = await begin()
    const shown = { sessionToken, clientCertificate: certificate }
    assert.equal((await signIn({ ...shown, authorization: 'second x' })).signedIn.scheme, 'basic')
    await assert.rejects(signIn({ ...shown, authorization: 'third x' }), notSignedIn())
    await assert.rejects(signIn({ ...shown, authorization: '' }), notSignedIn())
  })

  test('is the session before the certificate', async () => {
    const { signIn, begin } = setUp({ clientCertificates: byCertificate })
    const sessionToken = await begin()
    const { signedIn } = await signIn({ sessionToken, clientCertificate: certificate })
    assert.equal(signedIn.scheme, 'session')
  })

  test('is the certificate where the session has ended', async () => {
    const { signIn } = setUp({ clientCertificates: byCertificate })
    const { signedIn } = await signIn({ sessionToken: 'A'.repeat(43), clientCertificate: certificate })
    assert.equal(signedIn.scheme, 'client-certificate')
  })
})

describe('a session', () => {
  test('stands for the user until it is ended', async () => {
    const { authenticator, signIn, begin, store } = setUp()
    const sessionToken = await begin()
    const { signedIn } = await signIn({ sessionToken })
    assert.deepEqual(signedIn.user, alice)
    assert.equal(signedIn.scheme, 'session')
    assert.deepEqual(
      [...store.sessions.values()].map(({ uuid, scheme, address }) => [uuid, scheme, address]),
      [[signedIn.sessionUuid, 'negotiate', office]],
    )
    await authenticator.endSession(sessionToken)
    await assert.rejects(signIn({ sessionToken }), notSignedIn('The session has ended. Sign in again.'))
  })

  test('is refused where it is unknown, or its stored hash was taken for it', async () => {
    const { signIn, begin, store } = setUp()
    await begin()
    for (const { tokenHash, uuid } of store.sessions.values()) {
      for (const sessionToken of ['', 'A'.repeat(43), tokenHash, tokenHash.slice(0, 43), uuid]) {
        await assert.rejects(signIn({ sessionToken }), notSignedIn())
      }
    }
  })

  test('is refused at once where the user was disabled or deleted', async () => {
    const { signIn, begin, users } = setUp()
    const sessionToken = await begin()
    users.set(alice.uuid, { ...alice, enabled: false })
    await assert.rejects(signIn({ sessionToken }), notSignedIn())
    users.clear()
    await assert.rejects(signIn({ sessionToken }), notSignedIn())
  })

  test('begins by nothing that counts no longer, neither by itself nor when it is asked for', async () => {
    let counts = true
    for (const beginsSession of [true, false]) {
      counts = true
      const stillCounts = async () => counts
      const only = scheme('first', async () => ({ user: alice, scheme: 'basic', beginsSession, stillCounts }))
      const { signIn, begin, authenticator, store } = setUp({ schemes: [only] })
      const { signedIn } = await signIn({ authorization: 'first x' })
      await begin()
      const before = store.sessions.size
      counts = false
      await assert.rejects(authenticator.beginSession(signedIn, office), notSignedIn())
      await assert.rejects(begin(), notSignedIn())
      assert.equal(store.sessions.size, before)
    }
  })

  test('begins by itself where the scheme says so, and only there', async () => {
    const { signIn, store } = setUp({
      schemes: [
        scheme('first', async () => ({ user: alice, scheme: 'negotiate', beginsSession: true })),
        scheme('second', async () => ({ user: alice, scheme: 'basic' })),
      ],
    })
    const { sessionToken, signedIn } = await signIn({ authorization: 'first x' })
    assert.ok(sessionToken !== null)
    assert.equal(signedIn.scheme, 'negotiate')
    assert.equal((await signIn({ sessionToken })).signedIn.scheme, 'session')
    assert.equal((await signIn({ authorization: 'second x' })).sessionToken, null)
    assert.equal(store.sessions.size, 1)
  })

  test('goes on where its user signs in anew with every call, and not where somebody else does', async () => {
    const other = { ...alice, uuid: randomUUID() }
    const { signIn, store } = setUp({
      schemes: [
        scheme('first', async () => ({ user: alice, scheme: 'negotiate', beginsSession: true })),
        scheme('second', async () => ({ user: other, scheme: 'negotiate', beginsSession: true })),
      ],
    })
    const { sessionToken, signedIn } = await signIn({ authorization: 'first x' })
    const again = await signIn({ authorization: 'first y', sessionToken })
    assert.deepEqual(again, { ...again, sessionToken: null, signedIn })
    const unknown = await signIn({ authorization: 'first z', sessionToken: 'A'.repeat(43) })
    assert.ok(unknown.sessionToken !== null)
    const others = await signIn({ authorization: 'second x', sessionToken })
    assert.equal(others.signedIn.user.uuid, other.uuid)
    assert.ok(others.sessionToken !== null)
    assert.equal(store.sessions.size, 3)
  })
})

describe('the scopes of a call', () => {
  for (const [roles, areDutiesSeparated, expected] of [
    [['administrator'], false, [...everyScope]],
    [['administrator'], true, ['read', 'request', 'card-secret', 'administer']],
    [['administrator', 'manager'], true, ['read', 'request', 'card-secret', 'administer']],
    [['auditor'], true, ['read']],
    [['auditor', 'manager', 'administrator'], true, ['read']],
    [['auditor'], false, [...everyScope]],
    [['manager'], true, [...everyScope]],
    [[], true, [...everyScope]],
  ] as const) {
    const title = `${roles.join(' and ') || 'no role'}, duties ${areDutiesSeparated ? '' : 'not '}separated`
    test(`are ${expected.join(', ')}: ${title}`, async () => {
      const { signIn, begin } = setUp({ roles, areDutiesSeparated })
      assert.deepEqual((await signIn({ authorization: 'first x' })).signedIn.scopes, new Set(expected))
      assert.deepEqual((await signIn({ sessionToken: await begin() })).signedIn.scopes, new Set(expected))
    })
  }

  test('are cut to those that the scheme gives, and never widened by them', async () => {
    const schemes = [
      scheme('first', async () => ({
        user: alice,
        scheme: 'api-token' as const,
        scopes: new Set(['read', 'approve'] as const),
      })),
    ]
    const scopesOf = async (areDutiesSeparated: boolean) =>
      (
        await setUp({ schemes, areDutiesSeparated, roles: ['administrator'] }).signIn({
          authorization: 'first',
        })
      ).signedIn.scopes
    assert.deepEqual(await scopesOf(false), new Set(['read', 'approve']))
    assert.deepEqual(await scopesOf(true), new Set(['read']))
  })
})
