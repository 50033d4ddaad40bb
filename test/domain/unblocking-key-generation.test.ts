import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { accept, isRefusal } from '../../src/domain/refusal.ts'
import {
  confirmableGeneration,
  confirmedGeneration,
  generationsToTell,
} from '../../src/domain/unblocking-key-generation.ts'
import { CardLife, type LifeEvent, lifeEvents, type RequestName } from './unblocking-key-life.ts'

test('a new card has its maker’s PUK, and gets the first one', () => {
  assert.deepEqual(generationsToTell({ confirmed: 0, ofRequest: null, highestOfOthers: 0 }), {
    confirmed: 0,
    lastTold: null,
    next: 1,
  })
})

test('a request is told the same one as often as it asks', () => {
  const known = { confirmed: 3, ofRequest: 4, highestOfOthers: 3 }
  assert.deepEqual(generationsToTell(known), { confirmed: 3, lastTold: null, next: 4 })
})

test('a request that another one has overtaken is told none, and says what to do', () => {
  const refusal = generationsToTell({ confirmed: 4, ofRequest: 4, highestOfOthers: 5 })
  assert.ok(isRefusal(refusal))
  assert.equal(refusal.code, 'RequestStateForbids')
  assert.match(refusal.message, /Cancel the present one/)
})

test('a card whose last request was completed has that PUK, and may have no other', () => {
  const known = { confirmed: 3, ofRequest: null, highestOfOthers: 3 }
  assert.deepEqual(generationsToTell(known), { confirmed: 3, lastTold: null, next: 4 })
})

test('a card whose last request was not completed may have what that one was told, and gets no third before that is settled', () => {
  const known = { confirmed: 3, ofRequest: null, highestOfOthers: 5 }
  assert.deepEqual(generationsToTell(known), { confirmed: 3, lastTold: 5, next: null })
})

test('what a request says that was overtaken counts no more', () => {
  assert.equal(confirmedGeneration(5, 4), 5)
  assert.equal(confirmedGeneration(3, 4), 4)
})

test('a request confirms what it is told to set first, once more too, and nothing that it was told for itself', () => {
  const known = { confirmed: 3, ofRequest: null, highestOfOthers: 5 }
  assert.equal(confirmableGeneration(known), 5)
  assert.equal(confirmableGeneration({ ...known, confirmed: 5 }), 5)
  for (const none of [
    { confirmed: 0, ofRequest: null, highestOfOthers: 0 },
    { confirmed: 3, ofRequest: null, highestOfOthers: 0 },
    { confirmed: 0, ofRequest: 1, highestOfOthers: 0 },
    { confirmed: 1, ofRequest: 2, highestOfOthers: 1 },
    { confirmed: 1, ofRequest: 1, highestOfOthers: 2 },
  ]) {
    assert.equal(confirmableGeneration(none), null, JSON.stringify(none))
  }
})

