import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { createLocalDirectory } from '../../../src/directory/local-directory.ts'
import type { DirectoryUser } from '../../../src/domain/directory-user.ts'
import { CardinalError, type ErrorCode } from '../../../src/domain/error.ts'
import type { AuthorizationScheme } from '../../../src/identity/authentication-scheme.ts'
import { createBasicScheme } from '../../../src/identity/passwords/basic-scheme.ts'
import { createDirectoryPasswordAccounts } from '../../../src/identity/passwords/directory-password-accounts.ts'
import { createLocalPasswordAccounts } from '../../../src/identity/passwords/local-password-accounts.ts'
import { hashPassword } from '../../../src/identity/passwords/password-hash.ts'
import { SignInRefusal } from '../../../src/identity/sign-in-refusal.ts'
import { alice } from '../alice.ts'
import { createClockFake } from '../clock-fake.ts'
import { directoryReader } from '../directory-reader.ts'
import { createSignInStoreFake } from '../sign-in-store-fake.ts'
import { createTimerFake } from './timer-fake.ts'

const office = '192.0.2.1'
const password = 'Tr0ub4dor&3'
const basic = (name: string, secret: string) => `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`
const right = basic('alice', password)
const wrong = basic('alice', 'wrong')

const correlationId = '3d7b92bc-aef4-4290-a580-240b17acb3c2'

/** What whoever called is told of it. */
function toldOf(error: unknown): { code: ErrorCode; message: string | undefined; retryAfter: number | null } {
  if (error instanceof SignInRefusal) {
    return { code: 'NotSignedIn', message: error.details.answer, retryAfter: null }
  }
  assert.ok(error instanceof CardinalError, inspect(error))
  const { code, message, retryAfter } = error
  return { code, message, retryAfter }
}

const isRefused = (code: ErrorCode) => (error: unknown) => toldOf(error).code === code

/** Stands in for scrypt where the calls are counted: a "hash" is the password behind a mark. */
const plainHash = (secret: string) => `plain:${secret}`

function setUp(options: { hold?: boolean } = {}) {
  const clock = createClockFake()
  const store = createSignInStoreFake()
  const users = new Map<string, DirectoryUser>([[alice.uuid, alice]])
  const verified: string[] = []
  const held: (() => void)[] = []
  const counts = { atOnce: 0, mostAtOnce: 0, nameQueries: 0, accountQueries: 0 }
  store.accounts.set(alice.uuid, { userUuid: alice.uuid, passwordHash: plainHash(password) })
  const reader = directoryReader(users)
  const scheme = createBasicScheme({
    store,
    directory: createLocalDirectory({
      ...reader,
      findUserByName(name) {
        counts.nameQueries += 1
        return reader.findUserByName(name)
      },
    }),
    accounts: createLocalPasswordAccounts({
      reader: {
        findLocalAccount(uuid) {
          counts.accountQueries += 1
          return store.reader.findLocalAccount(uuid)
        },
      },
      randomness: { bytes: randomBytes },
      async verifyPassword(secret, hash) {
        verified.push(secret)
        counts.atOnce += 1
        counts.mostAtOnce = Math.max(counts.mostAtOnce, counts.atOnce)
        if (options.hold) await new Promise<void>(resolve => held.push(resolve))
        counts.atOnce -= 1
        return hash === plainHash(secret)
      },
    }),
    clock,
    timer: createTimerFake(),
    randomness: { bytes: randomBytes },
  })
  const setAlice = (change: Partial<DirectoryUser>) => users.set(alice.uuid, { ...alice, ...change })
  return { scheme, signIn: signInBy(scheme), clock, store, users, verified, held, counts, setAlice }
}

function signInBy(scheme: AuthorizationScheme) {
  return (header: string, address: string) =>
    scheme.identify(header, {
      authorization: header,
      sessionToken: null,
      clientCertificate: null,
      address,
      correlationId,
    })
}

