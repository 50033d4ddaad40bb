import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CardinalError } from '../../src/domain/error.ts'
import { createSecretRateLimit } from '../../src/identity/secret-rate-limit.ts'
import { createClockFake } from './clock-fake.ts'

const refusedFor = (seconds: number) => (error: unknown) =>
  error instanceof CardinalError && error.code === 'TooManyRequests' && error.retryAfter === seconds

describe('whoever asks for secrets', () => {
  function setUp(capacity = 100) {
    const clock = createClockFake()
    return { clock, limit: createSecretRateLimit({ clock, burst: 3, perMinute: 6, capacity }) }
  }

  test('may do so a few times at once, then at an even pace', () => {
    const { clock, limit } = setUp()
    for (let n = 0; n < 3; n++) limit.spend('alice')
    assert.throws(() => limit.spend('alice'), refusedFor(10))
    clock.advance(4)
    assert.throws(() => limit.spend('alice'), refusedFor(6))
    clock.advance(6)
    limit.spend('alice')
    assert.throws(() => limit.spend('alice'), refusedFor(10))
  })

  test('is let in exactly when told to come again', () => {
    const { clock, limit } = setUp()
    for (let n = 0; n < 3; n++) limit.spend('alice')
    for (let n = 0; n < 20; n++) {
      clock.advance(9.999)
      assert.throws(() => limit.spend('alice'), refusedFor(1))
      clock.advance(0.001)
      limit.spend('alice')
    }
  })

  test('saves up no more than the burst', () => {
    const { clock, limit } = setUp()
    limit.spend('alice')
    clock.advance(86_400)
    for (let n = 0; n < 3; n++) limit.spend('alice')
    assert.throws(() => limit.spend('alice'), refusedFor(10))
  })

  test('is counted apart from others', () => {
    const { limit } = setUp()
    for (let n = 0; n < 3; n++) limit.spend('alice')
    limit.spend('bob')
    assert.throws(() => limit.spend('alice'), refusedFor(10))
  })

  test('gains nothing by a clock that is set back', () => {
    const { clock, limit } = setUp()
    for (let n = 0; n < 3; n++) limit.spend('alice')
    clock.advance(-86_400)
    assert.throws(() => limit.spend('alice'), refusedFor(10))
  })

  test('is forgotten where very many others came since', () => {
    const { limit } = setUp(2)
    for (let n = 0; n < 3; n++) limit.spend('alice')
    limit.spend('bob')
    assert.throws(() => limit.spend('alice'), refusedFor(10))
    limit.spend('carol')
    limit.spend('dave')
    limit.spend('alice')
  })
})
