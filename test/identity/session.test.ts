import assert from 'node:assert/strict'
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { createSessions } from '../../src/identity/session.ts'
import { alice } from './alice.ts'
import { createClockFake } from './clock-fake.ts'
import { createSignInStoreFake } from './sign-in-store-fake.ts'

const office = '192.0.2.1'
const minute = 60
const hour = 60 * minute

function setUp() {
  const clock = createClockFake()
  const store = createSignInStoreFake()
  const lengths: number[] = []
  const sessions = createSessions({
    store,
    clock,
    randomness: {
      bytes(length) {
        lengths.push(length)
        return randomBytes(length)
      },
      uuid: randomUUID,
    },
    rules: { idleSeconds: 30 * minute, absoluteSeconds: 10 * hour, renewalSeconds: 15 * minute },
  })
  const begin = async () => (await sessions.begin(alice.uuid, 'basic', office)).token
  const find = (token: string) => sessions.find(token, office)
  return { clock, store, sessions, begin, find, lengths }
}

describe('a session', () => {
  test('belongs to a token of 256 random bits', async () => {
    const { begin, lengths, find } = setUp()
    const token = await begin()
    assert.deepEqual(lengths, [32])
    assert.match(token, /^[A-Za-z0-9_-]{43}$/)
    assert.equal((await find(token))?.session.userUuid, alice.uuid)
  })

  test('is audited when it begins and when it ends, without its token', async () => {
    const { sessions, begin, store } = setUp()
    const token = await begin()
    await sessions.end(token)
    assert.deepEqual(
      store.auditRecords.map(({ action, actorUuid }) => [action, actorUuid]),
      [
        ['signed-in', alice.uuid],
        ['signed-out', alice.uuid],
      ],
    )
    const tokenHash = createHash('sha256').update(token).digest('hex')
    assert.ok(!inspect(store.auditRecords, { depth: 9 }).includes(token))
    assert.ok(!inspect(store.auditRecords, { depth: 9 }).includes(tokenHash))
  })

  test('cannot be used by a thief of the database: nothing that is stored is a token', async () => {
    const { begin, store, find } = setUp()
    const token = await begin()
    const [stored] = store.sessions.values()
    assert.ok(stored)
    assert.equal(stored.tokenHash, createHash('sha256').update(token).digest('hex'))
    assert.ok(!inspect(stored).includes(token))
    for (const theft of [
      stored.tokenHash,
      stored.tokenHash.slice(0, 43),
      Buffer.from(stored.tokenHash, 'hex').toString('base64url'),
    ]) {
      assert.equal(await find(theft), null)
    }
  })

  test('is not found by anything that is not its token', async () => {
    const { begin, find } = setUp()
    const token = await begin()
    for (const wrong of [
      '',
      ' ',
      `${token}=`,
      `${token}\n`,
      ` ${token}`,
      token.slice(1),
      token.toLowerCase(),
      'A'.repeat(1e6),
    ]) {
      assert.equal(await find(wrong), null)
    }
  })

  test('is not even looked for where the token has another form', async () => {
    const { sessions, store } = setUp()
    store.failing = new Error('out of reach')
    await sessions.end('A'.repeat(1e6))
    await assert.rejects(sessions.end('A'.repeat(43)), { message: 'out of reach' })
  })

  test('has a new token for each sign-in', async () => {
    const { begin } = setUp()
    assert.notEqual(await begin(), await begin())
  })

  test('ends when it was not used for 30 minutes', async () => {
    const { clock, begin, store, find } = setUp()
    const token = await begin()
    clock.advance(30 * minute)
    assert.notEqual(await find(token), null)
    clock.advance(30 * minute + 1)
    assert.equal(await find(token), null)
    assert.equal(store.sessions.size, 0)
  })

  test('ends after 10 hours, even if used all the time', async () => {
    const { clock, begin, store, find } = setUp()
    const token = await begin()
    for (let n = 0; n < 40; n++) {
      clock.advance(15 * minute)
      assert.notEqual(await find(token), null)
    }
    clock.advance(1)
    assert.equal(await find(token), null)
    assert.equal(store.sessions.size, 0)
  })

  test('that has ended is deleted when another begins', async () => {
    const { clock, begin, store } = setUp()
    await begin()
    clock.advance(11 * hour)
    await begin()
    assert.equal(store.sessions.size, 1)
  })

  test('is gone when it was ended, and others are not', async () => {
    const { sessions, begin, find } = setUp()
    const [ended, other] = [await begin(), await begin()]
    await sessions.end(ended)
    assert.equal(await find(ended), null)
    assert.notEqual(await find(other), null)
  })

  test('that is unknown can be ended without effect', async () => {
    const { sessions, store } = setUp()
    await sessions.end('A'.repeat(43))
    await sessions.end('not a token')
    assert.deepEqual(store.auditRecords, [])
  })

  test('is touched at most once a minute', async () => {
    const { clock, begin, store, find } = setUp()
    const token = await begin()
    for (let n = 0; n < 180; n++) {
      clock.advance(1)
      await find(token)
    }
    assert.equal(store.updates.length, 3)
  })

  test('is touched once by calls side by side', async () => {
    const { clock, begin, store, find } = setUp()
    const token = await begin()
    clock.advance(minute)
    await Promise.all(Array.from({ length: 20 }, () => find(token)))
    assert.equal(store.updates.length, 1)
  })
})
