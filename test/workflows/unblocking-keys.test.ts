import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diversifyUnblockingKey } from '../../src/card/secrets/unblocking-key.ts'
import { cancelRequest } from '../../src/workflows/requests/cancel-request.ts'
import { completeRequest } from '../../src/workflows/requests/complete-request.ts'
import { answerUnblockingKey } from '../../src/workflows/smartcards/answer-unblocking-key.ts'
import { bindSmartcard } from '../../src/workflows/smartcards/bind-smartcard.ts'
import { openTestbed, type Testbed } from '../testbed/environment.ts'
import { onMigratedPostgresql } from '../testbed/migrated-postgresql.ts'
import {
  approvedRequest,
  enrollment,
  issueOne,
  newCardId,
  operation,
  refused,
  virtualCard,
} from './stories.ts'

type Open = (t: Parameters<typeof openTestbed>[0]) => Promise<Testbed>

/** A request of somebody's for this card, bound to it, and what it may be asked and done. */
async function enrollmentOf(testbed: Testbed, account: string, cardId: string) {
  const caller = await testbed.callerOf(account)
  const { uuid: requestUuid } = await approvedRequest(testbed, caller, enrollment(virtualCard))
  const { uuid: smartcardUuid } = await bindSmartcard(testbed, caller, {
    requestUuid,
    cardId,
    answerToReset: null,
    adminKeyType: 'PIV-AES-192',
  })
  return {
    smartcardUuid,
    ask: () => answerUnblockingKey(testbed, caller, { requestUuid, smartcardUuid, cardId }),
    cancel: () => cancelRequest(testbed, caller, requestUuid),
    async complete() {
      await issueOne(testbed, caller, requestUuid)
      await completeRequest(testbed, caller, requestUuid)
    },
  }
}

/** The same for a forgotten PIN of a card in use. */
async function unblockingOf(testbed: Testbed, account: string, cardId: string, smartcardUuid: string) {
  const caller = await testbed.callerOf(account)
  const { uuid } = await approvedRequest(testbed, caller, operation('unblock', { smartcardUuid }))
  return {
    ask: () => answerUnblockingKey(testbed, caller, { requestUuid: uuid, smartcardUuid, cardId }),
    cancel: () => cancelRequest(testbed, caller, uuid),
    complete: () => completeRequest(testbed, caller, uuid),
  }
}

async function generationOf(testbed: Testbed, cardId: string): Promise<number | undefined> {
  return (await testbed.store.reader.findPhysicalCard(cardId))?.unblockingKeyGeneration
}

const pukOf = (testbed: Testbed, cardId: string) => (generation: number) =>
  diversifyUnblockingKey(testbed.cardMasterKeys.current(), cardId, generation)

