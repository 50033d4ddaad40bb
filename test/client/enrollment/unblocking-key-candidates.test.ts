import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  factoryUnblockingKey,
  unblockingKeyCandidates,
} from '../../../src/client/enrollment/unblocking-key-candidates.ts'
import { accept } from '../../../src/domain/refusal.ts'
import { generationsToTell, type KnownGenerations } from '../../../src/domain/unblocking-key-generation.ts'
import { CardLife, lifeEvents } from '../../domain/unblocking-key-life.ts'

const key = (generation: number) => (generation === 0 ? factoryUnblockingKey : `PUK ${generation}`)

/** What a card that says nothing of its PUK refuses before it takes one of those that it is sent; null where it takes none. */
function refusals(
  card: number,
  known: KnownGenerations,
  { isCardNew, hadDefaultAdminKey }: { isCardNew: boolean; hadDefaultAdminKey: boolean },
): number | null {
  const { confirmed, lastTold, next } = accept(generationsToTell(known))
  const target = next === null ? (['lastTold', key(lastTold ?? -1)] as const) : (['next', key(next)] as const)
  const about = { current: confirmed === 0 ? null : key(confirmed), target, wasSent: false }
  const candidates = unblockingKeyCandidates({ ...about, isCardNew, hadDefaultAdminKey }, null)
  const at = candidates.findIndex(([, candidate]) => candidate === key(card))
  return at === -1 ? null : at
}

test('whatever three requests do with a card that says nothing, the next one opens it with its second PUK at the latest', () => {
  const seen = new Set<string>()
  const open: CardLife[] = [new CardLife()]
  for (let life = open.pop(); life !== undefined; life = open.pop()) {
    for (const event of lifeEvents) {
      const next = life.clone()
      if (!next.happen(event) || seen.has(next.key())) continue
      seen.add(next.key())
      open.push(next)
      for (const isCardNew of [true, false]) {
        // Whoever sets a PUK has replaced the card's admin key before.
        for (const hadDefaultAdminKey of next.card === 0 ? [true, false] : [false]) {
          const count = refusals(next.card, next.known('D'), { isCardNew, hadDefaultAdminKey })
          assert.ok(count !== null && count <= 1, next.key())
        }
      }
    }
  }
  assert.ok(seen.size > 1000, `only ${seen.size} states`)
})

test('an untouched card that says nothing takes the first PUK that it is sent, whatever was told and confirmed of it', () => {
  for (const confirmed of [0, 1, 2, 7]) {
    for (const highestOfOthers of [confirmed, confirmed + 1, confirmed + 5]) {
      const known = { confirmed, ofRequest: null, highestOfOthers }
      assert.equal(refusals(0, known, { isCardNew: true, hadDefaultAdminKey: true }), 0)
    }
  }
})

test('a new card whose admin key tells nothing has its maker’s PUK tried second, and third beside one told last', () => {
  const about = { isCardNew: true, hadDefaultAdminKey: false }
  assert.equal(refusals(0, { confirmed: 3, ofRequest: null, highestOfOthers: 3 }, about), 1)
  assert.equal(refusals(0, { confirmed: 3, ofRequest: null, highestOfOthers: 4 }, about), 2)
})

test('a card in use is never sent its maker’s PUK, unless it has the admin key of new cards', () => {
  const known = { confirmed: 3, ofRequest: null, highestOfOthers: 3 }
  assert.equal(refusals(0, known, { isCardNew: false, hadDefaultAdminKey: false }), null)
  assert.equal(refusals(0, known, { isCardNew: false, hadDefaultAdminKey: true }), 1)
  assert.equal(refusals(3, known, { isCardNew: false, hadDefaultAdminKey: true }), 0)
})

test('what may be on the card already is sent first', () => {
  for (const isCardNew of [true, false]) {
    for (const hadDefaultAdminKey of [true, false]) {
      for (const current of [null, 'PUK 1']) {
        const change = {
          current,
          target: ['next', 'PUK 2'],
          wasSent: true,
          isCardNew,
          hadDefaultAdminKey,
        } as const
        assert.deepEqual(unblockingKeyCandidates(change, null)[0], ['next', 'PUK 2'])
      }
    }
  }
})

test('what a card says of its PUK counts more than what anybody says of the card', () => {
  const change = {
    target: ['next', 'PUK 2'],
    wasSent: false,
    isCardNew: true,
    hadDefaultAdminKey: true,
  } as const
  const names = (current: string | null, isFactory: boolean) =>
    unblockingKeyCandidates({ ...change, current }, isFactory).map(([name]) => name)
  assert.deepEqual(names('PUK 1', true), ['factory'])
  assert.deepEqual(names('PUK 1', false), ['confirmed', 'next'])
  assert.deepEqual(names(null, false), ['next'])
})