async function refusalOf(attempt: Promise<unknown>): Promise<SignInRefusal> {
  const error = await attempt.catch((error: unknown) => error)
  assert.ok(error instanceof SignInRefusal, inspect(error))
  return error
}

const nextTurn = () => new Promise(resolve => setImmediate(resolve))

describe('signing in by Basic', () => {
  test('challenges for UTF-8', () => {
    assert.equal(setUp().scheme.challenge, 'Basic realm="Cardinal", charset="UTF-8"')
  })

  for (const name of ['alice', 'ALICE', 'contoso\\Alice', 'Alice@contoso.com']) {
    test(`finds the user by ${name}`, async () => {
      const { signIn } = setUp()
      const { stillCounts, ...identified } = await signIn(basic(name, password), office)
      assert.deepEqual(identified, { user: alice, scheme: 'basic' })
    })
  }

  test('says of a password, verified now or before, whether it was changed since', async () => {
    const { signIn, store } = setUp()
    const identified = [await signIn(right, office), await signIn(right, office)]
    const stillCount = () => Promise.all(identified.map(each => each.stillCounts?.(store.reader)))
    assert.deepEqual(await stillCount(), [true, true])
    store.accounts.set(alice.uuid, { userUuid: alice.uuid, passwordHash: plainHash('another') })
    assert.deepEqual(await stillCount(), [false, false])
    store.accounts.delete(alice.uuid)
    assert.deepEqual(await stillCount(), [false, false])
  })

  test('works with real hashes', async () => {
    const { store, users, clock } = setUp()
    store.accounts.set(alice.uuid, {
      userUuid: alice.uuid,
      passwordHash: await hashPassword(password, randomBytes),
    })
    const signIn = signInBy(
      createBasicScheme({
        store,
        directory: createLocalDirectory(directoryReader(users)),
        accounts: createLocalPasswordAccounts({ reader: store.reader, randomness: { bytes: randomBytes } }),
        clock,
        timer: createTimerFake(),
        randomness: { bytes: randomBytes },
      }),
    )
    assert.equal((await signIn(right, office)).user.uuid, alice.uuid)
    await assert.rejects(signIn(wrong, office), isRefused('NotSignedIn'))
    await assert.rejects(signIn(basic('nobody', password), office), isRefused('NotSignedIn'))
  })

  test('answers an unknown name, a wrong password and a disabled account alike, after the same work', async () => {
    const answers: unknown[] = []
    for (const [name, secret, change] of [
      ['nobody', password, {}],
      ['alice', 'wrong', {}],
      ['alice', password, { enabled: false }],
      ['alice', 'wrong', { enabled: false }],
    ] as const) {
      const { signIn, verified, counts, store, setAlice } = setUp()
      setAlice(change)
      for (let n = 0; n < 6; n++) {
        const error = await signIn(basic(name, secret), office).catch((error: unknown) => error)
        const { nameQueries, accountQueries } = counts
        const work = {
          hashes: verified.length,
          nameQueries,
          accountQueries,
          audits: store.auditRecords.length,
        }
        answers.push({ n, told: toldOf(error), work })
      }
    }
    for (let n = 6; n < answers.length; n++) assert.deepEqual(answers[n], answers[n % 6])
  })

  test('refuses a user without a local account, after the same work', async () => {
    const { signIn, store, verified } = setUp()
    store.accounts.clear()
    await assert.rejects(signIn(right, office), isRefused('NotSignedIn'))
    assert.equal(verified.length, 1)
  })

  test('asks the store nothing while the throttle refuses', async () => {
    const { signIn, counts } = setUp()
    for (let n = 0; n < 4; n++) {
      await assert.rejects(signIn(wrong, office), isRefused('NotSignedIn'))
    }
    for (let n = 0; n < 10; n++) {
      await assert.rejects(signIn(right, office), isRefused('SignInThrottled'))
    }
    assert.deepEqual([counts.nameQueries, counts.accountQueries], [4, 4])
  })

  for (const kind of ['verified anew', 'remembered'] as const) {
    test(`forgets failures at this account from this address once it succeeds: ${kind}`, async () => {
      const { signIn, clock } = setUp()
      if (kind === 'remembered') await signIn(right, '198.51.100.7')
      for (let round = 0; round < 3; round++) {
        for (let n = 0; n < 4; n++) {
          await assert.rejects(signIn(wrong, office), isRefused('NotSignedIn'))
        }
        clock.advance(1)
        await signIn(right, office)
      }
    })
  }

  test('holds an unknown name against one and the same hash of the usual cost', async () => {
    const hashes = new Set<string>()
    const { store, clock } = setUp()
    const signIn = signInBy(
      createBasicScheme({
        store,
        directory: createLocalDirectory(directoryReader(new Map())),
        accounts: createLocalPasswordAccounts({
          reader: store.reader,
          randomness: { bytes: randomBytes },
          async verifyPassword(_, hash) {
            hashes.add(hash)
            return false
          },
        }),
        clock,
        timer: createTimerFake(),
        randomness: { bytes: randomBytes },
      }),
    )
    for (const name of ['mallory', 'trudy']) {
      await assert.rejects(signIn(basic(name, password), office), isRefused('NotSignedIn'))
    }
    assert.equal(hashes.size, 1)
    assert.match([...hashes].join(), /^\$scrypt\$ln=15,r=8,p=1\$/)
  })

  for (const header of [
    '',
    'Basic',
    'Basic \0',
    'Bearer abc',
    'Negotiate YII',
    'Basic YWxpY2U=',
    `${right}=`,
    `${right}, ${right}`,
    basic('alice\0', password),
    basic('alice', `${password}\n`),
    basic('alice', 'x'.repeat(1000)),
    basic('a'.repeat(700), 'x'),
    basic("' OR 1=1 --", "' OR 1=1 --"),
    basic('CONTOSO\\', password),
    basic('CONTOSO\\\\alice', password),
    basic('FABRIKAM\\alice', password),
    basic('\\alice', password),
    basic('CONTOSO\\alice@contoso.com', password),
    basic('__proto__', password),
  ]) {
    test(`refuses ${JSON.stringify(header.slice(0, 60))}`, async () => {
      const { signIn, verified } = setUp()
      await assert.rejects(signIn(header, office), isRefused('NotSignedIn'))
      assert.ok(verified.length <= 1)
    })
  }

  test('throws nothing but NotSignedIn and SignInThrottled, whatever the header and the address', async () => {
    const { signIn } = setUp()
    const header = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }))
        .map(([name, secret]) => basic(name, secret)),
      fc
        .tuple(fc.string(), fc.string({ minLength: 1 }))
        .map(([name, secret]) => basic(`${name}alice`, secret)),
    )
    const address = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string({ unit: 'binary' }))
    await fc.assert(
      fc.asyncProperty(header, address, async (header, address) => {
        const error = await signIn(header, address).catch((error: unknown) => error)
        assert.ok(isRefused('NotSignedIn')(error) || isRefused('SignInThrottled')(error), inspect(error))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a password that was verified', () => {
  test('is not hashed again for five minutes', async () => {
    const { signIn, clock, verified } = setUp()
    await signIn(right, office)
    clock.advance(299)
    await signIn(right, '198.51.100.7')
    assert.equal(verified.length, 1)
    clock.advance(1)
    await signIn(right, office)
    assert.equal(verified.length, 2)
  })

  test('is hashed again where the clock was set back', async () => {
    const { signIn, clock, verified } = setUp()
    await signIn(right, office)
    clock.advance(-3600)
    await signIn(right, office)
    assert.equal(verified.length, 2)
  })

  test('is refused at once when it was changed', async () => {
    const { signIn, store } = setUp()
    await signIn(right, office)
    store.accounts.set(alice.uuid, { userUuid: alice.uuid, passwordHash: plainHash('new') })
    await assert.rejects(signIn(right, office), isRefused('NotSignedIn'))
    await signIn(basic('alice', 'new'), office)
  })

  test('is refused at once when the account was disabled', async () => {
    const { signIn, setAlice } = setUp()
    await signIn(right, office)
    setAlice({ enabled: false })
    await assert.rejects(signIn(right, office), isRefused('NotSignedIn'))
  })

  test('while the account was disabled is verified and audited again when it is enabled', async () => {
    const { signIn, setAlice, store, verified } = setUp()
    setAlice({ enabled: false })
    await assert.rejects(signIn(right, office), isRefused('NotSignedIn'))
    setAlice({ enabled: true })
    await signIn(right, office)
    assert.equal(verified.length, 2)
    assert.deepEqual(
      store.auditRecords.map(({ action }) => action),
      ['sign-in-refused', 'signed-in'],
    )
  })

  test('is nobody else’s password', async () => {
    const { signIn, users, store, verified } = setUp()
    const bob = { ...alice, uuid: 'b0b', accountName: 'bob', userPrincipalName: null }
    users.set(bob.uuid, bob)
    store.accounts.set(bob.uuid, { userUuid: bob.uuid, passwordHash: plainHash('other') })
    await signIn(right, office)
    await assert.rejects(signIn(basic('bob', password), office), isRefused('NotSignedIn'))
    assert.equal(verified.length, 2)
  })

  test('does not let anybody guess without delay', async () => {
    const { signIn } = setUp()
    const attacker = '198.51.100.7'
    await signIn(right, office)
    for (let n = 0; n < 4; n++) {
      await assert.rejects(signIn(basic('alice', `${n}`), attacker), isRefused('NotSignedIn'))
    }
    await assert.rejects(signIn(right, attacker), isRefused('SignInThrottled'))
  })

  test('does not let anybody guess without delay by many calls at once', async () => {
    const { signIn } = setUp()
    await signIn(right, office)
    const guesses = [...Array.from({ length: 20 }, (_, n) => `${n}`), password]
    const results = await Promise.allSettled(
      guesses.map(guess => signIn(basic('alice', guess), '198.51.100.7')),
    )
    assert.ok(results.every(({ status }) => status === 'rejected'))
  })

  test('lets its owner make many calls at once', async () => {
    const { signIn, verified } = setUp()
    await Promise.all(Array.from({ length: 100 }, () => signIn(right, office)))
    await Promise.all(Array.from({ length: 100 }, () => signIn(right, office)))
    assert.equal(verified.length, 1)
  })
})

describe('verifications', () => {
  test('run two at a time', async () => {
    const { signIn, counts, held, verified } = setUp({ hold: true })
    const attempts = Array.from({ length: 10 }, (_, n) => signIn(basic(`user${n}`, 'x'), office))
    const settled = Promise.allSettled(attempts)
    for (let turn = 0; turn < 20; turn++) {
      await nextTurn()
      held.shift()?.()
    }
    await settled
    assert.equal(verified.length, 10)
    assert.equal(counts.mostAtOnce, 2)
  })

  test('that are the same share one computation and one audit record', async () => {
    const { signIn, held, store, verified } = setUp({ hold: true })
    const attempts = Promise.all(Array.from({ length: 50 }, () => signIn(right, office)))
    await nextTurn()
    assert.equal(held.length, 1)
    held.shift()?.()
    assert.equal((await attempts).length, 50)
    assert.equal(verified.length, 1)
    assert.equal(store.auditRecords.length, 1)
  })

  test('that are the same and wrong are refused together', async () => {
    const { signIn, held, store } = setUp({ hold: true })
    const attempts = Promise.allSettled(Array.from({ length: 50 }, () => signIn(wrong, office)))
    await nextTurn()
    held.shift()?.()
    for (const result of await attempts) {
      assert.ok(result.status === 'rejected' && result.reason instanceof SignInRefusal)
      assert.equal(result.reason.reason, 'wrong-password')
    }
    assert.equal(store.auditRecords.length, 1)
  })

  test('beyond a bounded queue are told to come again', async () => {
    const { signIn, held } = setUp({ hold: true })
    const attempts = Array.from({ length: 70 }, (_, n) =>
      signIn(basic(`user${n}`, 'x'), `10.0.0.${n}`).catch((error: unknown) => error),
    )
    const settled = Promise.all(attempts)
    for (let turn = 0; turn < 200; turn++) {
      await nextTurn()
      held.shift()?.()
    }
    const codes = (await settled).map(error => toldOf(error).code)
    assert.equal(codes.filter(code => code === 'NotSignedIn').length, 66)
    assert.equal(codes.filter(code => code === 'SignInThrottled').length, 4)
  })

  for (const secret of [password, 'wrong']) {
    test(`that fail for another reason are no failed sign-ins, nor is anybody signed in: ${secret}`, async () => {
      const { signIn, store } = setUp()
      store.failing = new Error('out of reach')
      for (let n = 0; n < 10; n++) {
        await assert.rejects(signIn(basic('alice', secret), office), {
          message: 'out of reach',
        })
      }
      store.failing = null
      await signIn(right, office)
      assert.equal(store.auditRecords.length, 1)
    })
  }
})

describe('the audit log', () => {
  test('tells who signed in, once while the password is remembered', async () => {
    const { signIn, store, clock } = setUp()
    for (let n = 0; n < 5; n++) await signIn(right, office)
    assert.deepEqual(store.auditRecords, [
      {
        at: clock.now(),
        action: 'signed-in',
        actorUuid: alice.uuid,
        requestUuid: null,
        subject: alice.uuid,
        facts: { by: 'basic', address: office },
        correlationId,
      },
    ])
  })

  for (const [name, secret, change, reason] of [
    ['alice', 'wrong', {}, 'wrong-password'],
    ['alice', password, { enabled: false }, 'disabled'],
  ] as const) {
    test(`tells why a sign-in was refused: ${reason}`, async () => {
      const { signIn, store, clock, setAlice } = setUp()
      setAlice(change)
      await assert.rejects(signIn(basic(name, secret), office))
      assert.deepEqual(store.auditRecords, [
        {
          at: clock.now(),
          action: 'sign-in-refused',
          actorUuid: null,
          requestUuid: null,
          subject: name,
          facts: { name, address: office, reason },
          correlationId,
        },
      ])
    })
  }

  test('tells of a name that nobody has no more than whether it was the same', async () => {
    const { signIn, store } = setUp()
    // A password in the wrong field.
    for (const name of [password, 'other', password.toUpperCase(), `CONTOSO\\${password}`])
      await assert.rejects(signIn(basic(name, 'x'), office), isRefused('NotSignedIn'))
    const [first, other, again, third] = store.auditRecords.map(({ subject }) => subject)
    assert.match(first ?? '', /^unknown:[0-9a-f]{12}$/)
    assert.equal(again, first)
    assert.equal(new Set([first, other, third]).size, 3)
    assert.deepEqual(store.auditRecords[0]?.facts, { name: first, address: office, reason: 'unknown-name' })
    assert.ok(!JSON.stringify(store.auditRecords).toLowerCase().includes(password.slice(0, 3).toLowerCase()))
  })

  test('has another hash of a name in another process', async () => {
    const subjects = new Set<string | undefined>()
    for (let n = 0; n < 3; n++) {
      const { signIn, store } = setUp()
      await assert.rejects(signIn(basic('nobody', 'x'), office), isRefused('NotSignedIn'))
      subjects.add(store.auditRecords[0]?.subject)
    }
    assert.equal(subjects.size, 3)
  })

  test('tells that the server keeps no password for an account', async () => {
    const { signIn, store } = setUp()
    store.accounts.clear()
    await assert.rejects(signIn(right, office), isRefused('NotSignedIn'))
    assert.deepEqual(store.auditRecords[0]?.facts, { name: 'alice', address: office, reason: 'no-password' })
  })

  for (const reason of [
    'disabled',
    'expired',
    'password-must-change',
    'refused-before',
    'last-try-kept',
    'impossible-password',
  ] as const) {
    test(`tells the reason that the directory has, and nobody else hears it: ${reason}`, async () => {
      const { store, users, clock } = setUp()
      users.set(alice.uuid, { ...alice, enabled: reason !== 'disabled' && reason !== 'expired' })
      const directory = { verifyPassword: async () => reason }
      const local = createLocalPasswordAccounts({ reader: store.reader, randomness: { bytes: randomBytes } })
      const signIn = signInBy(
        createBasicScheme({
          store,
          directory: createLocalDirectory(directoryReader(users)),
          accounts: createDirectoryPasswordAccounts({ directory, local }),
          clock,
          timer: createTimerFake(),
          randomness: { bytes: randomBytes },
        }),
      )
      const refusal = await refusalOf(signIn(right, office))
      assert.equal(refusal.reason, reason)
      assert.deepEqual(toldOf(refusal), toldOf(await refusalOf(setUp().signIn(wrong, office))))
      assert.deepEqual(store.auditRecords[0]?.facts, { name: 'alice', address: office, reason })
    })
  }

  test('takes 64 characters of a name and of an address, none of them cut in half', async () => {
    const { signIn, store, users } = setUp()
    const accountName = '😀'.repeat(100)
    users.set('long', { ...alice, uuid: 'long', accountName, userPrincipalName: null })
    await assert.rejects(signIn(basic(accountName, 'x'), '😀'.repeat(1000)))
    assert.deepEqual(store.auditRecords[0]?.facts, {
      name: '😀'.repeat(64),
      address: '😀'.repeat(64),
      reason: 'no-password',
    })
  })

  test('is joined by a line of the log that names the account, and whose it is', async () => {
    const { signIn } = setUp()
    const { reason, details } = await refusalOf(signIn(basic('CONTOSO\\Alice', 'wrong'), office))
    assert.deepEqual(
      [reason, details.account, details.user],
      ['wrong-password', 'CONTOSO\\Alice', alice.uuid],
    )
    const unknown = await refusalOf(signIn(basic('nobody', 'wrong'), office))
    assert.deepEqual(
      [unknown.reason, unknown.details.account, unknown.details.user],
      ['unknown-name', 'nobody', undefined],
    )
  })

  test('is joined by a line of the log whose name is printable and has 64 characters at most', async () => {
    const { signIn } = setUp()
    const name = `\u202egod\u2028\u200b${'é'.repeat(100)}`
    const { details } = await refusalOf(signIn(basic(name, 'wrong'), office))
    assert.equal(details.account, `?god??${'é'.repeat(58)}`)
  })

  test('is not filled by whoever tries without end', async () => {
    const { signIn, store, verified, clock } = setUp()
    for (let second = 0; second < 600; second++) {
      for (let n = 0; n < 5; n++) {
        await signIn(basic('alice', `${second} ${n}`), office).catch(() => undefined)
        await signIn(basic(`${second} ${n}`, 'x'), office).catch(() => undefined)
      }
      clock.advance(1)
    }
    assert.ok(store.auditRecords.length < 60, `${store.auditRecords.length} records`)
    assert.equal(verified.length, store.auditRecords.length)
  })

  test('never holds a password, nor do errors or the scheme itself', async () => {
    const { scheme, signIn, store, clock } = setUp()
    const secret = 'hunter2hunter2'
    store.accounts.set(alice.uuid, { userUuid: alice.uuid, passwordHash: plainHash(password) })
    const errors: unknown[] = []
    for (let n = 0; n < 6; n++) {
      for (const name of ['alice', 'nobody']) {
        errors.push(await signIn(basic(name, secret), office).catch((error: unknown) => error))
      }
    }
    clock.advance(60)
    const signedIn = await signIn(right, office)
    const shown = inspect([errors, store.auditRecords, scheme, signedIn], {
      depth: 20,
      showHidden: true,
    })
    assert.ok(errors.length === 12 && shown.includes('SignInThrottled') && shown.includes('wrong-password'))
    for (const word of [secret, password, Buffer.from(secret).toString('base64')])
      assert.ok(!shown.includes(word))
  })
})
