import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { ApduCard } from '../../../src/card/apdu/apdu-card.ts'
import { cancelEnrollment } from '../../../src/client/enrollment/cancel-enrollment.ts'
import { fillCard } from '../../../src/client/enrollment/fill-card.ts'
import type { JournalKeeper } from '../../../src/client/enrollment/journal.ts'
import { unblockCard } from '../../../src/client/enrollment/unblock-card.ts'
import {
  type BenchCard,
  cardTemplate,
  newBenchCard,
  newKeeper,
  noWords,
  type Pull,
  person,
  runOf,
  words,
} from './enrollment-bench.ts'
import { changeReferenceData, hiding } from './hiding-card.ts'
import { startBench } from './server-in-process.ts'

const bench = await startBench({ after })
const alice = bench.clientOf('alice')
const foreignPuk = '55554444'

/** A card that hides its PUK's counter from hosts, and shows it to the tests. */
interface HidingCard extends BenchCard {
  pukTries(): Promise<number | undefined>
  /** Sets its PUK as another program may, behind the host's back. */
  setPuk(current: string): Promise<void>
}

/** @param saysLeft whether it says with a refusal how many tries are left ('63CX'), or refuses by '6300' */
async function newHidingCard(saysLeft = true): Promise<HidingCard> {
  let inside: ApduCard | undefined
  const card = await newBenchCard('PIV', made => {
    inside = made
    return hiding(made, saysLeft)
  })
  const send = async (hex: string) => {
    assert.ok(inside)
    return Buffer.from(await inside.transmit(Uint8Array.from(Buffer.from(hex, 'hex'))))
  }
  return {
    ...card,
    async pukTries() {
      await send('00A4040009A0000003080000100000')
      // GET METADATA of the PUK ends in its counter and the status word.
      return (await send('00F7008100')).at(-3)
    },
    async setPuk(current) {
      await send('00A4040009A0000003080000100000')
      const digits = Buffer.from(current + foreignPuk).toString('hex')
      assert.equal((await send(`0024008110${digits}`)).toString('hex'), '9000')
    },
  }
}

async function enrolled(card: BenchCard): Promise<string> {
  const keeper = newKeeper('Enroll', { profiletemplateuuid: cardTemplate })
  const { request } = await fillCard(runOf(alice, keeper), () => card.open(), person(), words)
  return request.NewSmartcardUuid
}

const unblocking = (smartcard: string) => newKeeper('Unblock', { smartcard })

async function unblock(card: BenchCard, keeper: JournalKeeper, pull?: Pull): Promise<void> {
  await unblockCard(runOf(alice, keeper), () => card.open(pull), person(), noWords)
}

/** Runs it, and says how often it presented a PUK. */
async function presentations(card: BenchCard, run: () => Promise<unknown>): Promise<number> {
  const before = card.instructions.length
  await run()
  return card.instructions.slice(before).filter(each => each === changeReferenceData).length
}

/** The commands of an unblocking, and which of them presents the PUK first. */
const { commands, at } = await (async () => {
  const card = await newHidingCard()
  const smartcard = await enrolled(card)
  const before = card.instructions.length
  await unblock(card, unblocking(smartcard))
  const sent = card.instructions.slice(before)
  return { commands: sent.length, at: sent.indexOf(changeReferenceData) }
})()

/** The PUK that the server takes for the card's, by a request that comes to nothing. */
async function foreign(card: HidingCard, smartcard: string): Promise<void> {
  const keeper = unblocking(smartcard)
  await assert.rejects(unblock(card, keeper, { at, carriesOut: false }), { code: 'card-removed' })
  const { current } = await alice.call('POST /v2.0/requests/{id}/smartcards/{smartcard}/unblocking-key', {
    path: { id: keeper.journal.requestUuid ?? '', smartcard },
  })
  await cancelEnrollment(runOf(alice, keeper), null, person())
  await card.setPuk(current ?? '')
}

test('a card that hides its PUK counter is unblocked though it was pulled at whichever command, and never down to its last try', async () => {
  const card = await newHidingCard()
  const smartcard = await enrolled(card)
  for (let last = 0; last < commands; last++) {
    for (const carriesOut of [false, true]) {
      const keeper = unblocking(smartcard)
      await assert.rejects(unblock(card, keeper, { at: last, carriesOut }), { code: 'card-removed' })
      await unblock(card, keeper)
      assert.equal(await card.pukTries(), 3, `pulled at ${last}`)
    }
  }
})

test('no PUK that such a card has refused is sent to it again, however often the command is run again', async () => {
  const card = await newHidingCard()
  const smartcard = await enrolled(card)
  await foreign(card, smartcard)
  const keeper = unblocking(smartcard)
  const run = () =>
    assert.rejects(unblock(card, keeper), { code: 'wrong-puk', message: /Reset the card's PIV/ })
  assert.equal(await presentations(card, run), 2)
  assert.equal(await card.pukTries(), 1)
  assert.equal(await presentations(card, run), 0)
  assert.equal(await presentations(card, run), 0)
  assert.equal(await card.pukTries(), 1)
})

test('PUKs whose answers were lost count as wrong ones, and the last try is not sent', async () => {
  const card = await newHidingCard()
  const smartcard = await enrolled(card)
  await foreign(card, smartcard)
  const keeper = unblocking(smartcard)
  for (let pulls = 0; pulls < 2; pulls++) {
    const run = () =>
      assert.rejects(unblock(card, keeper, { at, carriesOut: true }), { code: 'card-removed' })
    assert.equal(await presentations(card, run), 1)
  }
  assert.equal(await card.pukTries(), 1)
  const stopped = () =>
    assert.rejects(unblock(card, keeper), {
      code: 'last-pin-try',
      message:
        /does not tell how many PUKs.*last 2 that it was sent.*none was sent\. Reset its PIV application/,
    })
  assert.equal(await presentations(card, stopped), 0)
  assert.equal(await presentations(card, stopped), 0)
  assert.equal(await card.pukTries(), 1)
  assert.match(
    (await cancelEnrollment(runOf(alice, keeper), null, person())).join(' '),
    /did not take the last PUK/,
  )
})

test('a card that does not even say with a refusal how many tries are left keeps its last one', async () => {
  const card = await newHidingCard(false)
  const smartcard = await enrolled(card)
  await foreign(card, smartcard)
  const keeper = unblocking(smartcard)
  await assert.rejects(unblock(card, keeper, { at, carriesOut: true }), { code: 'card-removed' })
  await assert.rejects(unblock(card, keeper), { code: 'last-pin-try' })
  await assert.rejects(unblock(card, keeper), { code: 'last-pin-try' })
  assert.equal(await card.pukTries(), 1)
})

test('what such a card did not take is written down before it is sent, and holds no PUK', async () => {
  const card = await newHidingCard()
  const smartcard = await enrolled(card)
  await foreign(card, smartcard)
  const keeper = unblocking(smartcard)
  await assert.rejects(unblock(card, keeper, { at, carriesOut: false }), { code: 'card-removed' })
  assert.deepEqual(keeper.journal.card?.unblockingKeysSent, [
    { name: 'confirmed', isRefused: false, triesLeft: null },
  ])
  assert.doesNotMatch(JSON.stringify(keeper.journal.card?.unblockingKeysSent), /\d{8}/)
})
