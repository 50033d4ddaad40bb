import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { createLocalDirectory } from '../../src/directory/local-directory.ts'
import type { ApiToken } from '../../src/domain/api-token.ts'
import type { DirectoryUser } from '../../src/domain/directory-user.ts'
import { CardinalError } from '../../src/domain/error.ts'
import { createApiTokens } from '../../src/identity/api-token.ts'
import { SignInRefusal } from '../../src/identity/sign-in-refusal.ts'
import { alice } from './alice.ts'
import { createClockFake } from './clock-fake.ts'
import { directoryReader } from './directory-reader.ts'
import { createSignInStoreFake } from './sign-in-store-fake.ts'

const token = `cardinal_${randomBytes(32).toString('base64url')}`
// 32 octets are 42 letters and four bits, so that two of the last letter count for nothing.
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const otherUnusedBits = token.slice(0, -1) + letters.charAt(letters.indexOf(token.slice(-1)) + 1)

function setUp() {
  const clock = createClockFake()
  const store = createSignInStoreFake()
  const users = new Map<string, DirectoryUser>([[alice.uuid, alice]])
  const now = clock.now()
  const stored: ApiToken = {
    uuid: 'd6d1c1a0-3f31-4b5e-9a36-0d2f3bd2b8a3',
    tokenHash: createHash('sha256').update(token).digest('hex'),
    userUuid: alice.uuid,
    name: 'nightly report',
    scopes: ['read', 'request'],
    createdAt: now,
    expiresAt: new Date(now.getTime() + 3600_000),
    lastUsedAt: null,
  }
  store.apiTokens.set(stored.uuid, stored)
  const tokens = createApiTokens({ store, directory: createLocalDirectory(directoryReader(users)), clock })
  return { clock, store, users, stored, identify: (text: string) => tokens.identify(text) }
}

const refusedAs = (reason: string) => (error: unknown) =>
  error instanceof SignInRefusal && error.reason === reason && !inspect(error).includes(token)

describe('an API token', () => {
  test('stands for its owner and its scopes', async () => {
    assert.deepEqual(await setUp().identify(token), {
      user: alice,
      scheme: 'api-token',
      scopes: new Set(['read', 'request']),
    })
  })

  test('is refused from the moment at which it expires', async () => {
    const { clock, identify } = setUp()
    clock.advance(3599)
    await identify(token)
    clock.advance(1)
    await assert.rejects(identify(token), refusedAs('expired-api-token'))
  })

  test('is refused at once where it was revoked', async () => {
    const { store, identify } = setUp()
    await identify(token)
    store.apiTokens.clear()
    await assert.rejects(identify(token), refusedAs('unknown-api-token'))
  })

  test('is refused at once where its owner is disabled or gone', async () => {
    const { users, identify } = setUp()
    await identify(token)
    users.set(alice.uuid, { ...alice, enabled: false })
    await assert.rejects(identify(token), refusedAs('disabled-user'))
    users.clear()
    await assert.rejects(identify(token), refusedAs('disabled-user'))
  })

  for (const [what, wrong] of [
    ['another one', `cardinal_${randomBytes(32).toString('base64url')}`],
    ['it in another case', `cardinal_${token.slice(9).toLowerCase()}A`.slice(0, 52)],
    ['it with other unused bits at its end', otherUnusedBits],
  ] as const) {
    test(`is not ${what}`, async () => {
      await assert.rejects(setUp().identify(wrong), refusedAs('unknown-api-token'))
    })
  }

  for (const wrong of [
    '',
    'cardinal_',
    token.slice(0, -1),
    `${token}A`,
    `${token}=`,
    `${token}\n`,
    token.slice(9),
    `Cardinal_${token.slice(9)}`,
    `cardinal_${'+'.repeat(43)}`,
    `cardinal_${createHash('sha256').update(token).digest('hex')}`,
    `cardinal_${'A'.repeat(1e6)}`,
  ]) {
    test(`has another form than ${JSON.stringify(wrong.slice(0, 60))}`, async () => {
      await assert.rejects(setUp().identify(wrong), refusedAs('malformed-api-token'))
    })
  }

  test('tells when it was used, written once a minute', async () => {
    const { clock, store, stored, identify } = setUp()
    for (let second = 0; second < 180; second++) {
      await identify(token)
      clock.advance(1)
    }
    assert.equal(store.touches.length, 3)
    assert.deepEqual(store.apiTokens.get(stored.uuid)?.lastUsedAt, store.touches[2])
  })

  test('is written about once by calls side by side', async () => {
    const { store, identify } = setUp()
    await Promise.all(Array.from({ length: 20 }, () => identify(token)))
    assert.equal(store.touches.length, 1)
  })

  test('is good while nothing can be written, though not where anything else goes wrong', async () => {
    const { store, identify } = setUp()
    const failing = (error: Error) => {
      store.transactor.transaction = async () => {
        throw error
      }
    }
    failing(new CardinalError('ServiceUnavailable', 'The database cannot be used: the disk is full.'))
    assert.equal((await identify(token)).user, alice)
    failing(new Error('a fault of the program'))
    await assert.rejects(identify(token), /a fault of the program/)
  })

  test('that was refused was not used', async () => {
    const { clock, store, identify } = setUp()
    clock.advance(3600)
    await assert.rejects(identify(token))
    assert.deepEqual(store.touches, [])
  })
})
