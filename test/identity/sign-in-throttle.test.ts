import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { CardinalError } from '../../src/domain/error.ts'
import { createSignInThrottle, type SignInThrottle } from '../../src/identity/sign-in-throttle.ts'
import { createClockFake } from './clock-fake.ts'

/** Seconds until an attempt is let in; 0 where it would be now. */
function wait(throttle: SignInThrottle, name: string, address: string): number {
  try {
    throttle.check(name, address)
    return 0
  } catch (error) {
    assert.ok(error instanceof CardinalError && error.code === 'SignInThrottled')
    assert.ok(error.retryAfter !== null && error.retryAfter > 0)
    return error.retryAfter
  }
}

function setUp(capacity?: number) {
  const clock = createClockFake()
  const throttle = createSignInThrottle(capacity === undefined ? { clock } : { clock, capacity })
  return {
    clock,
    throttle,
    fail: (name: string, address: string) => void throttle.begin(name, address),
    succeed: (name: string, address: string) => throttle.begin(name, address).succeed(),
    wait: (name: string, address: string) => wait(throttle, name, address),
    /** Fails, waiting as long as it has to each time; returns the delays after each failure. */
    failRepeatedly(times: number, nameOf: (n: number) => string, addressOf: (n: number) => string): number[] {
      return Array.from({ length: times }, (_, n) => {
        throttle.begin(nameOf(n), addressOf(n))
        const delay = wait(throttle, nameOf(n + 1), addressOf(n + 1))
        clock.advance(delay)
        return delay
      })
    },
  }
}

const office = '192.0.2.1'
const elsewhere = '198.51.100.7'

describe('failed sign-ins', () => {
  test('at one account from one address wait longer and longer, up to 15 minutes', () => {
    const { failRepeatedly } = setUp()
    assert.deepEqual(
      failRepeatedly(
        17,
        () => 'alice',
        () => office,
      ),
      [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900],
    )
  })

  test('at one account from ever new addresses wait up to 30 seconds', () => {
    const { failRepeatedly } = setUp()
    assert.deepEqual(
      failRepeatedly(
        18,
        () => 'alice',
        n => `10.0.0.${n}`,
      ),
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 30, 30, 30],
    )
  })

  test('at ever new accounts from one address wait up to 60 seconds', () => {
    const { failRepeatedly } = setUp()
    assert.deepEqual(
      failRepeatedly(
        40,
        n => `user${n}`,
        () => office,
      ).slice(29),
      [0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60],
    )
  })

  test('wait in seconds rounded up, and not a moment longer', () => {
    const { clock, fail, wait } = setUp()
    for (let n = 0; n < 5; n++) {
      fail('alice', office)
      clock.advance(wait('alice', office))
    }
    fail('alice', office)
    assert.equal(wait('alice', office), 4)
    clock.advance(0.5)
    assert.equal(wait('alice', office), 4)
    clock.advance(3.499)
    assert.equal(wait('alice', office), 1)
    clock.advance(0.001)
    assert.equal(wait('alice', office), 0)
  })

  test('are forgotten after an hour without one', () => {
    const { clock, failRepeatedly } = setUp()
    failRepeatedly(
      10,
      () => 'alice',
      () => office,
    )
    clock.advance(3600.001)
    assert.deepEqual(
      failRepeatedly(
        4,
        () => 'alice',
        () => office,
      ),
      [0, 0, 0, 1],
    )
  })

  test('that are refused for being too early do not count', () => {
    const { clock, throttle, fail, wait } = setUp()
    for (let n = 0; n < 4; n++) fail('alice', office)
    for (let n = 0; n < 100; n++) assert.throws(() => throttle.begin('alice', office), CardinalError)
    assert.equal(wait('alice', office), 1)
    clock.advance(1)
    assert.equal(wait('alice', office), 0)
  })

  test('count from their beginning: many at once are not better than one after another', () => {
    const { throttle } = setUp()
    const begun = Array.from({ length: 100 }, () => {
      try {
        return throttle.begin('alice', office)
      } catch {
        return null
      }
    })
    assert.equal(begun.filter(attempt => attempt !== null).length, 4)
  })

  for (const [first, second] of [
    ['alice', 'ALICE'],
    ['alice', 'CONTOSO\\alice'],
    ['alice', 'alice@contoso.com'],
  ] as const) {
    test(`at ${first} and ${second} are failures at one account`, () => {
      const { fail, wait } = setUp()
      for (let n = 0; n < 4; n++) fail(first, office)
      assert.equal(wait(second, office), 1)
    })
  }

  for (const [first, second, isSame] of [
    ['2001:db8::1', '2001:db8::ffff:1', true],
    ['2001:db8:0:0:1::', '2001:0DB8:0000:0000:ffff:ffff:ffff:ffff', true],
    ['fe80::1%eth0', 'fe80::2%eth1', true],
    ['2001:db8::1', '2001:db8:0:1::1', false],
    ['::ffff:192.0.2.1', '192.0.2.1', true],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.2', false],
    ['64:ff9b::192.0.2.1', '64:ff9b::', true],
    ['::1:2:3:4:5:192.0.2.1', '0:1:2:3::', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['unknown', 'elsewhere', false],
  ] as const) {
    test(`${first} and ${second} are ${isSame ? 'one place' : 'two places'}`, () => {
      const { fail, wait } = setUp()
      for (let n = 0; n < 4; n++) fail('alice', first)
      assert.equal(wait('alice', second), isSame ? 1 : 0)
    })
  }
})

