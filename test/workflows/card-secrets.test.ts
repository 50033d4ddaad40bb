import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setUpCardMasterKeys } from '../../src/ca/card-master-keys.ts'
import { authenticationResponse } from '../../src/card/secrets/admin-key.ts'
import { diversifyAdminKey } from '../../src/card/secrets/diversified-admin-key.ts'
import type { UserPinOption } from '../../src/domain/profile-template.ts'
import type { CardMasterKeys } from '../../src/workflows/ports/vault.ts'
import { completeRequest } from '../../src/workflows/requests/complete-request.ts'
import { createRequest } from '../../src/workflows/requests/create-request.ts'
import { answerAuthenticationResponse } from '../../src/workflows/smartcards/answer-authentication-response.ts'
import { answerDiversifiedKey } from '../../src/workflows/smartcards/answer-diversified-key.ts'
import { bindSmartcard } from '../../src/workflows/smartcards/bind-smartcard.ts'
import { proposePin } from '../../src/workflows/smartcards/propose-pin.ts'
import { openTestbed, type Testbed, type TestbedOptions } from '../testbed/environment.ts'
import {
  approvedRequest,
  auditTrail,
  enrolledCard,
  enrollment,
  issueOne,
  newCardId,
  operation,
  refused,
  requestOf,
  virtualCard,
  withTemplate,
} from './stories.ts'

const challenge = Uint8Array.from(Buffer.from('1hFD+cz/0so=', 'base64'))

/** An enrollment whose card is bound: the moment at which the client asks for secrets. */
async function boundEnrollment(testbed: Testbed, account = 'alice', cardId = newCardId()) {
  const caller = await testbed.callerOf(account)
  const { uuid: requestUuid } = await approvedRequest(testbed, caller, enrollment(virtualCard))
  const { uuid: smartcardUuid } = await bindSmartcard(testbed, caller, {
    requestUuid,
    cardId,
    answerToReset: null,
  })
  return { caller, question: { requestUuid, smartcardUuid, cardId } }
}

function withCard(change: Partial<{ userPinOption: UserPinOption; diversifyAdminKey: boolean }>) {
  return withTemplate(virtualCard, ({ smartcard }) => Object.assign(smartcard ?? {}, change))
}

test('the diversified key is that of the master key and the card, the same at each question', async t => {
  const testbed = await openTestbed(t)
  const { caller, question } = await boundEnrollment(testbed)
  const key = await answerDiversifiedKey(testbed, caller, question)
  assert.equal(key.length, 24)
  assert.deepEqual(key, diversifyAdminKey(testbed.cardMasterKeys.current(), question.cardId))
  assert.deepEqual(await answerDiversifiedKey(testbed, caller, question), key)
  const other = await boundEnrollment(testbed, 'bob')
  assert.notDeepEqual(await answerDiversifiedKey(testbed, other.caller, other.question), key)
})

test('a challenge is answered under the default key (published vector) or the diversified one', async t => {
  const testbed = await openTestbed(t)
  const { caller, question } = await boundEnrollment(testbed)
  const answer = (diversified: boolean) =>
    answerAuthenticationResponse(testbed, caller, { ...question, challenge, diversified })
  assert.equal(Buffer.from(await answer(false)).toString('base64'), 'K1EIo4id/24=')
  const key = diversifyAdminKey(testbed.cardMasterKeys.current(), question.cardId)
  assert.deepEqual(await answer(true), authenticationResponse(key, challenge))
})

test('a challenge of another length than 8 bytes is refused', async t => {
  const testbed = await openTestbed(t)
  const { caller, question } = await boundEnrollment(testbed)
  for (const length of [0, 7, 9, 16]) {
    const asked = { ...question, challenge: new Uint8Array(length), diversified: false }
    await refused(answerAuthenticationResponse(testbed, caller, asked), 'InvalidParameter', /challenge/)
  }
})

test('a template that does not diversify gives no diversified key', async t => {
  const testbed = await openTestbed(t, { organisation: withCard({ diversifyAdminKey: false }) })
  const { caller, question } = await boundEnrollment(testbed)
  await refused(answerDiversifiedKey(testbed, caller, question), 'PolicyForbids', /does not diversify/)
})

