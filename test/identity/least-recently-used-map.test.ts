import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FailureCounter } from '../../src/identity/failure-counter.ts'
import { LeastRecentlyUsedMap } from '../../src/identity/least-recently-used-map.ts'

test('a full map forgets what was used longest ago', () => {
  const map = new LeastRecentlyUsedMap<number>(2)
  map.set('a', 1)
  map.set('b', 2)
  map.get('a')
  map.set('c', 3)
  assert.deepEqual([map.get('a'), map.get('b'), map.get('c')], [1, undefined, 3])
  map.set('a', 4)
  map.set('d', 5)
  assert.deepEqual([map.get('a'), map.get('c'), map.get('d')], [4, undefined, 5])
})

test('a map never holds more than its capacity', () => {
  const map = new LeastRecentlyUsedMap<number>(100)
  for (let n = 0; n < 10_000; n++) map.set(`key ${n}`, n)
  assert.equal(map.size, 100)
})

test('failures of very many names are held in bounded memory', () => {
  const counter = new FailureCounter({ free: 3, longestSeconds: 30 }, 100)
  for (let n = 0; n < 10_000; n++) counter.add(`name ${n}`, n)
  assert.equal(counter.size, 100)
})

test('failures that are taken back leave nothing in memory', () => {
  const counter = new FailureCounter({ free: 3, longestSeconds: 30 }, 100)
  counter.add('name', 0)()
  assert.equal(counter.size, 0)
})
