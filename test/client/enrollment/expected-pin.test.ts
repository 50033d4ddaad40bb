import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { PinNeed } from '../../../src/client/enrollment/enrollment-run.ts'
import { fillCard } from '../../../src/client/enrollment/fill-card.ts'
import { unblockCard } from '../../../src/client/enrollment/unblock-card.ts'
import {
  cardTemplate,
  newBenchCard,
  newKeeper,
  noWords,
  type Personality,
  person,
  runOf,
  words,
} from './enrollment-bench.ts'
import { type EnrollmentBench, startBench } from './server-in-process.ts'

const bench = await startBench({ after })
const alice = bench.clientOf('alice')
const refusal = new Error('There is no such PIN.')
const enrollment = () => newKeeper('Enroll', { profiletemplateuuid: cardTemplate })

async function requestCount(of: EnrollmentBench = bench): Promise<number> {
  return (await of.clientOf('alice').call('GET /v1.0/requests'))?.length ?? 0
}

/** Somebody who has no PIN, and what they were asked for. */
function unprepared() {
  const needs: PinNeed[] = []
  const somebody = person({
    async expectPin(need) {
      needs.push(need)
      throw refusal
    },
  })
  return { needs, somebody }
}

async function enrolledCard(personality: Personality) {
  const card = await newBenchCard(personality)
  const { request } = await fillCard(runOf(alice, enrollment()), () => card.open(), person(), words)
  return { card, smartcard: request.NewSmartcardUuid }
}

for (const personality of ['GIDS', 'PIV'] satisfies Personality[]) {
  describe(`no request is made, and no ${personality} card touched, where`, () => {
    test('a new card would get no PIN that keeps the rules of its template and its kind', async () => {
      const before = await requestCount()
      const card = await newBenchCard(personality)
      const { needs, somebody } = unprepared()
      const run = runOf(alice, enrollment())
      await assert.rejects(
        fillCard(run, () => card.open(), somebody, words),
        refusal,
      )
      const [need, ...others] = needs
      assert.ok(need?.kind === 'chosen' && others.length === 0)
      assert.equal(need.rules.minimumLength, 6)
      assert.equal(need.rules.maximumLength, personality === 'PIV' ? 8 : 127)
      assert.equal(await requestCount(), before)
      assert.equal(run.keeper.journal.requestUuid, null)
    })

    test('the PIN that the server makes could be handed to nobody', async () => {
      const making = await startBench({ after }, file => ({
        ...file,
        profileTemplates: file.profileTemplates.map(template => ({
          ...template,
          ...(template.smartcard && {
            smartcard: { ...template.smartcard, userPinOption: 'randomized' as const },
          }),
        })),
      }))
      const card = await newBenchCard(personality)
      const { needs, somebody } = unprepared()
      await assert.rejects(
        fillCard(runOf(making.clientOf('alice'), enrollment()), () => card.open(), somebody, words),
        refusal,
      )
      assert.deepEqual(needs, [{ kind: 'received' }])
      assert.equal(await requestCount(making), 0)
    })

    test('a card is to be unblocked without a new PIN', async () => {
      const { card, smartcard } = await enrolledCard(personality)
      const before = await requestCount()
      const { needs, somebody } = unprepared()
      const run = runOf(alice, newKeeper('Unblock', { smartcard }))
      await assert.rejects(
        unblockCard(run, () => card.open(), somebody, noWords),
        refusal,
      )
      assert.equal(needs[0]?.kind, 'chosen')
      assert.equal(await requestCount(), before)
    })

    test('a card is to be renewed without its PIN', async () => {
      const { card, smartcard } = await enrolledCard(personality)
      const before = await requestCount()
      const { needs, somebody } = unprepared()
      const run = runOf(alice, newKeeper('Renew', { smartcard }))
      await assert.rejects(
        fillCard(run, () => card.open(), somebody, noWords),
        refusal,
      )
      assert.deepEqual(needs, [{ kind: 'current' }])
      assert.equal(await requestCount(), before)
    })

    test('a card is to be renewed whose PIN is blocked', async () => {
      const { card, smartcard } = await enrolledCard(personality)
      const blocked = await card.open()
      for (const wrong of ['111111', '222222', '333333', '444444', '555555']) {
        await assert.rejects(blocked.verifyPin(wrong, { spendsLastTry: true }))
      }
      await blocked.disconnect()
      const before = await requestCount()
      const run = runOf(alice, newKeeper('Renew', { smartcard }))
      await assert.rejects(
        fillCard(run, () => card.open(), person(), noWords),
        { code: 'pin-blocked' },
      )
      assert.equal(await requestCount(), before)
    })
  })
}