const secrets = [
  { name: 'the diversified key', ask: answerDiversifiedKey },
  {
    name: 'an authentication response',
    ask: (...[testbed, caller, question]: Parameters<typeof answerDiversifiedKey>) =>
      answerAuthenticationResponse(testbed, caller, { ...question, challenge, diversified: true }),
  },
  {
    name: 'a proposed PIN',
    ask: (...[testbed, caller, question]: Parameters<typeof proposePin>) =>
      proposePin(testbed, caller, question),
  },
] as const

const distributesPins: TestbedOptions = { organisation: withCard({ userPinOption: 'server-distributed' }) }

for (const { name, ask } of secrets) {
  test(`${name} is for the executor alone`, async t => {
    const testbed = await openTestbed(t, distributesPins)
    const { question } = await boundEnrollment(testbed)
    for (const account of ['bob', 'mona', 'heidi', 'admin']) {
      await refused(ask(testbed, await testbed.callerOf(account), question), 'NotPermitted', /execute/)
    }
  })

  test(`${name} is for an executing request alone`, async t => {
    const testbed = await openTestbed(t, distributesPins)
    const { caller, question } = await boundEnrollment(testbed)
    const { uuid: unbound } = await approvedRequest(testbed, caller, enrollment(virtualCard))
    await refused(ask(testbed, caller, { ...question, requestUuid: unbound }), 'SmartcardNotBound')
    assert.equal((await requestOf(testbed, unbound)).status, 'approved')
    await issueOne(testbed, caller, question.requestUuid)
    await completeRequest(testbed, caller, question.requestUuid)
    await refused(ask(testbed, caller, question), 'RequestStateForbids', /completed/)
    const unknown = { ...question, requestUuid: '00000000-0000-4000-8000-000000000000' }
    await refused(ask(testbed, caller, unknown), 'RequestNotFound')
  })

  test(`${name} is for the request’s own card alone`, async t => {
    const testbed = await openTestbed(t, distributesPins)
    const { caller, question } = await boundEnrollment(testbed)
    const other = await boundEnrollment(testbed, 'bob')
    const theirs = { ...question, smartcardUuid: other.question.smartcardUuid }
    await refused(ask(testbed, caller, theirs), 'SmartcardNotOfRequest')
    await refused(
      ask(testbed, caller, { ...question, cardId: other.question.cardId }),
      'SmartcardNotOfRequest',
    )
    await refused(ask(testbed, caller, { ...question, cardId: newCardId() }), 'SmartcardNotOfRequest')
  })

  test(`each answer with ${name} is audited, and the secret stands in no record`, async t => {
    const testbed = await openTestbed(t, distributesPins)
    const { caller, question } = await boundEnrollment(testbed)
    const before = (await auditTrail(testbed, question.requestUuid)).length
    const secret = await ask(testbed, caller, question)
    await ask(testbed, caller, question)
    const records = await testbed.store.reader.listAuditRecordsOfRequest(question.requestUuid)
    assert.equal(records.length, before + 2)
    assert.deepEqual(
      records.slice(before).map(({ actorUuid, subject, facts: { cardId }, correlationId }) => ({
        actorUuid,
        subject,
        cardId,
        correlationId,
      })),
      Array.from({ length: 2 }, () => ({
        actorUuid: caller.user.uuid,
        subject: question.smartcardUuid,
        cardId: question.cardId,
        correlationId: caller.correlationId,
      })),
    )
    const written = JSON.stringify(records).toLowerCase()
    for (const form of writtenForms(secret)) assert.ok(!written.includes(form.toLowerCase()))
  })

  test(`${name} is answered as often as the limit allows, and again after a while`, async t => {
    const testbed = await openTestbed(t, { ...distributesPins, secrets: { burst: 3, perMinute: 1 } })
    const { caller, question } = await boundEnrollment(testbed)
    for (let asked = 0; asked < 3; asked++) await ask(testbed, caller, question)
    const before = await auditTrail(testbed, question.requestUuid)
    await refused(ask(testbed, caller, question), 'TooManyRequests')
    assert.deepEqual(await auditTrail(testbed, question.requestUuid), before)
    testbed.clock.advance(60_000)
    await ask(testbed, caller, question)
  })
}

