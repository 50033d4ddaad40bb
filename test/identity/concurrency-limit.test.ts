import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createConcurrencyLimit } from '../../src/identity/concurrency-limit.ts'

test('runs a few at once, the others in their order, and refuses more than may wait', async () => {
  const limited = createConcurrencyLimit({ running: 2, waiting: 3, refusal: () => new Error('full') })
  const begun: number[] = []
  const finishers: (() => void)[] = []
  const run = (n: number) =>
    limited(async () => {
      begun.push(n)
      await new Promise<void>(resolve => finishers.push(resolve))
      if (n === 1) throw new Error('work failed')
      return n
    })
  const results = [0, 1, 2, 3, 4].map(run)
  const settled = Promise.allSettled(results)
  await assert.rejects(run(5), { message: 'full' })
  assert.deepEqual(begun, [0, 1])
  finishers[1]?.()
  await assert.rejects(results[1] ?? assert.fail(), { message: 'work failed' })
  assert.deepEqual(begun, [0, 1, 2])
  const sixth = run(6)
  for (const n of [0, 2, 3, 4, 5]) {
    finishers[n]?.()
    await new Promise(resolve => setImmediate(resolve))
  }
  await settled
  assert.deepEqual(begun, [0, 1, 2, 3, 4, 6])
  assert.equal(await sixth, 6)
})
