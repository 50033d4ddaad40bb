import assert from 'node:assert/strict'
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { CardinalError } from '../../src/domain/error.ts'
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

  test('is good while nothing can be written, but no longer than its idle time as it was written', async () => {
    const { begin, find, store, clock } = setUp()
    const token = await begin()
    store.transactor.transaction = async () => {
      throw new CardinalError('ServiceUnavailable', 'The database cannot be used: the disk is full.')
    }
    // That it was seen would be written after one, and a new token after fifteen minutes.
    for (const minutes of [2, 14, 13]) {
      clock.advance(minutes * minute)
      const found = await find(token)
      assert.deepEqual([found?.session.userUuid, found?.newToken], [alice.uuid, null])
    }
    clock.advance(minute + 1)
    await assert.rejects(find(token), { code: 'ServiceUnavailable' })
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

  test('begins for nobody who was disabled during the sign-in', async () => {
    const { begin, store } = setUp()
    store.users.set(alice.uuid, { ...alice, enabled: false })
    await assert.rejects(begin(), { code: 'NotSignedIn' })
    assert.deepEqual([store.sessions.size, store.auditRecords], [0, []])
    store.users.set(alice.uuid, alice)
    await begin()
  })

  test('begins by nothing that counts no longer as it begins', async () => {
    const { sessions, store } = setUp()
    const changed = sessions.begin(alice.uuid, 'basic', office, async () => false)
    await assert.rejects(changed, { code: 'NotSignedIn' })
    assert.deepEqual([store.sessions.size, store.auditRecords], [0, []])
    await sessions.begin(alice.uuid, 'basic', office, async () => true)
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

describe('the token of a session', () => {
  /** A session whose token is old enough to be replaced, and the new one that its answer brings. */
  async function setUpRenewal() {
    const all = setUp()
    const old = await all.begin()
    all.clock.advance(15 * minute)
    const newToken = (await all.find(old))?.newToken ?? ''
    return { ...all, old, newToken }
  }

  test('stays the same for a quarter of an hour, and then is replaced', async () => {
    const { clock, begin, find } = setUp()
    const token = await begin()
    clock.advance(15 * minute - 1)
    assert.equal((await find(token))?.newToken, null)
    clock.advance(1)
    assert.match((await find(token))?.newToken ?? '', /^[A-Za-z0-9_-]{43}$/)
  })

  test('is as random as the first one, and stored as its hash alone', async () => {
    const { lengths, newToken, store } = await setUpRenewal()
    assert.deepEqual(lengths, [32, 32])
    const [stored] = store.sessions.values()
    assert.equal(stored?.offered?.tokenHash, createHash('sha256').update(newToken).digest('hex'))
    assert.ok(!inspect(store, { depth: 9 }).includes(newToken))
  })

  test('is offered to one of many calls side by side', async () => {
    const { clock, begin, find, store } = setUp()
    const token = await begin()
    clock.advance(15 * minute)
    const found = await Promise.all(Array.from({ length: 20 }, () => find(token)))
    assert.ok(found.every(each => each !== null))
    assert.equal(found.filter(each => each?.newToken !== null).length, 1)
    assert.equal(store.updates.length, 1)
  })

  test('is offered once a minute', async () => {
    const { clock, find, old, newToken } = await setUpRenewal()
    clock.advance(59)
    assert.equal((await find(old))?.newToken, null)
    clock.advance(1)
    const second = (await find(old))?.newToken ?? ''
    assert.notEqual(second, newToken)
    assert.equal(await find(newToken), null)
    assert.notEqual(await find(second), null)
  })

  test('stays good while answers with new ones are lost', async () => {
    const { clock, begin, find } = setUp()
    const token = await begin()
    for (let n = 0; n < 39; n++) {
      clock.advance(15 * minute)
      assert.notEqual((await find(token))?.newToken, null)
    }
  })

  test('stays good for a minute after the new one was used, for calls under way', async () => {
    const { clock, find, old, newToken } = await setUpRenewal()
    assert.notEqual(await find(newToken), null)
    clock.advance(59)
    assert.equal((await find(old))?.newToken, null)
    assert.equal((await find(newToken))?.newToken, null)
  })

  test('ends the session where it is used later than that, and leaves a record of it', async () => {
    const { clock, sessions, find, old, newToken, store } = await setUpRenewal()
    const uuid = (await find(newToken))?.session.uuid
    clock.advance(60)
    assert.equal(await sessions.find(old, '198.51.100.66'), null)
    assert.equal(await find(newToken), null)
    assert.equal(store.sessions.size, 0)
    assert.deepEqual(store.auditRecords.at(-1), {
      at: clock.now(),
      action: 'session-token-reused',
      actorUuid: null,
      requestUuid: null,
      subject: uuid,
      facts: { user: alice.uuid, address: '198.51.100.66' },
      correlationId: null,
    })
  })

  test('is worthless two renewals later, and its use does no harm', async () => {
    const { clock, find, old, newToken } = await setUpRenewal()
    await find(newToken)
    clock.advance(15 * minute)
    const third = (await find(newToken))?.newToken ?? ''
    assert.notEqual(await find(third), null)
    assert.equal(await find(old), null)
    assert.notEqual(await find(third), null)
  })

  test('keeps neither an idle session alive nor an old one', async () => {
    const { clock, find, newToken } = await setUpRenewal()
    clock.advance(30 * minute + 1)
    assert.equal(await find(newToken), null)
    const { clock: other, begin, find: findOther } = setUp()
    let token = await begin()
    for (let n = 0; n < 40; n++) {
      other.advance(15 * minute)
      token = (await findOther(token))?.newToken ?? token
    }
    other.advance(1)
    assert.equal(await findOther(token), null)
  })

  for (const which of ['old', 'newToken'] as const) {
    test(`ends the session by sign-out, whichever of the two it is: ${which}`, async () => {
      const all = await setUpRenewal()
      await all.sessions.end(all[which])
      assert.equal(await all.find(all.old), null)
      assert.equal(await all.find(all.newToken), null)
    })
  }
})

describe('the sessions of a user', () => {
  test('are a hundred: the one used longest ago ends for another', async () => {
    const { clock, begin, find, store } = setUp()
    const tokens: string[] = []
    for (let n = 0; n < 100; n++) {
      tokens.push(await begin())
      clock.advance(1)
    }
    const [first = '', second = ''] = tokens
    clock.advance(minute)
    assert.notEqual(await find(first), null)
    await begin()
    assert.equal(store.sessions.size, 100)
    assert.notEqual(await find(first), null)
    assert.equal(await find(second), null)
    assert.deepEqual(
      store.auditRecords.slice(-2).map(({ action, actorUuid }) => [action, actorUuid]),
      [
        ['session-ended', null],
        ['signed-in', alice.uuid],
      ],
    )
  })
})
