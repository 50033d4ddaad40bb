import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { CardError } from '../../../src/card/card-error.ts'
import { cancelEnrollment } from '../../../src/client/enrollment/cancel-enrollment.ts'
import { fillCard } from '../../../src/client/enrollment/fill-card.ts'
import type { Journal, JournalKeeper } from '../../../src/client/enrollment/journal.ts'
import { unblockCard } from '../../../src/client/enrollment/unblock-card.ts'
import type { AnswerOf } from '../../../src/client/library/operations.ts'
import {
  type BenchCard,
  cardTemplate,
  newBenchCard,
  newKeeper,
  noWords,
  person,
  pin,
  runOf,
  words,
} from './enrollment-bench.ts'
import { startBench } from './server-in-process.ts'

const bench = await startBench({ after })
const alice = bench.clientOf('alice')
const bob = bench.clientOf('bob')

const unblockingKeyOperation = 'POST /v2.0/requests/{id}/smartcards/{smartcard}/unblocking-key'
const otherPin = '60417293'
const toEnroll = () => newKeeper('Enroll', { profiletemplateuuid: cardTemplate })

/** A program that is killed once it has written this of the card's PUK into its journal. */
function killedAt(keeper: JournalKeeper, unblockingKey: 'changing' | 'next'): JournalKeeper {
  return {
    get journal(): Journal {
      return keeper.journal
    },
    async record(changes) {
      await keeper.record(changes)
      if (changes.card?.unblockingKey === unblockingKey) throw new Error('killed')
    },
    remove: () => keeper.remove(),
  }
}

/** Gives up what the journal is about, and returns the PUKs that its owner was told meanwhile. */
async function cancelled({ journal }: JournalKeeper): Promise<AnswerOf<typeof unblockingKeyOperation>> {
  const { requestUuid, card } = journal
  assert.ok(requestUuid)
  const told = await alice.call(unblockingKeyOperation, {
    path: { id: requestUuid, smartcard: card?.smartcardUuid ?? '' },
  })
  await alice.call('PUT /v1.0/requests/{id}', { path: { id: requestUuid }, body: { status: 'Canceled' } })
  return told
}

async function enrolled(card: BenchCard): Promise<string> {
  const { request } = await fillCard(runOf(alice, toEnroll()), () => card.open(), person(), words)
  return request.NewSmartcardUuid
}

/** Begins to unblock, and is killed there. */
async function interruptedAt(
  card: BenchCard,
  smartcard: string,
  unblockingKey: 'changing' | 'next',
): Promise<JournalKeeper> {
  const keeper = newKeeper('Unblock', { smartcard })
  const run = runOf(alice, killedAt(keeper, unblockingKey))
  await assert.rejects(
    unblockCard(run, () => card.open(), person(), noWords),
    { message: 'killed' },
  )
  return keeper
}

/** Begins to unblock, is killed there, and cancels. */
async function unblockedUntil(
  ...[card, smartcard, unblockingKey]: Parameters<typeof interruptedAt>
): Promise<AnswerOf<typeof unblockingKeyOperation>> {
  return await cancelled(await interruptedAt(card, smartcard, unblockingKey))
}

async function unblock(card: BenchCard, smartcard: string): Promise<void> {
  const chosen = person({ choosePin: async () => otherPin })
  await unblockCard(runOf(alice, newKeeper('Unblock', { smartcard })), () => card.open(), chosen, noWords)
}

test('who set a PUK and canceled does not know the one that the card’s next owner gives it', async () => {
  const card = await newBenchCard('PIV')
  const keeper = toEnroll()
  const run = runOf(alice, killedAt(keeper, 'next'))
  await assert.rejects(
    fillCard(run, () => card.open(), person(), words),
    { message: 'killed' },
  )
  const told = await cancelled(keeper)
  await fillCard(runOf(bob, toEnroll()), () => card.open(), person(), words)
  const opened = await card.open()
  for (const known of [told.next, told.current]) {
    if (known === null) continue
    await assert.rejects(opened.setPin(otherPin, known), { code: 'wrong-puk' })
  }
  await opened.verifyPin(pin)
})

test('a card whose PUK was changed by a request that was canceled is unblocked at the second try', async () => {
  const card = await newBenchCard('PIV')
  const smartcard = await enrolled(card)
  await unblockedUntil(card, smartcard, 'next')
  await unblock(card, smartcard)
  await (await card.open()).verifyPin(otherPin)
  // What was told and is not on the card costs a try, which a right PUK gives back.
  await unblockedUntil(card, smartcard, 'changing')
  await unblock(card, smartcard)
})

test('a card is unblocked however many requests were canceled that set its PUK or did not, in whatever order', async () => {
  const card = await newBenchCard('PIV')
  const smartcard = await enrolled(card)
  for (const moments of [
    ['next', 'changing'],
    ['changing', 'next', 'changing', 'changing'],
    ['next', 'next', 'changing'],
  ] as const) {
    for (const moment of moments) await unblockedUntil(card, smartcard, moment)
    await unblock(card, smartcard)
    const opened = await card.open()
    await opened.verifyPin(otherPin)
    assert.equal(await opened.readUnblockingKeyTries(), 3)
    await opened.disconnect()
  }
})

test('an interrupted request that another one has overtaken is told to cancel, and costs no try', async () => {
  const card = await newBenchCard('PIV')
  const smartcard = await enrolled(card)
  const keeper = await interruptedAt(card, smartcard, 'next')
  await interruptedAt(card, smartcard, 'next')
  await assert.rejects(
    unblockCard(runOf(alice, keeper), () => card.open(), person(), noWords),
    { code: 'RequestStateForbids', message: /Cancel the present one/ },
  )
  assert.equal(await (await card.open()).readUnblockingKeyTries(), 3)
  await cancelEnrollment(runOf(alice, keeper), null, person())
  await unblock(card, smartcard)
})

/** The card gets a PUK that the server knows nothing of, as another program may set one. */
async function giveForeignUnblockingKey(card: BenchCard, keeper: JournalKeeper): Promise<void> {
  const { next } = await cancelled(keeper)
  const opened = await card.open()
  await opened.changeUnblockingKey(next ?? '', '55554444')
  await opened.disconnect()
}

test('a card with another PUK keeps its last try however often it is tried, and the advice is about the PUK', async () => {
  const card = await newBenchCard('PIV')
  const smartcard = await enrolled(card)
  await giveForeignUnblockingKey(card, await interruptedAt(card, smartcard, 'next'))
  await assert.rejects(unblock(card, smartcard), error => {
    assert.ok(error instanceof CardError)
    assert.deepEqual([error.code, error.triesLeft], ['wrong-puk', 1])
    assert.match(error.message, /Tries left: 1\. Reset the card's PIV application .*begin again/)
    return true
  })
  for (let again = 0; again < 2; again++) {
    await assert.rejects(unblock(card, smartcard), {
      code: 'last-pin-try',
      message: /one more PUK.*none was sent\. Reset the card's PIV application/,
    })
  }
})
