import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { CommandRefusal } from '../../../src/card/virtual/command-refusal.ts'
import { allTries, attempt, type TryCounter } from '../../../src/card/virtual/try-counter.ts'

suite('an attempt at a secret', () => {
  test('is counted and stored before the secret is compared, and given back when it was right', async () => {
    const events: (TryCounter | 'compared')[] = []
    const store = async (counter: TryCounter) => {
      events.push(counter)
    }
    const isRight = () => events.push('compared') > 0
    assert.equal(await attempt({ left: 2, limit: 3 }, store, isRight), true)
    assert.deepEqual(events, [{ left: 1, limit: 3 }, 'compared', allTries(3)])
  })

  test('costs a try when it was wrong', async () => {
    const stored: TryCounter[] = []
    const store = async (counter: TryCounter) => {
      stored.push(counter)
    }
    assert.equal(await attempt(allTries(3), store, () => false), false)
    assert.deepEqual(stored, [{ left: 2, limit: 3 }])
  })

  test('is refused without a comparison once no try is left', async () => {
    const compared = () => assert.fail('The secret was compared.')
    await assert.rejects(
      attempt({ left: 0, limit: 3 }, async () => undefined, compared),
      error => error instanceof CommandRefusal && error.statusWord === 0x6983,
    )
  })

  test('is not made where it cannot be counted', async () => {
    const compared = () => assert.fail('The secret was compared.')
    const store = () => Promise.reject(new CommandRefusal(0x6581))
    await assert.rejects(attempt(allTries(3), store, compared), CommandRefusal)
  })
})