function writtenForms(secret: Uint8Array | string | null): string[] {
  assert.ok(secret !== null)
  if (typeof secret === 'string') return [secret]
  const bytes = Buffer.from(secret)
  return [bytes.toString('hex'), bytes.toString('base64'), [...bytes].join(',')]
}

test('a new master key leaves known cards on their version and serves new cards', async t => {
  const testbed = await openTestbed(t)
  const old = await boundEnrollment(testbed)
  const key = await answerDiversifiedKey(testbed, old.caller, old.question)
  const rotated = { ...testbed, cardMasterKeys: await rotateMasterKey(testbed) }
  assert.equal(rotated.cardMasterKeys.current().version, 2)

  assert.deepEqual(await answerDiversifiedKey(rotated, old.caller, old.question), key)
  const fresh = await boundEnrollment(testbed, 'bob')
  const freshKey = await answerDiversifiedKey(rotated, fresh.caller, fresh.question)
  assert.deepEqual(freshKey, diversifyAdminKey(rotated.cardMasterKeys.version(2), fresh.question.cardId))
  const versions = await Promise.all(
    [old, fresh].map(({ question }) => testbed.store.reader.findPhysicalCard(question.cardId)),
  )
  assert.deepEqual(
    versions.map(card => card?.masterKeyVersion),
    [1, 2],
  )
})

async function rotateMasterKey(testbed: Testbed): Promise<CardMasterKeys> {
  const secret = testbed.randomness.bytes(32)
  await testbed.store.transactor.transaction(async transaction => {
    const sealedSecret = testbed.vault.seal('card master key, version 2', secret)
    await transaction.insertCardMasterKey({ version: 2, sealedSecret })
    await transaction.audit({
      at: testbed.clock.now(),
      action: 'card-master-key-created',
      actorUuid: null,
      requestUuid: null,
      subject: 'version 2',
      facts: {},
      correlationId: null,
    })
  })
  return await setUpCardMasterKeys(testbed)
}

test('a card that comes back keeps the master key version that its key is of', async t => {
  const testbed = await openTestbed(t)
  const first = await boundEnrollment(testbed)
  const key = await answerDiversifiedKey(testbed, first.caller, first.question)
  await issueOne(testbed, first.caller, first.question.requestUuid)
  await completeRequest(testbed, first.caller, first.question.requestUuid)
  const { smartcardUuid } = first.question
  const retire = await createRequest(testbed, first.caller, operation('retire', { smartcardUuid }))
  await completeRequest(testbed, first.caller, retire.uuid)
  const rotated = { ...testbed, cardMasterKeys: await rotateMasterKey(testbed) }
  const second = await boundEnrollment(testbed, 'bob', first.question.cardId)
  assert.deepEqual(await answerDiversifiedKey(rotated, second.caller, second.question), key)
})

for (const userPinOption of ['none', 'user-provided'] as const) {
  test(`PIN option ${userPinOption}: the server proposes none`, async t => {
    const testbed = await openTestbed(t, { organisation: withCard({ userPinOption }) })
    const { caller, question } = await boundEnrollment(testbed)
    assert.equal(await proposePin(testbed, caller, question), null)
    assert.equal(await testbed.store.reader.findSealedPin(question.smartcardUuid), null)
    assert.ok(!(await auditTrail(testbed, question.requestUuid)).includes('server-proposed-pin-answered'))
  })
}

for (const userPinOption of ['server-distributed', 'custom-server-distributed'] as const) {
  test(`PIN option ${userPinOption}: one PIN, kept sealed, the same at each question`, async t => {
    const testbed = await openTestbed(t, { organisation: withCard({ userPinOption }) })
    const { caller, question } = await boundEnrollment(testbed)
    const pin = await proposePin(testbed, caller, question)
    assert.match(pin ?? '', /^[0-9]{8}$/)
    assert.equal(await proposePin(testbed, caller, question), pin)
    const sealed = await testbed.store.reader.findSealedPin(question.smartcardUuid)
    assert.ok(sealed)
    assert.ok(!Buffer.from(sealed).includes(pin ?? ''))
    const other = await boundEnrollment(testbed, 'bob')
    assert.notEqual(await proposePin(testbed, other.caller, other.question), pin)
  })
}

