import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, describe, test } from 'node:test'
import type { CardDesk } from '../../../src/client/agent/jobs/card-desk.ts'
import { changePinJob } from '../../../src/client/agent/jobs/change-pin.ts'
import type { JobControl } from '../../../src/client/agent/jobs/job.ts'
import { sparingTries } from '../../../src/client/agent/jobs/sparing-tries.ts'
import { nameOfCard, RefusedPins } from '../../../src/client/agent/refused-pins.ts'
import { fillCard } from '../../../src/client/enrollment/fill-card.ts'
import { unblockCard } from '../../../src/client/enrollment/unblock-card.ts'
import {
  type BenchCard,
  cardTemplate,
  newBenchCard,
  newKeeper,
  noWords,
  type Personality,
  person,
  pin,
  randomness,
  runOf,
  words,
} from '../enrollment/enrollment-bench.ts'
import { startBench } from '../enrollment/server-in-process.ts'

const bench = await startBench({ after })
const alice = bench.clientOf('alice')
const reader = 'Reader 00 00'
const wrong = '00000000'
const next = '60417293'

const control: JobControl = {
  signal: new AbortController().signal,
  requireGoing: () => undefined,
  report: () => undefined,
  confirm: async () => assert.fail('Nobody was to be asked.'),
}

/** A card in use, in the one reader of an agent. */
async function startDesk(personality: Personality) {
  const card = await newBenchCard(personality)
  const run = runOf(alice, newKeeper('Enroll', { profiletemplateuuid: cardTemplate }))
  const { cardId, request } = await fillCard(run, () => card.open(), person(), words)
  const desk: CardDesk = {
    readers: {
      list: async () => [{ name: reader, hasCard: true }],
      connect: async () => card.connect(),
      waitForChange: async () => undefined,
    },
    randomness,
    refusedPins: new RefusedPins(randomBytes),
    now: () => new Date(),
    journalFolder: '/nonexistent',
    computer: { osVersion: '1', machineName: 'desk' },
  }
  const change = (currentPin: string, newPin = next) =>
    changePinJob(desk, { reader, cardId, currentPin, newPin })(control)
  return { card, cardId, smartcard: request.NewSmartcardUuid, desk, change }
}

async function triesLeft(card: BenchCard): Promise<number | null> {
  const opened = await card.open()
  const left = await opened.readPinTries()
  await opened.disconnect()
  return left
}

for (const personality of ['GIDS', 'PIV'] satisfies Personality[]) {
  describe(`the agent, with a ${personality} card`, () => {
    test('sends a wrong PIN once, in however many jobs', async () => {
      const { card, change } = await startDesk(personality)
      await assert.rejects(change(wrong), { code: 'wrong-pin' })
      const left = await triesLeft(card)
      for (let again = 0; again < 3; again++) {
        await assert.rejects(change(wrong), { code: 'pin-refused-before', triesLeft: left })
      }
      assert.equal(await triesLeft(card), left)
    })

    test('sends the right one after it', async () => {
      const { card, change } = await startDesk(personality)
      const full = await triesLeft(card)
      await assert.rejects(change(wrong), { code: 'wrong-pin' })
      await change(pin)
      assert.equal(await triesLeft(card), full)
    })

    test('sends it again once the card has accepted a PIN: it may be the right one by then', async () => {
      const { change } = await startDesk(personality)
      await assert.rejects(change(next), { code: 'wrong-pin' })
      await change(pin, next)
      await change(next, pin)
    })

    test('sends it again once another program has had a PIN accepted', async () => {
      const { card, change } = await startDesk(personality)
      await assert.rejects(change(wrong), { code: 'wrong-pin' })
      const opened = await card.open()
      await opened.verifyPin(pin)
      await opened.disconnect()
      await assert.rejects(change(wrong), { code: 'wrong-pin' })
    })

    test('sends a wrong PIN once in requests too, which have one and not the other', async () => {
      const { card, smartcard, desk, cardId, change } = await startDesk(personality)
      const name = nameOfCard(cardId, reader)
      const open = async () => sparingTries(await card.open(), desk.refusedPins, () => name)
      const renew = (currentPin: string) =>
        fillCard(
          runOf(alice, newKeeper('Renew', { smartcard })),
          open,
          person({ currentPin: async () => currentPin }),
          noWords,
        )
      await assert.rejects(renew(wrong), { code: 'wrong-pin' })
      await assert.rejects(renew(wrong), { code: 'pin-refused-before' })
      await assert.rejects(change(wrong), { code: 'pin-refused-before' })
      await renew(pin)
      await assert.rejects(change(wrong), { code: 'wrong-pin' })
    })

    test('takes the PIN that was refused once it is set', async () => {
      const { card, smartcard, desk, cardId, change } = await startDesk(personality)
      await assert.rejects(change(next, pin), { code: 'wrong-pin' })
      const name = nameOfCard(cardId, reader)
      const open = async () => sparingTries(await card.open(), desk.refusedPins, () => name)
      const chosen = person({ choosePin: async () => next })
      await unblockCard(runOf(alice, newKeeper('Unblock', { smartcard })), open, chosen, noWords)
      await change(next, pin)
    })

    test('takes the PIN that one card has refused for another card', async () => {
      const [first, second] = [await startDesk(personality), await startDesk(personality)]
      await assert.rejects(first.change(next), { code: 'wrong-pin' })
      await second.change(pin, next)
      await second.change(next, pin)
    })
  })
}
