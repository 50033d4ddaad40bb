import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { openPivCard } from '../../../src/card/piv/host/open-piv-card.ts'
import { factoryManagementKey } from '../../../src/card/piv/virtual/new-piv-card.ts'
import type { CardKey } from '../../../src/card/smart-card.ts'
import type { EnrollableCard } from '../../../src/client/cards/enrollable-card.ts'
import { endUse } from '../../../src/client/enrollment/end-use.ts'
import { fillCard } from '../../../src/client/enrollment/fill-card.ts'
import { identifyCard } from '../../../src/client/enrollment/identify-card.ts'
import { unblockCard } from '../../../src/client/enrollment/unblock-card.ts'
import { requestStatus } from '../../../src/client/enumerations.ts'
import { certificateFor } from '../../card/piv/certificate.ts'
import { AppletPivCard } from '../../card/piv/host/applet-piv-card.ts'
import {
  type BenchCard,
  cardTemplate,
  end,
  newBenchCard,
  newKeeper,
  noWords,
  type Personality,
  person,
  randomness,
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

describe('whoever is asked whether a PIV card that deletes no keys may be enrolled', () => {
  const undeletingCard = () => newBenchCard('PIV', made => new AppletPivCard(made))

  /** The question, which is answered by no. */
  async function questionAbout(card: BenchCard): Promise<string> {
    const questions: string[] = []
    const declining = person({
      confirm: async question => {
        questions.push(question)
        return false
      },
    })
    const opened = await card.open()
    await assert.rejects(identifyCard(runOf(alice, enrollment()), opened, declining), { code: 'declined' })
    await opened.disconnect()
    assert.equal(questions.length, 1)
    return questions[0] ?? ''
  }

  async function enroll(card: BenchCard): Promise<string> {
    const { request } = await fillCard(runOf(alice, enrollment()), () => card.open(), person(), words)
    return request.NewSmartcardUuid
  }

  async function makeKey(card: BenchCard, slot: string): Promise<void> {
    const piv = await openPivCard(card.connect(), randomness)
    await piv.authenticateMutually(factoryManagementKey.value)
    await piv.generateKeyPair({ algorithm: 'EC', curve: 'P-256' }, slot)
    await piv.disconnect()
  }

  test('hears that what took the place of an erased key has no certificate', async () => {
    const card = await undeletingCard()
    const smartcard = await enroll(card)
    await endUse(runOf(alice, newKeeper('Retire', { smartcard })), () => card.open(), person(), noWords)
    assert.match(
      await questionAbout(card),
      /holds a key without a certificate\. Such a key may be what an erasure left/,
    )
  })

  test('is asked about a key whose certificate another program waits for', async () => {
    const card = await undeletingCard()
    await makeKey(card, '9c')
    assert.match(
      await questionAbout(card),
      /holds a key without a certificate\. .* a program still waits for\./,
    )
    await makeKey(card, '9d')
    assert.match(await questionAbout(card), /holds 2 keys without a certificate\./)
  })

  test('hears of keys with a certificate first', async () => {
    const card = await undeletingCard()
    await makeKey(card, '9c')
    const piv = await openPivCard(card.connect(), randomness)
    await piv.authenticateMutually(factoryManagementKey.value)
    const { publicKey } = await piv.generateKeyPair({ algorithm: 'EC', curve: 'P-256' }, '9a')
    await piv.writeCertificate('9a', certificateFor(publicKey))
    await piv.disconnect()
    assert.match(await questionAbout(card), /holds a key already, and a key without a certificate\./)
  })
})

describe('a request that is over holds up no other card, whose identity is not asked for:', () => {
  const unopened = async () => assert.fail('A card was opened.')

  async function interruptedRenewal() {
    const card = await newBenchCard('GIDS')
    const { request } = await fillCard(runOf(alice, enrollment()), () => card.open(), person(), words)
    const smartcard = request.NewSmartcardUuid
    const run = runOf(alice, newKeeper('Renew', { smartcard }))
    const guessing = person({ currentPin: async () => '111222' })
    await assert.rejects(
      fillCard(run, () => card.open(), guessing, noWords),
      { code: 'wrong-pin' },
    )
    return { card, smartcard, run, uuid: run.keeper.journal.requestUuid ?? '' }
  }

  test('one that the retirement of its card has canceled', async () => {
    const { smartcard, run } = await interruptedRenewal()
    await end(alice, 'Retire', { smartcard })
    await assert.rejects(fillCard(run, unopened, person(), noWords), {
      code: 'request-ended',
      message: /is canceled/i,
    })
  })

  test('one that is completed, which the run could not write down', async () => {
    const { card, run, uuid } = await interruptedRenewal()
    const again = runOf(alice, newKeeper('Renew', run.keeper.journal.subject))
    await again.keeper.record({ requestUuid: uuid })
    await fillCard(again, () => card.open(), person(), noWords)
    const { request } = await fillCard(run, unopened, person(), noWords)
    assert.equal(request.Status, requestStatus.completed)
  })

  test('one that unblocks', async () => {
    const { card, smartcard } = await interruptedRenewal()
    const run = runOf(alice, newKeeper('Unblock', { smartcard }))
    const refusal = new Error('no PIN')
    const forgetful = person({
      choosePin: async () => {
        throw refusal
      },
    })
    await assert.rejects(
      unblockCard(run, () => card.open(), forgetful, noWords),
      refusal,
    )
    const path = { id: run.keeper.journal.requestUuid ?? '' }
    await alice.call('PUT /v1.0/requests/{id}', { path, body: { status: 'Canceled' } })
    await assert.rejects(unblockCard(run, unopened, person(), noWords), { code: 'request-ended' })
  })
})
