import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { LdapFault } from '../../../src/directory/ldap/ldap-fault.ts'
import { createLookupCache } from '../../../src/directory/ldap/lookup-cache.ts'
import { settableClock } from '../../testbed/environment.ts'
import { start } from './contoso.ts'

function open(capacity = 10) {
  const clock = settableClock(start)
  const served: LdapFault[] = []
  const cache = createLookupCache<string>({
    clock,
    capacity,
    lifetimeSeconds: 60,
    negativeLifetimeSeconds: 10,
    graceSeconds: 600,
    onServedFromCache: fault => served.push(fault),
  })
  const loaded: string[] = []
  const load = (key: string, value: string | null = key) =>
    cache.get(key, true, async () => {
      loaded.push(key)
      return value
    })
  return { cache, clock, loaded, load, served }
}

const fault = new LdapFault('unreachable', 'down')
const fail = async () => {
  throw fault
}

describe('the cache of lookups', () => {
  test('asks once in a lifetime', async () => {
    const { clock, loaded, load } = open()
    await load('a')
    clock.advance(59_999)
    assert.equal(await load('a'), 'a')
    assert.deepEqual(loaded, ['a'])
    clock.advance(1)
    await load('a')
    assert.deepEqual(loaded, ['a', 'a'])
  })

  test('asks again where the clock was set back, and goes on while nobody answers', async () => {
    const { cache, clock, loaded, load } = open()
    await load('a')
    clock.advance(-1)
    assert.equal(await cache.get('a', true, fail), 'a')
    await assert.rejects(cache.get('a', false, fail), fault)
    assert.equal(await load('a', 'b'), 'b')
    assert.deepEqual(loaded, ['a', 'a'])
  })

  test('remembers for a shorter time that there is nobody', async () => {
    const { clock, loaded, load } = open()
    await load('a', null)
    clock.advance(9_999)
    assert.equal(await load('a', 'a'), null)
    clock.advance(1)
    assert.equal(await load('a', 'a'), 'a')
    assert.equal(loaded.length, 2)
  })

  test('keeps what was used last', async () => {
    const { loaded, load } = open(2)
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await load(key)
    assert.deepEqual(loaded, ['a', 'b', 'c', 'b'])
  })

  test('asks once for everybody who asks at the same time', async () => {
    const { loaded, load } = open()
    assert.deepEqual(await Promise.all([load('a'), load('a'), load('b')]), ['a', 'a', 'b'])
    assert.deepEqual(loaded, ['a', 'b'])
  })

  test('remembers no failure', async () => {
    const { cache, load } = open()
    await assert.rejects(cache.get('a', true, fail), fault)
    assert.equal(await load('a'), 'a')
  })

  test('serves what it knows for the grace time, where there is one', async () => {
    const { cache, clock, load, served } = open()
    await load('a')
    clock.advance(659_999)
    assert.equal(await cache.get('a', true, fail), 'a')
    assert.deepEqual(served, [fault])
    await assert.rejects(cache.get('a', false, fail), fault)
    clock.advance(1)
    await assert.rejects(cache.get('a', true, fail), fault)
  })

  test('serves nobody’s absence beyond its time', async () => {
    const { cache, clock, load } = open()
    await load('a', null)
    clock.advance(10_000)
    await assert.rejects(cache.get('a', true, fail), fault)
  })

  test('hides no fault of ours', async () => {
    const { cache, clock, load } = open()
    await load('a')
    clock.advance(60_000)
    const broken = async () => {
      throw new TypeError('broken')
    }
    await assert.rejects(cache.get('a', true, broken), TypeError)
    await assert.rejects(cache.getNow('a', broken), TypeError)
  })
})

/** An answer that comes when the test says so. */
function slowAnswer() {
  const { promise, resolve } = Promise.withResolvers<string | null>()
  return { load: () => promise, answer: resolve }
}

describe('the cache of lookups, where it is to be asked now', () => {
  test('asks whatever is known, and remembers the answer for everybody', async () => {
    const { cache, clock, load, loaded } = open()
    await load('a', 'before')
    assert.equal(await cache.getNow('a', async () => 'after'), 'after')
    assert.equal(await load('a'), 'after')
    clock.advance(59_999)
    assert.equal(await load('a'), 'after')
    assert.deepEqual(loaded, ['a'])
    assert.equal(await cache.getNow('a', async () => null), null)
    assert.equal(await load('a'), null)
  })

  test('waits for no answer that was asked for before', async () => {
    const { cache } = open()
    const early = slowAnswer()
    const waiting = cache.get('a', true, early.load)
    assert.equal(await cache.getNow('a', async () => 'after'), 'after')
    early.answer('before')
    assert.equal(await waiting, 'before')
  })

  test('lets no answer that was asked for before take the place of a later one', async () => {
    const { cache, clock, load } = open()
    const [byKey, now] = [slowAnswer(), slowAnswer()]
    const waiting = [cache.get('a', true, byKey.load), cache.getNow('a', now.load)]
    const question = cache.ask()
    // The clock does not say which came first.
    clock.advance(-1_000)
    await cache.getNow('a', async () => 'after')
    byKey.answer('before')
    now.answer('before')
    await Promise.all(waiting)
    cache.put('a', 'before', question)
    assert.equal(await load('a'), 'after')
    cache.put('a', 'later', cache.ask())
    assert.equal(await load('a'), 'later')
  })

  for (const kind of ['unreachable', 'disconnected', 'credentials'] as const) {
    test(`goes on for the grace time where the fault is ${kind}`, async () => {
      const { cache, clock, load, served } = open()
      const down = async () => {
        throw new LdapFault(kind, 'down')
      }
      await assert.rejects(cache.getNow('a', down), { kind })
      await load('a')
      assert.equal(await cache.getNow('a', down), 'a')
      clock.advance(659_999)
      assert.equal(await cache.getNow('a', down), 'a')
      assert.deepEqual(
        served.map(fault => fault.kind),
        [kind, kind],
      )
      clock.advance(1)
      await assert.rejects(cache.getNow('a', down), { kind })
    })
  }

  test('does not go on where a server answers that it will not', async () => {
    const { cache, load } = open()
    await load('a')
    const refuse = async () => {
      throw new LdapFault('operation', 'insufficient access rights')
    }
    await assert.rejects(cache.getNow('a', refuse), { kind: 'operation' })
  })
})