function describeUnblockingKeys(engine: string, open: Open): void {
  test(`${engine}: who asked for a PUK and canceled does not know the one of the card’s next owner`, async t => {
    const testbed = await open(t)
    const cardId = newCardId()
    const puk = pukOf(testbed, cardId)
    const former = await enrollmentOf(testbed, 'alice', cardId)
    const told = await former.ask()
    assert.deepEqual(told, { current: null, lastTold: null, next: puk(1) })
    await former.cancel()

    const owner = await enrollmentOf(testbed, 'bob', cardId)
    const answer = await owner.ask()
    assert.deepEqual(answer, { current: null, lastTold: puk(1), next: puk(2) })
    assert.notEqual(answer.next, told.next)
    await owner.complete()
    assert.equal(await generationOf(testbed, cardId), 2)

    const unblocking = await unblockingOf(testbed, 'bob', cardId, owner.smartcardUuid)
    assert.deepEqual(await unblocking.ask(), { current: puk(2), lastTold: null, next: puk(3) })
  })

  test(`${engine}: after several that were canceled, the last one told is named beside the confirmed one`, async t => {
    const testbed = await open(t)
    const cardId = newCardId()
    const puk = pukOf(testbed, cardId)
    const enrolling = await enrollmentOf(testbed, 'alice', cardId)
    await enrolling.ask()
    await enrolling.complete()
    for (const next of [2, 3]) {
      const unblocking = await unblockingOf(testbed, 'alice', cardId, enrolling.smartcardUuid)
      assert.equal((await unblocking.ask()).next, puk(next))
      await unblocking.cancel()
    }
    const last = await unblockingOf(testbed, 'alice', cardId, enrolling.smartcardUuid)
    assert.deepEqual(await last.ask(), { current: puk(1), lastTold: puk(3), next: puk(4) })
    await last.complete()
    assert.equal(await generationOf(testbed, cardId), 4)
  })

  test(`${engine}: twenty requests that ask at once, twice each, are told a PUK of their own`, async t => {
    const testbed = await open(t)
    const cardId = newCardId()
    const puk = pukOf(testbed, cardId)
    const enrolling = await enrollmentOf(testbed, 'alice', cardId)
    await enrolling.ask()
    await enrolling.complete()
    const requests = []
    for (let count = 0; count < 20; count++) {
      requests.push(await unblockingOf(testbed, 'alice', cardId, enrolling.smartcardUuid))
    }
    const answers = await Promise.all(requests.flatMap(({ ask }) => [ask(), ask()]))
    const told = requests.map((_, index) => [answers[2 * index]?.next, answers[2 * index + 1]?.next])
    assert.ok(told.every(([first, second]) => first === second))
    const expected = Array.from({ length: 20 }, (_, index) => puk(index + 2))
    assert.deepEqual(told.map(([first]) => first).toSorted(), expected.toSorted())
  })

  test(`${engine}: of two requests side by side the one that is completed last says what the card has`, async t => {
    const testbed = await open(t)
    const cardId = newCardId()
    const puk = pukOf(testbed, cardId)
    const enrolling = await enrollmentOf(testbed, 'alice', cardId)
    await enrolling.complete()
    const first = await unblockingOf(testbed, 'alice', cardId, enrolling.smartcardUuid)
    const second = await unblockingOf(testbed, 'alice', cardId, enrolling.smartcardUuid)
    assert.deepEqual([(await first.ask()).next, (await second.ask()).next], [puk(1), puk(2)])
    await second.complete()
    assert.deepEqual(await first.ask(), { current: puk(2), lastTold: null, next: puk(1) })
    await first.complete()
    assert.equal(await generationOf(testbed, cardId), 1)
    const third = await unblockingOf(testbed, 'alice', cardId, enrolling.smartcardUuid)
    assert.deepEqual(await third.ask(), { current: puk(1), lastTold: puk(2), next: puk(3) })
  })

  test(`${engine}: a request that is completed after its card was passed on says nothing about it`, async t => {
    const testbed = await open(t)
    const cardId = newCardId()
    const enrolling = await enrollmentOf(testbed, 'alice', cardId)
    await enrolling.ask()
    await enrolling.complete()
    const unblocking = await unblockingOf(testbed, 'alice', cardId, enrolling.smartcardUuid)
    await unblocking.ask()
    const alice = await testbed.callerOf('alice')
    const about = operation('retire', { smartcardUuid: enrolling.smartcardUuid })
    const { uuid } = await approvedRequest(testbed, alice, about)
    await completeRequest(testbed, alice, uuid)
    const owner = await enrollmentOf(testbed, 'bob', cardId)
    await owner.ask()
    await owner.complete()
    await unblocking.complete()
    assert.equal(await generationOf(testbed, cardId), 3)
    await refused(unblocking.ask(), 'RequestStateForbids')
  })

  test(`${engine}: no PUK is told whose telling is not kept`, async t => {
    const testbed = await open(t)
    const cardId = newCardId()
    const enrolling = await enrollmentOf(testbed, 'alice', cardId)
    const { transactor, reader } = testbed.store
    const caller = await testbed.callerOf('alice')
    const requestUuid = (
      await reader.listRequests({ involving: caller.user.uuid, target: null, status: null, limit: 1 })
    )[0]?.uuid
    assert.ok(requestUuid)
    const failing = {
      ...testbed,
      store: {
        ...testbed.store,
        transactor: {
          transaction: <Result>(work: Parameters<typeof transactor.transaction<Result>>[0]) =>
            transactor.transaction(async transaction => {
              await work(transaction)
              throw new Error('the power fails')
            }),
        },
      },
    }
    const question = { requestUuid, smartcardUuid: enrolling.smartcardUuid, cardId }
    await assert.rejects(answerUnblockingKey(failing, caller, question), /the power fails/)
    assert.equal(await reader.findToldUnblockingKey(cardId, requestUuid), null)
    const { next } = await enrolling.ask()
    assert.equal(next, pukOf(testbed, cardId)(1))
    assert.equal(await reader.findToldUnblockingKey(cardId, requestUuid), 1)
  })
}

describeUnblockingKeys('SQLite', t => openTestbed(t))

onMigratedPostgresql(createDatabase =>
  describeUnblockingKeys('PostgreSQL', async t => openTestbed(t, { postgresUrl: await createDatabase() })),
)
