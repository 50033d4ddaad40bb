import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { RetryCounter } from './retry-counter.ts'

suite('a retry counter', () => {
  test('spends the try before it compares, so that a power cut during the comparison costs it', () => {
    const counter = new RetryCounter(3)
    assert.throws(() =>
      counter.attempt(() => {
        assert.equal(counter.left, 2)
        throw new Error('the power is cut')
      }),
    )
    assert.equal(counter.left, 2)
  })

  test('gives all tries back on success', () => {
    const counter = new RetryCounter(3)
    assert.equal(
      counter.attempt(() => false),
      false,
    )
    assert.equal(
      counter.attempt(() => true),
      true,
    )
    assert.equal(counter.left, 3)
  })

  test('at zero compares no more, until it is reset', () => {
    const counter = new RetryCounter(1)
    counter.attempt(() => false)
    assert.ok(counter.isBlocked)
    assert.equal(
      counter.attempt(() => assert.fail('it compared')),
      false,
    )
    counter.reset()
    assert.equal(counter.isBlocked, false)
    assert.equal(counter.left, 1)
  })
})
