import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { ApduCard } from '../../../src/card/apdu/apdu-card.ts'
import { createRequest } from '../../../src/client/create-request.ts'
import { fillCard } from '../../../src/client/enrollment/fill-card.ts'
import { CardinalApiError } from '../../../src/client/library/cardinal-api-error.ts'
import {
  type BenchCard,
  cardTemplate,
  newBenchCard,
  newKeeper,
  type Pull,
  person,
  pin,
  runOf,
  words,
} from './enrollment-bench.ts'
import { changeReferenceData, hiding } from './hiding-card.ts'
import { startBench } from './server-in-process.ts'

const bench = await startBench({ after })
const alice = bench.clientOf('alice')
const bob = bench.clientOf('bob')
const unblockingKeyOperation = 'POST /v2.0/requests/{id}/smartcards/{smartcard}/unblocking-key'

interface SilentCard extends BenchCard {
  /** How many PUKs it has refused. */
  refusals(): number
}

/** It says neither whether its PUK is its maker's nor how many it still takes. */
async function newSilentCard(): Promise<SilentCard> {
  let refusals = 0
  const counted = (card: ApduCard): ApduCard => ({
    answerToReset: card.answerToReset,
    reset: () => card.reset(),
    async transmit(command) {
      const answer = await card.transmit(command)
      if (command[1] === changeReferenceData && answer.at(-2) !== 0x90) refusals++
      return answer
    },
  })
  const card = await newBenchCard('PIV', made => counted(hiding(made, true)))
  return { ...card, refusals: () => refusals }
}

async function idOf(card: BenchCard): Promise<string> {
  const opened = await card.open()
  const cardId = await opened.readCardId()
  await opened.disconnect()
  assert.ok(cardId)
  return cardId
}

type Lie = 'confirms its own' | 'confirms what was told last' | 'asks' | 'asks and confirms all'

/** Alice names a card that she does not hold, asks for PUKs, says that it has them, and cancels. */
async function lieOnce(cardId: string, what: Lie): Promise<void> {
  const about = { profiletemplateuuid: cardTemplate }
  const id = await createRequest(alice, { type: 'Enroll', subject: about, ...words })
  const { uuid: smartcard } = await alice.call('POST /v2.0/requests/{id}/smartcards', {
    path: { id },
    body: { cardId, adminKeyType: 'PIV-3DES' },
  })
  const path = { id, smartcard }
  const confirm = (unblockingKey: string) =>
    alice.call(`${unblockingKeyOperation}/confirmation`, { path, body: { unblockingKey } })
  const { lastTold, next } = await alice.call(unblockingKeyOperation, { path })
  if (what === 'confirms its own' && next !== null) {
    await assert.rejects(confirm(next), error => error instanceof CardinalApiError && error.status === 409)
  }
  if (what.startsWith('confirms what') || what.endsWith('all')) {
    assert.ok(lastTold)
    await confirm(lastTold)
  }
  if (what === 'asks and confirms all') await alice.call(unblockingKeyOperation, { path })
  await alice.call('PUT /v1.0/requests/{id}', { path: { id }, body: { status: 'Canceled' } })
}

const lives: readonly (readonly Lie[])[] = [
  ['asks'],
  ['confirms its own'],
  ['asks', 'confirms what was told last'],
  ['asks', 'asks and confirms all'],
  ['asks', 'asks and confirms all', 'asks and confirms all', 'asks and confirms all'],
]

const toEnroll = () => newKeeper('Enroll', { profiletemplateuuid: cardTemplate })

async function lie(card: BenchCard, lies: readonly Lie[]): Promise<void> {
  const cardId = await idOf(card)
  for (const what of lies) await lieOnce(cardId, what)
}

for (const lies of lives) {
  test(`a new card without metadata refuses no PUK of its owner after somebody who does not hold it ${lies.join(', ')}`, async () => {
    const card = await newSilentCard()
    await lie(card, lies)
    await fillCard(runOf(bob, toEnroll()), () => card.open(), person(), words)
    assert.equal(card.refusals(), 0)
    await (await card.open()).verifyPin(pin)
  })
}

for (const carriesOut of [false, true]) {
  test(`such a card is enrolled though it was pulled at whichever PUK, that ${carriesOut ? '' : 'not '}being carried out`, async () => {
    const lies = ['asks', 'asks and confirms all'] as const
    const whole = await newSilentCard()
    await lie(whole, lies)
    const before = whole.instructions.length
    await fillCard(runOf(bob, toEnroll()), () => whole.open(), person(), words)
    const sent = whole.instructions.slice(before)
    const presentations = [...sent.keys()].filter(at => sent[at] === changeReferenceData)
    assert.equal(presentations.length, 2)
    for (const at of presentations.flatMap(each => [each - 1, each, each + 1])) {
      const card = await newSilentCard()
      await lie(card, lies)
      const keeper = toEnroll()
      const pull: Pull = { at, carriesOut }
      await assert.rejects(
        fillCard(runOf(bob, keeper), () => card.open(pull), person(), words),
        { code: 'card-removed' },
      )
      await fillCard(runOf(bob, keeper), () => card.open(), person(), words)
      assert.ok(card.refusals() <= 1, `pulled at ${at}: ${card.refusals()} PUKs refused`)
      await (await card.open()).verifyPin(pin)
    }
  })
}
