import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, describe, test } from 'node:test'
import type { CardKey } from '../../../src/card/smart-card.ts'
import type { EnrollableCard } from '../../../src/client/cards/enrollable-card.ts'
import { fillCard } from '../../../src/client/enrollment/fill-card.ts'
import { identifyCard } from '../../../src/client/enrollment/identify-card.ts'
import {
  cardTemplate,
  newBenchCard,
  newKeeper,
  type Personality,
  person,
  runOf,
  words,
} from './enrollment-bench.ts'
import { startBench } from './server-in-process.ts'

const bench = await startBench({ after })
const alice = bench.clientOf('alice')
const enrollment = () => newKeeper('Enroll', { profiletemplateuuid: cardTemplate })
const cautious = person({ confirm: async () => false })

async function blankCard(personality: Personality): Promise<EnrollableCard> {
  const card = await (await newBenchCard(personality)).open()
  return { ...card, readCardId: async () => null }
}

/** A card with a key that no enrollment of ours has made. */
function withKey(card: EnrollableCard, cardId: string | null): EnrollableCard {
  const key: CardKey = {
    keyId: '9a',
    algorithm: { algorithm: 'EC', curve: 'P-256' },
    publicKey: new Uint8Array(1),
    hasCertificate: true,
  }
  return { ...card, readCardId: async () => cardId, listKeys: async () => [key] }
}

for (const personality of ['GIDS', 'PIV'] satisfies Personality[]) {
  describe(`an enrollment that was interrupted with a blank ${personality} card`, () => {
    test('does not erase another card with keys unasked', async () => {
      const run = runOf(alice, enrollment())
      const blank = await blankCard(personality)
      await identifyCard(run, blank, cautious)
      await assert.rejects(identifyCard(run, withKey(blank, randomUUID()), cautious), { code: 'declined' })
    })

    test('takes no card that serves another enrollment', async () => {
      const other = await newBenchCard(personality)
      await fillCard(runOf(alice, enrollment()), () => other.open(), person(), words)
      const run = runOf(alice, enrollment())
      await identifyCard(run, await blankCard(personality), cautious)
      await assert.rejects(identifyCard(run, await other.open(), person()), { code: 'card-in-use' })
    })

    test('goes on with that card, which has its id by now', async () => {
      const run = runOf(alice, enrollment())
      const blank = await blankCard(personality)
      await identifyCard(run, blank, cautious)
      const cardId = randomUUID()
      const furnished = { ...blank, readCardId: async () => cardId, listKeys: async () => [] }
      await identifyCard(run, furnished, cautious)
      assert.equal(run.keeper.journal.card?.cardId, cardId)
    })
  })
}

test('a PIV card without an id is not erased unasked where it holds keys', async () => {
  const card = withKey(await blankCard('PIV'), null)
  await assert.rejects(identifyCard(runOf(alice, enrollment()), card, cautious), { code: 'declined' })
})