test('the PIN of a card is proposed by the card alone, however much else its owner has under way', async t => {
  const testbed = await openTestbed(t, distributesPins)
  const { caller, question } = await boundEnrollment(testbed)
  const request = await requestOf(testbed, question.requestUuid)
  testbed.clock.advance(1)
  await testbed.store.transactor.transaction(async transaction => {
    for (let index = 0; index <= 1000; index++) {
      const uuid = testbed.randomness.uuid()
      const submitted = testbed.clock.now()
      await transaction.insertRequest({ ...request, uuid, submitted, newSmartcardUuid: null })
    }
    await transaction.audit({
      ...{ at: testbed.clock.now(), action: 'request-created', actorUuid: null, requestUuid: null },
      ...{ subject: 'many', facts: {}, correlationId: null },
    })
  })
  const byCard = { ...question, requestUuid: null }
  assert.match((await proposePin(testbed, caller, byCard)) ?? '', /^[0-9]{8}$/)
  await refused(proposePin(testbed, await testbed.callerOf('bob'), byCard), 'RequestNotFound')
})

test('PIN option randomized: another PIN at each question, and none is kept', async t => {
  const testbed = await openTestbed(t, { organisation: withCard({ userPinOption: 'randomized' }) })
  const { caller, question } = await boundEnrollment(testbed)
  const pins = new Set<string | null>()
  for (let asked = 0; asked < 4; asked++) pins.add(await proposePin(testbed, caller, question))
  assert.ok(pins.size > 1)
  for (const pin of pins) assert.match(pin ?? '', /^[0-9]{8}$/)
  assert.equal(await testbed.store.reader.findSealedPin(question.smartcardUuid), null)
})

for (const { userPinPolicy, length } of [
  { userPinPolicy: { minimumLength: 10, maximumLength: 12 }, length: 10 },
  { userPinPolicy: { minimumLength: 4, maximumLength: 5 }, length: 5 },
]) {
  test(`a proposed PIN keeps the template’s limits of ${JSON.stringify(userPinPolicy)}`, async t => {
    const testbed = await openTestbed(t, {
      organisation: withTemplate(virtualCard, ({ smartcard }) =>
        Object.assign(smartcard ?? {}, { userPinPolicy, userPinOption: 'randomized' }),
      ),
    })
    const { caller, question } = await boundEnrollment(testbed)
    assert.equal((await proposePin(testbed, caller, question))?.length, length)
  })
}

test('the PIN route without a request means the caller’s own executing request for the card', async t => {
  const testbed = await openTestbed(t, distributesPins)
  const { caller, question } = await boundEnrollment(testbed)
  const pin = await proposePin(testbed, caller, question)
  assert.equal(await proposePin(testbed, caller, { ...question, requestUuid: null }), pin)
  const bob = await testbed.callerOf('bob')
  await refused(proposePin(testbed, bob, { ...question, requestUuid: null }), 'RequestNotFound')
})

test('an unblock begins to execute with its first question, and gets the key of its card', async t => {
  const testbed = await openTestbed(t)
  const { smartcard } = await enrolledCard(testbed, 'alice')
  const alice = await testbed.callerOf('alice')
  const request = await createRequest(testbed, alice, operation('unblock', { smartcardUuid: smartcard.uuid }))
  assert.equal(request.status, 'approved')
  assert.equal(request.newSmartcardUuid, smartcard.uuid)
  const question = { requestUuid: request.uuid, smartcardUuid: smartcard.uuid, cardId: smartcard.cardId }
  const key = await answerDiversifiedKey(testbed, alice, question)
  assert.deepEqual(key, diversifyAdminKey(testbed.cardMasterKeys.current(), smartcard.cardId))
  assert.equal((await requestOf(testbed, request.uuid)).status, 'executing')
  assert.deepEqual(await auditTrail(testbed, request.uuid), [
    'request-created',
    'request-executing',
    'diversified-key-answered',
  ])
})
