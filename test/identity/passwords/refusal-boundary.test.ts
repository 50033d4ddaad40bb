import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { createLocalDirectory } from '../../../src/directory/local-directory.ts'
import type { DirectoryUser } from '../../../src/domain/directory-user.ts'
import { CardinalError } from '../../../src/domain/error.ts'
import { createBasicScheme } from '../../../src/identity/passwords/basic-scheme.ts'
import { createDirectoryPasswordAccounts } from '../../../src/identity/passwords/directory-password-accounts.ts'
import { createLocalPasswordAccounts } from '../../../src/identity/passwords/local-password-accounts.ts'
import { beginRefusalBoundary } from '../../../src/identity/passwords/refusal-boundary.ts'
import { SignInRefusal } from '../../../src/identity/sign-in-refusal.ts'
import type { PasswordAnswer } from '../../../src/workflows/ports/password-answer.ts'
import { alice } from '../alice.ts'
import { createClockFake } from '../clock-fake.ts'
import { directoryReader } from '../directory-reader.ts'
import { createSignInStoreFake } from '../sign-in-store-fake.ts'
import { createTimerFake } from './timer-fake.ts'

/** A directory that answers so, after so many milliseconds. */
function setUp(options: { answer?: PasswordAnswer; takes?: number; user?: Partial<DirectoryUser> } = {}) {
  const { answer = 'wrong-password', takes = 18, user = {} } = options
  const timer = createTimerFake()
  const store = createSignInStoreFake()
  const users = new Map<string, DirectoryUser>([[alice.uuid, { ...alice, ...user }]])
  let verified = 0
  const scheme = createBasicScheme({
    store,
    directory: createLocalDirectory(directoryReader(users)),
    accounts: createDirectoryPasswordAccounts({
      directory: {
        async verifyPassword(user) {
          verified += 1
          timer.advance(takes)
          return user === null ? 'unknown-name' : answer
        },
      },
      local: createLocalPasswordAccounts({
        reader: store.reader,
        randomness: { bytes: randomBytes },
        async verifyPassword() {
          timer.advance(takes)
          return false
        },
      }),
    }),
    clock: createClockFake(),
    timer,
    randomness: { bytes: randomBytes },
  })
  function signIn(name: string, password = 'secret', address = '192.0.2.1') {
    const header = `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
    return watch(
      scheme.identify(header, {
        authorization: header,
        sessionToken: null,
        clientCertificate: null,
        address,
        correlationId: '3d7b92bc-aef4-4290-a580-240b17acb3c2',
      }),
    )
  }
  return { timer, store, signIn, verified: () => verified }
}

/** What came of it so far: null as long as nobody was answered. */
function watch(attempt: Promise<unknown>): { outcome: string | null } {
  const seen: { outcome: string | null } = { outcome: null }
  attempt.then(
    () => {
      seen.outcome = 'accepted'
    },
    (error: unknown) => {
      seen.outcome =
        error instanceof SignInRefusal
          ? error.reason
          : error instanceof CardinalError
            ? error.code
            : String(error)
    },
  )
  return seen
}

const nextTurn = () => new Promise(resolve => setImmediate(resolve))

describe('a password that the directory refuses', () => {
  for (const answer of [
    'wrong-password',
    'disabled',
    'refused-before',
    'last-try-kept',
    'impossible-password',
  ] as const) {
    test(`is answered 250 ms after the call began: ${answer}`, async () => {
      const { timer, signIn } = setUp({ answer })
      const attempt = signIn('alice')
      await nextTurn()
      timer.advance(231)
      await nextTurn()
      assert.equal(attempt.outcome, null)
      timer.advance(1)
      await nextTurn()
      assert.equal(attempt.outcome, answer)
    })
  }

  test('is answered then whether the account is there or not, and enabled or not', async () => {
    for (const [name, takes, user, reason] of [
      ['nobody', 14, {}, 'unknown-name'],
      ['alice', 30, { enabled: false }, 'disabled'],
    ] as const) {
      const { timer, signIn } = setUp({ answer: 'accepted', takes, user })
      const attempt = signIn(name)
      await nextTurn()
      timer.advance(249 - takes)
      await nextTurn()
      assert.equal(attempt.outcome, null)
      timer.advance(1)
      await nextTurn()
      assert.equal(attempt.outcome, reason)
    }
  })

  test('is answered after 500 ms where the directory took longer than 250', async () => {
    const { timer, signIn } = setUp({ takes: 251 })
    const attempt = signIn('alice')
    await nextTurn()
    timer.advance(248)
    await nextTurn()
    assert.equal(attempt.outcome, null)
    timer.advance(1)
    await nextTurn()
    assert.equal(attempt.outcome, 'wrong-password')
  })

  test('is in the audit before it is answered', async () => {
    const { store, signIn } = setUp()
    signIn('alice')
    await nextTurn()
    assert.equal(store.auditRecords.length, 1)
  })

  test('keeps nobody else from being verified while it waits', async () => {
    const { timer, signIn, verified } = setUp({ takes: 0.1 })
    const attempts = Array.from({ length: 100 }, (_, n) => signIn(`user${n}`, 'x', `10.0.0.${n}`))
    for (let turn = 0; turn < 10; turn++) await nextTurn()
    // Beyond two at once and 64 that queue, the others were told to come again.
    assert.equal(verified(), 66)
    const later = Array.from({ length: 60 }, (_, n) => signIn(`later${n}`, 'x', `10.0.1.${n}`))
    for (let turn = 0; turn < 10; turn++) await nextTurn()
    assert.equal(verified(), 126)
    assert.equal(timer.waiting, 126)
    timer.advance(250)
    await nextTurn()
    assert.ok([...attempts, ...later].every(({ outcome }) => outcome !== null))
  })

  test('counts while it waits, so that the throttle bounds how many do', async () => {
    const { timer, signIn } = setUp({ takes: 1 })
    const attempts = Array.from({ length: 50 }, (_, n) => signIn('alice', `guess ${n}`))
    for (let turn = 0; turn < 10; turn++) await nextTurn()
    assert.equal(timer.waiting, 4)
    assert.equal(attempts.filter(({ outcome }) => outcome === 'SignInThrottled').length, 46)
  })
})

test('a password that the directory accepts is answered at once', async () => {
  const { timer, signIn } = setUp({ answer: 'accepted' })
  const attempt = signIn('alice')
  await nextTurn()
  assert.deepEqual([attempt.outcome, timer.waiting], ['accepted', 0])
})

test('a password of the server’s own account is answered after its work', async () => {
  const { timer, signIn } = setUp()
  const attempt = signIn('LOCAL\\admin')
  await nextTurn()
  assert.deepEqual([attempt.outcome, timer.waiting], ['unknown-name', 0])
})

test('a timer that fires too early is waited for again', async () => {
  let now = 0
  const waits: number[] = []
  const boundary = beginRefusalBoundary({
    now: () => now,
    async wait(milliseconds) {
      waits.push(milliseconds)
      now += Math.max(1, milliseconds - 1)
    },
  })
  now = 17.5
  await boundary()
  assert.deepEqual([now, waits], [250.5, [233, 1]])
})
