import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diversifyUnblockingKey } from '../../src/card/secrets/unblocking-key.ts'
import { cancelRequest } from '../../src/workflows/requests/cancel-request.ts'
import { completeRequest } from '../../src/workflows/requests/complete-request.ts'
import { answerUnblockingKey } from '../../src/workflows/smartcards/answer-unblocking-key.ts'
import { bindSmartcard } from '../../src/workflows/smartcards/bind-smartcard.ts'
import { confirmUnblockingKey } from '../../src/workflows/smartcards/confirm-unblocking-key.ts'
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
  const question = { requestUuid, smartcardUuid, cardId }
  return {
    smartcardUuid,
    ask: () => answerUnblockingKey(testbed, caller, question),
    confirm: (puk: string) => confirmUnblockingKey(testbed, caller, question, puk),
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
  const question = { requestUuid: uuid, smartcardUuid, cardId }
  return {
    uuid,
    ask: () => answerUnblockingKey(testbed, caller, question),
    confirm: (puk: string) => confirmUnblockingKey(testbed, caller, question, puk),
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
    assert.deepEqual(told, { current: null, lastTold: null, next: puk(1), isCardNew: true })
    await former.cancel()

    const owner = await enrollmentOf(testbed, 'bob', cardId)
    assert.deepEqual(await owner.ask(), { current: null, lastTold: puk(1), next: null, isCardNew: true })
    await owner.confirm(puk(1))
    assert.deepEqual(await owner.ask(), { current: puk(1), lastTold: null, next: puk(2), isCardNew: true })
    await owner.complete()
    assert.equal(await generationOf(testbed, cardId), 2)

    const unblocking = await unblockingOf(testbed, 'bob', cardId, owner.smartcardUuid)
    assert.deepEqual(await unblocking.ask(), {
      current: puk(2),
      lastTold: null,
      next: puk(3),
      isCardNew: false,
    })
  })

  test(`${engine}: a card that may have either of two PUKs gets no third before one is confirmed`, async t => {
    const testbed = await open(t)
    const cardId = newCardId()
    const puk = pukOf(testbed, cardId)
    const enrolling = await enrollmentOf(testbed, 'alice', cardId)
    await enrolling.ask()
    await enrolling.complete()
    const unblocking = () => unblockingOf(testbed, 'alice', cardId, enrolling.smartcardUuid)
    const first = await unblocking()
    assert.equal((await first.ask()).next, puk(2))
    await first.cancel()
    for (let again = 0; again < 3; again++) {
      const request = await unblocking()
      assert.deepEqual(await request.ask(), {
        current: puk(1),
        lastTold: puk(2),
        next: null,
        isCardNew: false,
      })
      await request.cancel()
    }
    const last = await unblocking()
    await last.confirm(puk(2))
    assert.deepEqual(await last.ask(), { current: puk(2), lastTold: null, next: puk(3), isCardNew: false })
    await last.complete()
    assert.equal(await generationOf(testbed, cardId), 3)
  })

  test(`${engine}: only the PUK that was told last is confirmed, and once for good`, async t => {
    const testbed = await open(t)
    const cardId = newCardId()
    const puk = pukOf(testbed, cardId)
    const enrolling = await enrollmentOf(testbed, 'alice', cardId)
    await refused(enrolling.confirm(puk(1)), 'ConcurrentChange')
    await enrolling.ask()
    await enrolling.complete()
    const former = await unblockingOf(testbed, 'alice', cardId, enrolling.smartcardUuid)
    await former.ask()
    const unblocking = await unblockingOf(testbed, 'alice', cardId, enrolling.smartcardUuid)
    for (const other of [puk(0), puk(3), '', '12345678']) {
      await refused(unblocking.confirm(other), 'ConcurrentChange', /Ask for its PUKs again/)
    }
    assert.equal(await generationOf(testbed, cardId), 1)
    await unblocking.confirm(puk(2))
    await unblocking.confirm(puk(2))
    assert.equal(await generationOf(testbed, cardId), 2)
    await unblocking.ask()
    await refused(unblocking.confirm(puk(2)), 'ConcurrentChange')
    const records = await testbed.store.reader.listAuditRecordsOfRequest(unblocking.uuid)
    const confirmations = records.filter(({ action }) => action === 'unblocking-key-confirmed')
    assert.deepEqual(
      confirmations.map(({ facts }) => facts),
      [{ cardId, generation: 2 }],
    )
  })

  test(`${engine}: who does not hold a new card makes nobody take another PUK for its own by saying so`, async t => {
    const testbed = await open(t)
    const cardId = newCardId()
    const puk = pukOf(testbed, cardId)
    const liar = await enrollmentOf(testbed, 'alice', cardId)
    await liar.ask()
    await refused(liar.confirm(puk(1)), 'ConcurrentChange', /another request/)
    await liar.cancel()
    assert.equal(await generationOf(testbed, cardId), 0)
    const owner = await enrollmentOf(testbed, 'bob', cardId)
    const told = { current: null, lastTold: puk(1), next: null, isCardNew: true }
    assert.deepEqual(await owner.ask(), told)
  })

  test(`${engine}: a card that nobody ever completed is new, whatever was confirmed of it, and one in use never again`, async t => {
    const testbed = await open(t)
    const cardId = newCardId()
    const puk = pukOf(testbed, cardId)
    const first = await enrollmentOf(testbed, 'alice', cardId)
    await first.ask()
    await first.cancel()
    const liar = await enrollmentOf(testbed, 'alice', cardId)
    await liar.confirm(puk(1))
    await liar.ask()
    await liar.cancel()
    const owner = await enrollmentOf(testbed, 'bob', cardId)
    const told = { current: puk(1), lastTold: puk(2), next: null }
    assert.deepEqual(await owner.ask(), { ...told, isCardNew: true })
    await owner.complete()
    const unblocking = await unblockingOf(testbed, 'bob', cardId, owner.smartcardUuid)
    assert.deepEqual(await unblocking.ask(), { ...told, isCardNew: false })
    const bob = await testbed.callerOf('bob')
    const about = operation('retire', { smartcardUuid: owner.smartcardUuid })
    await completeRequest(testbed, bob, (await approvedRequest(testbed, bob, about)).uuid)
    const next = await enrollmentOf(testbed, 'alice', cardId)
    assert.deepEqual(await next.ask(), { ...told, isCardNew: false })
  })

  test(`${engine}: of twenty requests that ask at once, twice each, one is told a PUK of its own`, async t => {
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
    const own = answers.flatMap(({ next }, at) => (next === null ? [] : [[Math.floor(at / 2), next]]))
    assert.equal(own.length, 2)
    assert.deepEqual(own[0], own[1])
    assert.equal(own[0]?.[1], puk(2))
    assert.equal(answers.filter(({ lastTold }) => lastTold === puk(2)).length, 38)
  })

  test(`${engine}: a request that another one has overtaken is told no PUK any more, and takes none back`, async t => {
    const testbed = await open(t)
    const cardId = newCardId()
    const puk = pukOf(testbed, cardId)
    const enrolling = await enrollmentOf(testbed, 'alice', cardId)
    await enrolling.complete()
    const first = await unblockingOf(testbed, 'alice', cardId, enrolling.smartcardUuid)
    const second = await unblockingOf(testbed, 'alice', cardId, enrolling.smartcardUuid)
    assert.equal((await first.ask()).next, puk(1))
    await second.confirm(puk(1))
    assert.equal((await second.ask()).next, puk(2))
    await refused(first.ask(), 'RequestStateForbids', /Cancel the present one/)
    await second.complete()
    await first.complete()
    assert.equal(await generationOf(testbed, cardId), 2)
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
    await owner.confirm(pukOf(testbed, cardId)(2))
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
      await reader.listRequests({
        involving: caller.user.uuid,
        target: null,
        status: null,
        after: null,
        limit: 1,
      })
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
