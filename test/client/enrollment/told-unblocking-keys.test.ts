import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { CardError } from '../../../src/card/card-error.ts'
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

test('a card whose PUK two canceled requests have left open keeps its last try, and is to be reset', async () => {
  const card = await newBenchCard('PIV')
  const smartcard = await enrolled(card)
  await unblockedUntil(card, smartcard, 'next')
  await unblockedUntil(card, smartcard, 'changing')
  await assert.rejects(unblock(card, smartcard), error => {
    assert.ok(error instanceof CardError)
    assert.deepEqual([error.code, error.triesLeft], ['wrong-puk', 1])
    assert.match(error.message, /Tries left: 1\. Reset the card's PIV application .*begin again/)
    return true
  })
})

for (const [what, overtake] of [
  ['completed', unblock],
  ['was killed', (card: BenchCard, smartcard: string) => interruptedAt(card, smartcard, 'next')],
] as const) {
  test(`an interrupted request finds the PUK that a later one, which ${what}, has set meanwhile`, async () => {
    const card = await newBenchCard('PIV')
    const smartcard = await enrolled(card)
    const keeper = await interruptedAt(card, smartcard, 'next')
    await overtake(card, smartcard)
    const chosen = person({ choosePin: async () => '82650391' })
    await unblockCard(runOf(alice, keeper), () => card.open(), chosen, noWords)
    await (await card.open()).verifyPin('82650391')
    await unblock(card, smartcard)
  })
}

test('a card with one try of its PUK left keeps it however often it is tried, and the advice is about the PUK', async () => {
  const card = await newBenchCard('PIV')
  const smartcard = await enrolled(card)
  await unblockedUntil(card, smartcard, 'next')
  await unblockedUntil(card, smartcard, 'changing')
  await assert.rejects(unblock(card, smartcard), { code: 'wrong-puk', triesLeft: 1 })
  for (let again = 0; again < 2; again++) {
    await assert.rejects(unblock(card, smartcard), {
      code: 'last-pin-try',
      message: /one more PUK.*none was sent\. Reset the card's PIV application/,
    })
  }
})
