import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { fillCard } from '../../../src/client/enrollment/fill-card.ts'
import type { JournalKeeper } from '../../../src/client/enrollment/journal.ts'
import { smartcardStatus } from '../../../src/client/enumerations.ts'
import { CardinalApiError } from '../../../src/client/library/cardinal-api-error.ts'
import {
  type BenchCard,
  cardTemplate,
  newBenchCard,
  newKeeper,
  type Personality,
  person,
  pin,
  runOf,
  words,
} from './enrollment-bench.ts'
import { startBench } from './server-in-process.ts'

const bench = await startBench({ after })
const alice = bench.clientOf('alice')
const enrollment = () => newKeeper('Enroll', { profiletemplateuuid: cardTemplate })

/** SELECT, GET DATA and GET METADATA change nothing on a card, carried out or not. */
const isReading: ReadonlySet<number> = new Set([0xa4, 0xcb, 0xf7])

/** GENERATE ASYMMETRIC KEY PAIR, PUT DATA, RESET RETRY COUNTER, VERIFY with a PIN and their like. */
const isWriting: ReadonlySet<number> = new Set([0x47, 0xdb, 0x2c, 0x24, 0x20, 0xff])

/** A card whose enrollment the network interrupted once it had its keys. */
async function enrolledHalf(personality: Personality) {
  const card = await newBenchCard(personality)
  const keeper = enrollment()
  const killed = killedWhen(keeper, () => keeper.journal.certificates.length > 0)
  await assert.rejects(
    fillCard(runOf(alice, killed), () => card.open(), person(), words),
    { message: 'killed' },
  )
  return { card, keeper }
}

function killedWhen(keeper: JournalKeeper, isTime: () => boolean): JournalKeeper {
  return {
    get journal() {
      return keeper.journal
    },
    async record(changes) {
      await keeper.record(changes)
      if (isTime()) throw new Error('killed')
    },
    remove: () => keeper.remove(),
  }
}

async function enrolledWithoutFault(personality: Personality): Promise<BenchCard> {
  const card = await newBenchCard(personality)
  await fillCard(runOf(alice, enrollment()), () => card.open(), person(), words)
  return card
}

/** Goes on as the next process does, and checks that all is as if nothing had happened. */
async function assertResumes(keeper: JournalKeeper, card: BenchCard, what: string): Promise<void> {
  const { request } = await fillCard(runOf(alice, keeper), () => card.open(), person(), words).catch(error =>
    assert.fail(`${what}: ${error instanceof Error ? error.stack : error}`),
  )
  assert.equal(
    (await alice.call('GET /v1.0/smartcards/{id}', { path: { id: request.NewSmartcardUuid } }))?.Status,
    smartcardStatus.active,
    what,
  )
  for (const status of ['Approved', 'Executing']) {
    assert.equal(
      await alice.call('GET /v1.0/requests', { query: { targetuser: 'current', status } }),
      null,
      `${what}: a request too many`,
    )
  }
  const enrolled = await card.open()
  const keys = await enrolled.listKeys()
  assert.deepEqual(
    keys.map(({ hasCertificate }) => hasCertificate),
    [true],
    what,
  )
  await enrolled.verifyPin(pin)
  await enrolled.sign(keys[0]?.keyId ?? '', 'SHA-256', new Uint8Array(1))
  await enrolled.disconnect()
}

for (const personality of ['GIDS', 'PIV'] satisfies Personality[]) {
  describe(`the enrollment of a ${personality} card`, () => {
    for (const carriesOut of [false, true]) {
      test(`goes on after the card was pulled, at whichever command, that ${carriesOut ? '' : 'not '}being carried out`, async () => {
        const { instructions } = await enrolledWithoutFault(personality)
        assert.ok(instructions.length > 20, `only ${instructions.length} commands`)
        for (const [at, instruction] of instructions.entries()) {
          if (carriesOut && isReading.has(instruction)) continue
          const card = await newBenchCard(personality)
          const keeper = enrollment()
          const run = runOf(alice, keeper)
          await assert.rejects(
            fillCard(run, () => card.open({ at, carriesOut }), person(), words),
            { code: 'card-removed' },
            `command ${at}`,
          )
          await assertResumes(keeper, card, `pulled at command ${at}, after ${run.reported.at(-1)}`)
        }
      })
    }

    for (const fault of ['lost', 'unanswered'] as const) {
      test(`goes on after the network was gone, at whichever call, with its ${fault === 'lost' ? 'question' : 'answer'} lost`, async () => {
        for (let at = 0; ; at++) {
          const card = await newBenchCard(personality)
          const keeper = enrollment()
          const client = bench.clientOf('alice', call => (call === at ? fault : 'none'))
          const run = runOf(client, keeper)
          const isInterrupted = await fillCard(run, () => card.open(), person(), words).then(
            () => false,
            error => {
              assert.ok(error instanceof CardinalApiError && error.kind === 'unreachable', String(error))
              return true
            },
          )
          if (!isInterrupted) {
            assert.ok(at > 10, `only ${at} calls`)
            return
          }
          await assertResumes(keeper, card, `${fault} at call ${at}, after ${run.reported.at(-1)}`)
        }
      })
    }

    test('does not go on with another card, and leaves that one as it is', async () => {
      const [card, other] = [await enrolledHalf(personality), await newBenchCard(personality)]
      const run = runOf(alice, enrollment())
      await fillCard(run, () => other.open(), person(), words)
      const before = other.instructions.length
      await assert.rejects(
        fillCard(runOf(alice, card.keeper), () => other.open(), person(), words),
        { code: 'card-mismatch', message: /Insert that card/ },
      )
      const sent = other.instructions.slice(before)
      assert.ok(sent.every(instruction => !isWriting.has(instruction)))
      await assertResumes(card.keeper, card.card, 'after another card was tried')
    })

    for (const moment of ['before', 'after'] as const) {
      test(`goes on after the process was killed ${moment} any line of its journal`, async () => {
        for (let at = 0; ; at++) {
          const card = await newBenchCard(personality)
          const keeper = enrollment()
          const isKilled = await fillCard(
            runOf(alice, killedAt(keeper, at, moment)),
            () => card.open(),
            person(),
            words,
          ).then(
            () => false,
            error => {
              assert.equal(error.message, 'killed')
              return true
            },
          )
          if (!isKilled) {
            assert.ok(at > 8, `only ${at} lines`)
            return
          }
          await assertResumes(keeper, card, `killed ${moment} line ${at}`)
        }
      })
    }
  })
}

/** A process that dies at a line of the journal: nothing that it would do after that happens. */
function killedAt(keeper: JournalKeeper, at: number, moment: 'before' | 'after'): JournalKeeper {
  let line = 0
  return {
    get journal() {
      return keeper.journal
    },
    async record(changes) {
      const isLast = line++ === at
      if (!isLast || moment === 'after') await keeper.record(changes)
      if (isLast) throw new Error('killed')
    },
    remove: () => keeper.remove(),
  }
}