describe('a sign-in that succeeds', () => {
  test('forgets the failures at this account from this address', () => {
    const { clock, fail, succeed, failRepeatedly } = setUp()
    for (let n = 0; n < 4; n++) fail('alice', office)
    clock.advance(1)
    succeed('alice', office)
    assert.deepEqual(
      failRepeatedly(
        4,
        () => 'alice',
        () => office,
      ),
      [0, 0, 0, 1],
    )
  })

  test('does not forget those at other accounts from this address: an account of one’s own is no help', () => {
    const { clock, fail, succeed, wait } = setUp()
    for (let n = 0; n < 31; n++) fail(`user${n}`, office)
    assert.equal(wait('bob', office), 1)
    clock.advance(1)
    succeed('mallory', office)
    fail('bob', office)
    assert.equal(wait('carol', office), 2)
  })

  test('leaves no trace in the delays of others', () => {
    const { clock, fail, throttle, wait } = setUp()
    for (let n = 0; n < 36; n++) {
      clock.advance(60)
      fail(`user${n}`, office)
    }
    clock.advance(40)
    assert.equal(wait('carol', office), 0)
    throttle.begin('bob', office).succeed()
    assert.equal(wait('carol', office), 0)
  })

  test('lets its owner in from there while others guess from elsewhere', () => {
    const { succeed, failRepeatedly, fail, wait } = setUp()
    succeed('alice', office)
    failRepeatedly(
      20,
      () => 'alice',
      n => `10.0.0.${n}`,
    )
    fail('alice', elsewhere)
    assert.equal(wait('alice', elsewhere), 30)
    assert.equal(wait('alice', office), 0)
  })

  test('lets its owner in from there all day, however many guess from everywhere without rest', () => {
    const { clock, throttle, succeed, wait } = setUp(1000)
    succeed('alice', office)
    let guesses = 0
    for (let minute = 0; minute < 24 * 60; minute++) {
      for (let n = 0; n < 20; n++) {
        try {
          throttle.begin('alice', `10.${n}.${minute >> 8}.${minute & 255}`)
          guesses += 1
        } catch {}
      }
      assert.equal(wait('alice', office), 0)
      if (minute % 60 === 0) succeed('alice', office)
      clock.advance(60)
    }
    // Ten are free; a rest of a minute lets one more in, for the delay is 30 seconds.
    assert.ok(guesses <= 10 + 24 * 60, `${guesses}`)
    assert.ok(wait('alice', elsewhere) <= 30)
  })

  test('lets its owner in from there while others guess at other accounts from the same address', () => {
    const { succeed, failRepeatedly, fail, wait } = setUp()
    succeed('alice', office)
    failRepeatedly(
      40,
      n => `user${n}`,
      () => office,
    )
    fail('user', office)
    assert.equal(wait('bob', office), 60)
    assert.equal(wait('alice', office), 0)
  })

  test('does not free this account and address from their own delays', () => {
    const { succeed, fail, wait } = setUp()
    succeed('alice', office)
    for (let n = 0; n < 4; n++) fail('alice', office)
    assert.equal(wait('alice', office), 1)
  })
})

test('an attempt that is withdrawn was never there', () => {
  const { throttle, failRepeatedly } = setUp()
  for (let n = 0; n < 100; n++) throttle.begin('alice', office).withdraw()
  assert.deepEqual(
    failRepeatedly(
      4,
      () => 'alice',
      () => office,
    ),
    [0, 0, 0, 1],
  )
})

test('a clock that is set back does not make a delay longer', () => {
  const { clock, fail, wait } = setUp()
  for (let n = 0; n < 4; n++) fail('alice', office)
  clock.advance(-86_400)
  assert.equal(wait('alice', office), 1)
})

test('a known account at a known address is remembered while strangers are forgotten', () => {
  const { fail, wait } = setUp(3)
  for (let n = 0; n < 4; n++) fail('alice', office)
  for (let n = 0; n < 50; n++) {
    fail(`user${n}`, `10.0.0.${n}`)
    assert.equal(wait('alice', office), 1)
  }
})

test('whoever guesses needs at least the sum of the delays', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 2000 }), { minLength: 50, maxLength: 50 }), pauses => {
      const { clock, throttle } = setUp()
      let guesses = 0
      let seconds = 0
      for (const pause of pauses) {
        try {
          throttle.begin('alice', office)
          guesses += 1
        } catch {
          assert.ok(guesses >= 4)
        }
        clock.advance(pause)
        seconds += pause
      }
      // Four at once, then at best one an hour's memory or one a delay: never more than by waiting out each delay.
      assert.ok(guesses <= 4 + 10 + seconds / 900 + (seconds / 3600) * 4)
    }),
  )
})
