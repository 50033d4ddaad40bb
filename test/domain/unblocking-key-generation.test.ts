import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { generationsToTell } from '../../src/domain/unblocking-key-generation.ts'

test('a new card has its maker’s PUK, and gets the first one', () => {
  assert.deepEqual(generationsToTell({ confirmed: 0, ofRequest: null, highestOfOthers: 0 }), {
    confirmed: 0,
    lastTold: null,
    next: 1,
  })
})

test('a request is told the same one as often as it asks, whatever others were told in between', () => {
  const { next, lastTold } = generationsToTell({ confirmed: 3, ofRequest: 4, highestOfOthers: 6 })
  assert.deepEqual([next, lastTold], [4, 6])
})

test('a card whose last request was completed has that PUK, and may have no other', () => {
  const { confirmed, lastTold } = generationsToTell({ confirmed: 3, ofRequest: null, highestOfOthers: 3 })
  assert.deepEqual([confirmed, lastTold], [3, null])
})

test('a card whose last request was not completed may have what that one was told', () => {
  const told = generationsToTell({ confirmed: 3, ofRequest: null, highestOfOthers: 5 })
  assert.deepEqual(told, { confirmed: 3, lastTold: 5, next: 6 })
})

/** A life of a card: which of five requests asks for PUKs, or is completed. */
const life = fc.array(
  fc.record({ request: fc.integer({ min: 0, max: 4 }), event: fc.constantFrom('ask', 'complete') }),
  { maxLength: 40 },
)

test('no two requests are ever told to set the same PUK, and a later one gets a later one', () => {
  fc.assert(
    fc.property(life, events => {
      const told = new Map<number, number>()
      let confirmed = 0
      for (const { request, event } of events) {
        const ofRequest = told.get(request) ?? null
        if (event === 'complete') {
          confirmed = ofRequest ?? confirmed
          continue
        }
        const earlier = [...told.values()]
        const others = [...told].filter(([other]) => other !== request).map(([, generation]) => generation)
        const { next } = generationsToTell({
          confirmed,
          ofRequest,
          highestOfOthers: Math.max(0, ...others),
        })
        if (ofRequest === null) assert.ok(earlier.every(generation => generation < next))
        else assert.equal(next, ofRequest)
        told.set(request, next)
      }
    }),
  )
})