/** What happened to a card, and then: the PUK that it has, the confirmed one, and what else it may have. */
const table: readonly [story: string, card: number, confirmed: number, lastTold: number | null][] = [
  ['A asks', 0, 0, 1],
  ['A asks, A sets', 1, 0, 1],
  ['A asks, A sets, A completes', 1, 1, null],
  ['A asks, A cancels', 0, 0, 1],
  ['A asks, A sets, A cancels', 1, 0, 1],
  // B is told to set what A was told, and nothing of its own yet.
  ['A asks, B asks', 0, 0, 1],
  ['A asks, B asks, A sets', 1, 0, 1],
  ['A asks, B asks, B sets', 1, 0, 1],
  ['A asks, B asks, B sets, A sets', 1, 0, 1],
  ['A asks, B asks, B sets, B confirms', 1, 1, null],
  ['A asks, B asks, A sets, A completes', 1, 1, null],
  ['A asks, B asks, A sets, A completes, B sets, B confirms', 1, 1, null],
  ['A asks, B asks, A sets, A cancels, B cancels', 1, 0, 1],
  ['A asks, A cancels, B asks, B cancels', 0, 0, 1],
  ['A asks, A sets, A cancels, B asks, B cancels', 1, 0, 1],
  // From here on B has a PUK of its own.
  ['A asks, B asks, B sets, B confirms, B asks', 1, 1, 2],
  ['A asks, B asks, B sets, B confirms, B asks, A sets', 1, 1, 2],
  ['A asks, B asks, B sets, B confirms, B asks, B sets', 2, 1, 2],
  ['A asks, B asks, B sets, B confirms, B asks, B sets, A sets', 2, 1, 2],
  ['A asks, B asks, B sets, B confirms, B asks, A sets, B sets', 2, 1, 2],
  ['A asks, A sets, B asks, B sets, B confirms, B asks, B sets, A completes', 2, 1, 2],
  ['A asks, A sets, B asks, B sets, B confirms, B asks, B sets, B completes, A completes', 2, 2, null],
  ['A asks, A sets, B asks, B sets, B confirms, B asks, B sets, A completes, B completes', 2, 2, null],
  ['A asks, A sets, B asks, B sets, B confirms, B asks, A completes, B sets, B completes', 2, 2, null],
  ['A asks, A sets, B asks, B sets, B confirms, B asks, A asks, A sets, B sets', 2, 1, 2],
]

for (const [story, card, confirmed, lastTold] of table) {
  test(`${story}: the card has ${card}, and the server tells of it`, () => {
    const life = new CardLife()
    for (const step of story.split(', ')) assert.ok(life.happen(eventOf(step)), `${step} cannot happen there`)
    assert.equal(life.card, card)
    const told = accept(generationsToTell(life.known('D')))
    assert.deepEqual([told.confirmed, told.lastTold], [confirmed, lastTold])
  })
}

function eventOf(step: string): LifeEvent {
  const found = lifeEvents.find(({ request, what }) => step === `${request} ${what}`)
  assert.ok(found, step)
  return found
}

test('whatever three requests do with a card, in whatever order and wherever they die, the next one opens it', () => {
  const seen = new Set<string>()
  const open: CardLife[] = [new CardLife()]
  for (let life = open.pop(); life !== undefined; life = open.pop()) {
    for (const event of lifeEvents) {
      const next = life.clone()
      if (!next.happen(event) || seen.has(next.key())) continue
      seen.add(next.key())
      assertOpens(next)
      open.push(next)
    }
  }
  assert.ok(seen.size > 1000, `only ${seen.size} states`)
})

/** A request that comes later presents one wrong PUK at the most, and ends with one that nobody else was told. */
function assertOpens(life: CardLife): void {
  const told = accept(generationsToTell(life.known('D')))
  assert.ok(life.card === told.confirmed || life.card === told.lastTold, life.key())
  const next = life.clone()
  for (const what of told.next === null
    ? (['asks', 'sets', 'confirms', 'asks', 'sets', 'completes'] as const)
    : (['asks', 'sets', 'completes'] as const)) {
    assert.ok(next.happen({ request: 'D', what }), `${what}: ${life.key()}`)
  }
  assert.ok(next.card > Math.max(life.confirmed, ...life.toldTo.values()), life.key())
}

test('no two requests are ever told to set the same PUK as their own, and a later one gets a later one', () => {
  const requests: readonly RequestName[] = ['A', 'B', 'C', 'D']
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...lifeEvents), { maxLength: 60 }), events => {
      const life = new CardLife()
      for (const event of events) {
        const before = new Map(life.toldTo)
        life.happen(event)
        for (const request of requests) {
          const told = life.toldTo.get(request)
          if (told === undefined) continue
          if (before.has(request)) assert.equal(told, before.get(request))
          else assert.ok([...before.values()].every(earlier => earlier < told))
        }
      }
    }),
  )
})
