import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditRecord } from '../../src/domain/audit-record.ts'
import type { SupportedRequestType } from '../../src/domain/request.ts'
import { findSmartcardByCardId } from '../../src/workflows/queries/find-smartcard-by-card-id.ts'
import { abandonRequest } from '../../src/workflows/requests/abandon-request.ts'
import { approveRequest } from '../../src/workflows/requests/approve-request.ts'
import { cancelRequest } from '../../src/workflows/requests/cancel-request.ts'
import { completeRequest } from '../../src/workflows/requests/complete-request.ts'
import { createRequest } from '../../src/workflows/requests/create-request.ts'
import { answerAuthenticationResponse } from '../../src/workflows/smartcards/answer-authentication-response.ts'
import { answerDiversifiedKey } from '../../src/workflows/smartcards/answer-diversified-key.ts'
import { bindSmartcard } from '../../src/workflows/smartcards/bind-smartcard.ts'
import { proposePin } from '../../src/workflows/smartcards/propose-pin.ts'
import { updateSmartcardStatus } from '../../src/workflows/smartcards/update-smartcard-status.ts'
import { openTestbed, type Testbed } from '../testbed/environment.ts'
import { certificationRequest, newRsaKey } from './certification-request.ts'
import {
  approvedRequest,
  cardOf,
  enrolledCard,
  enrolledProfile,
  enrollment,
  issue,
  issueOne,
  logonCard,
  newCardId,
  operation,
  recordsOf,
  refused,
  requestOf,
  runOnCard,
  software,
  virtualCard,
  withTemplate,
} from './stories.ts'

const challenge = new Uint8Array(8)

/** Somebody else carries out an operation on a card, from the request to its completion. */
async function carryOut(
  testbed: Testbed,
  account: string,
  type: SupportedRequestType,
  smartcardUuid: string,
): Promise<void> {
  const caller = await testbed.callerOf(account)
  const { uuid } = await createRequest(testbed, caller, operation(type, { smartcardUuid }))
  await completeRequest(testbed, caller, uuid)
}

for (const type of ['unblock', 'retire', 'revoke'] as const) {
  test(`a forgotten ${type} request gives no key of a card that has gone to somebody else`, async t => {
    const testbed = await openTestbed(t)
    const alice = await testbed.callerOf('alice')
    const { smartcard } = await enrolledCard(testbed, 'alice')
    const forgotten = await createRequest(testbed, alice, operation(type, { smartcardUuid: smartcard.uuid }))
    await carryOut(testbed, 'mona', 'retire', smartcard.uuid)
    await enrolledCard(testbed, 'bob', { cardId: smartcard.cardId })

    const question = { requestUuid: forgotten.uuid, smartcardUuid: smartcard.uuid, cardId: smartcard.cardId }
    const code = type === 'unblock' ? 'SmartcardStateForbids' : 'SmartcardInUse'
    await refused(answerDiversifiedKey(testbed, alice, question), code)
    await refused(answerDiversifiedKey(testbed, alice, { ...question, cardId: null }), code)
    const response = answerAuthenticationResponse(testbed, alice, {
      ...question,
      challenge,
      diversified: true,
    })
    await refused(response, code)
  })
}

test('a card that has ended is not unblocked any more', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const { smartcard } = await enrolledCard(testbed, 'alice')
  const unblock = await createRequest(testbed, alice, operation('unblock', { smartcardUuid: smartcard.uuid }))
  await carryOut(testbed, 'mona', 'revoke', smartcard.uuid)
  const question = { requestUuid: unblock.uuid, smartcardUuid: smartcard.uuid, cardId: smartcard.cardId }
  await refused(answerDiversifiedKey(testbed, alice, question), 'SmartcardStateForbids', /disabled/)
})

test('who retires a card after it was set to retired still gets its key, to erase it', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const { smartcard } = await enrolledCard(testbed, 'alice')
  const retire = await createRequest(testbed, alice, operation('retire', { smartcardUuid: smartcard.uuid }))
  await updateSmartcardStatus(testbed, alice, {
    requestUuid: retire.uuid,
    smartcardUuid: smartcard.uuid,
    status: null,
  })
  const question = { requestUuid: retire.uuid, smartcardUuid: smartcard.uuid, cardId: smartcard.cardId }
  assert.equal((await answerDiversifiedKey(testbed, alice, question)).length, 24)
})

test('an unblock of a card works while a renewal onto it is under way or was given up', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const { smartcard } = await enrolledCard(testbed, 'alice')
  const about = { smartcardUuid: smartcard.uuid }
  const renewal = await createRequest(testbed, alice, operation('renew', about))
  const { cardId } = smartcard
  await bindSmartcard(testbed, alice, { requestUuid: renewal.uuid, cardId, answerToReset: null })
  const unblock = await createRequest(testbed, alice, operation('unblock', about))
  const question = { requestUuid: unblock.uuid, ...about, cardId }
  assert.equal((await answerDiversifiedKey(testbed, alice, question)).length, 24)
  await cancelRequest(testbed, alice, renewal.uuid)
  assert.equal((await answerDiversifiedKey(testbed, alice, question)).length, 24)
})

for (const type of ['retire', 'revoke'] as const) {
  test(`a manager does not learn the owner’s PIN through a ${type} request`, async t => {
    const testbed = await openTestbed(t, {
      organisation: withTemplate(virtualCard, ({ smartcard }) =>
        Object.assign(smartcard ?? {}, { userPinOption: 'server-distributed' }),
      ),
    })
    const [alice, mona] = [await testbed.callerOf('alice'), await testbed.callerOf('mona')]
    const { smartcard } = await enrolledCard(testbed, 'alice')
    const about = { smartcardUuid: smartcard.uuid }
    const unblock = await createRequest(testbed, alice, operation('unblock', about))
    const question = { ...about, cardId: smartcard.cardId }
    assert.ok(await proposePin(testbed, alice, { ...question, requestUuid: unblock.uuid }))

    const { uuid } = await createRequest(testbed, mona, operation(type, about))
    await refused(proposePin(testbed, mona, { ...question, requestUuid: uuid }), 'PolicyForbids')
  })
}

test('made-up request ids neither use up nor refill the allowance of secrets', async t => {
  const testbed = await openTestbed(t, { secrets: { burst: 2, perMinute: 1 } })
  const spent: string[] = []
  const watched = { ...testbed, secretRateLimit: { spend: (key: string) => void spent.push(key) } }
  const alice = await testbed.callerOf('alice')
  const smartcardUuid = newCardId()
  for (let count = 0; count < 5; count++) {
    const question = { requestUuid: newCardId(), smartcardUuid, cardId: null }
    await refused(answerDiversifiedKey(watched, alice, question), 'RequestNotFound')
  }
  assert.deepEqual(spent, [])
})

for (const type of ['renew', 'recover'] as const) {
  test(`a ${type} request made before the card was revoked or retired comes to nothing`, async t => {
    const testbed = await openTestbed(t)
    const alice = await testbed.callerOf('alice')
    const { smartcard } = await enrolledCard(testbed, 'alice')
    const about = operation(type, { smartcardUuid: smartcard.uuid })
    const early = await createRequest(testbed, alice, about)
    const bound = await createRequest(testbed, alice, about)
    const binding = { cardId: newCardId(), answerToReset: null }
    await bindSmartcard(testbed, alice, { ...binding, requestUuid: bound.uuid })
    await carryOut(testbed, 'mona', 'retire', smartcard.uuid)

    const late = { ...binding, requestUuid: early.uuid, cardId: newCardId() }
    await refused(bindSmartcard(testbed, alice, late), 'RequestStateForbids', /canceled/)
    await refused(
      issue(testbed, alice, bound.uuid, certificationRequest()),
      'RequestStateForbids',
      /canceled/,
    )
    assert.deepEqual(await recordsOf(testbed, bound.uuid), [])
  })
}

test('of two renewals of one card only one comes through', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const { smartcard } = await enrolledCard(testbed, 'alice')
  const about = operation('renew', { smartcardUuid: smartcard.uuid })
  const first = await createRequest(testbed, alice, about)
  const second = await createRequest(testbed, alice, about)
  await runOnCard(testbed, alice, first)
  await refused(runOnCard(testbed, alice, second), 'RequestStateForbids', /canceled/)
})

test('a renewal of a software profile that was revoked meanwhile comes to nothing', async t => {
  const testbed = await openTestbed(t)
  const [alice, mona] = [await testbed.callerOf('alice'), await testbed.callerOf('mona')]
  const { profileUuid } = await enrolledProfile(testbed, 'alice')
  const renewal = await createRequest(testbed, alice, operation('renew', { profileUuid }))
  const revocation = await createRequest(testbed, mona, operation('revoke', { profileUuid }))
  await completeRequest(testbed, mona, revocation.uuid)
  await refused(
    issue(testbed, alice, renewal.uuid, certificationRequest()),
    'RequestStateForbids',
    /canceled/,
  )
})

test('a subscriber can do nothing with another’s request', async t => {
  const testbed = await openTestbed(t)
  const [alice, bob] = [await testbed.callerOf('alice'), await testbed.callerOf('bob')]
  const card = await enrolledCard(testbed, 'alice')
  const open = await approvedRequest(testbed, alice, enrollment(virtualCard))
  const pending = await createRequest(testbed, alice, enrollment(logonCard))
  const { uuid: smartcardUuid } = card.smartcard
  await refused(cancelRequest(testbed, bob, open.uuid), 'NotPermitted')
  await refused(abandonRequest(testbed, bob, open.uuid), 'NotPermitted')
  await refused(completeRequest(testbed, bob, open.uuid), 'NotPermitted')
  await refused(issue(testbed, bob, open.uuid, certificationRequest()), 'NotPermitted')
  const decision = { decision: 'approve', comment: '' } as const
  await refused(approveRequest(testbed, bob, pending.uuid, decision), 'NotPermitted')
  const status = { requestUuid: open.uuid, smartcardUuid, status: null }
  await refused(updateSmartcardStatus(testbed, bob, status), 'NotPermitted')
  for (const type of ['renew', 'recover', 'unblock', 'retire', 'revoke'] as const) {
    await refused(createRequest(testbed, bob, operation(type, { smartcardUuid })), 'NotPermitted')
  }
  const inTheirName = enrollment(virtualCard, { targetUuid: alice.user.uuid })
  await refused(createRequest(testbed, bob, inTheirName), 'NotPermitted')
})

test('the help desk initiates an unblock and a recovery, and carries out neither', async t => {
  const testbed = await openTestbed(t)
  const [alice, heidi] = [await testbed.callerOf('alice'), await testbed.callerOf('heidi')]
  const { smartcard } = await enrolledCard(testbed, 'alice')
  const about = { smartcardUuid: smartcard.uuid }
  const unblock = await createRequest(testbed, heidi, operation('unblock', about))
  const question = { requestUuid: unblock.uuid, ...about, cardId: smartcard.cardId }
  await refused(answerDiversifiedKey(testbed, heidi, question), 'NotPermitted')
  const recovery = await createRequest(testbed, heidi, operation('recover', about))
  await refused(runOnCard(testbed, heidi, recovery), 'NotPermitted')
  assert.equal(recovery.targetUuid, alice.user.uuid)
  for (const type of ['renew', 'retire', 'revoke'] as const) {
    await refused(createRequest(testbed, heidi, operation(type, about)), 'NotPermitted')
  }
  await refused(
    createRequest(testbed, heidi, enrollment(virtualCard, { targetUuid: alice.user.uuid })),
    'NotPermitted',
  )
})

test('rights over subscribers reach nobody outside the group', async t => {
  const testbed = await openTestbed(t, {
    organisation: file => {
      file.roles = file.roles.filter(({ role }) => role !== 'manager')
      return file
    },
  })
  const [mona, admin] = [await testbed.callerOf('mona'), await testbed.callerOf('admin')]
  const forAdmin = enrollment(virtualCard, { targetUuid: admin.user.uuid })
  await refused(createRequest(testbed, mona, forAdmin), 'NotPermitted', /request-enroll/)
})

test('an ended request stays ended, whatever is tried', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const ends = {
    canceled: async (uuid: string) => cancelRequest(testbed, alice, uuid),
    abandoned: async (uuid: string) => abandonRequest(testbed, alice, uuid),
  }
  for (const [status, end] of Object.entries(ends)) {
    const { uuid } = await approvedRequest(testbed, alice, enrollment(virtualCard))
    await end(uuid)
    const binding = { requestUuid: uuid, cardId: newCardId(), answerToReset: null }
    const attempts = [
      () => bindSmartcard(testbed, alice, binding),
      () => issue(testbed, alice, uuid, certificationRequest()),
      () => completeRequest(testbed, alice, uuid),
      () => cancelRequest(testbed, alice, uuid),
      () => abandonRequest(testbed, alice, uuid),
    ]
    for (const attempt of attempts) await refused(attempt(), 'RequestStateForbids', new RegExp(status))
    assert.equal((await requestOf(testbed, uuid)).status, status)
  }
})

test('the owner of a canceled request gets neither key nor certificate of it', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const { uuid: requestUuid } = await approvedRequest(testbed, alice, enrollment(virtualCard))
  const cardId = newCardId()
  const binding = { requestUuid, cardId, answerToReset: null }
  const { uuid: smartcardUuid } = await bindSmartcard(testbed, alice, binding)
  const der = certificationRequest()
  await issueOne(testbed, alice, requestUuid, der)
  await cancelRequest(testbed, alice, requestUuid)
  const question = { requestUuid, smartcardUuid, cardId }
  await refused(answerDiversifiedKey(testbed, alice, question), 'RequestStateForbids')
  await refused(proposePin(testbed, alice, { ...question, requestUuid: null }), 'RequestNotFound')
  await refused(issue(testbed, alice, requestUuid, der), 'RequestStateForbids')
  const [record] = await recordsOf(testbed, requestUuid)
  assert.equal(record?.state, 'revoked')
  assert.equal((await cardOf(testbed, smartcardUuid)).status, 'retired')
})

test('one request gives one certificate for each template, whatever is sent afterwards', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const { uuid } = await createRequest(testbed, alice, enrollment(software))
  await issueOne(testbed, alice, uuid)
  const other = certificationRequest({ key: newRsaKey() })
  const [second, surplus] = await issue(testbed, alice, uuid, other, other)
  assert.match(second?.error ?? '', /already has its certificate/)
  assert.match(surplus?.error ?? '', /1 certificate requests only/)
  assert.equal((await recordsOf(testbed, uuid)).length, 1)
})

test('an agent is required even where the policy names none: nobody executes', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const template = await testbed.store.reader.findProfileTemplate(virtualCard)
  assert.ok(template?.policies.enroll)
  const enroll = { ...template.policies.enroll, enrollAgentRequired: true }
  const changed = { ...template, version: 2, policies: { ...template.policies, enroll } }
  await testbed.store.transactor.transaction(async transaction => {
    await transaction.saveProfileTemplate(changed)
    await transaction.audit(importRecord(testbed, template.name))
  })
  await refused(createRequest(testbed, alice, enrollment(virtualCard)), 'PolicyForbids', /enrollment agent/)
})

test('a request names another’s card under one’s own target in vain', async t => {
  const testbed = await openTestbed(t)
  const bob = await testbed.callerOf('bob')
  const { smartcard } = await enrolledCard(testbed, 'alice')
  const about = { smartcardUuid: smartcard.uuid, targetUuid: bob.user.uuid, profileTemplateUuid: software }
  await refused(createRequest(testbed, bob, operation('unblock', about)), 'InvalidParameter', /another user/)
})

test('texts that would fill the database are refused', async t => {
  const testbed = await openTestbed(t)
  const [alice, mona] = [await testbed.callerOf('alice'), await testbed.callerOf('mona')]
  const long = 'x'.repeat(4097)
  await refused(
    createRequest(testbed, alice, enrollment(software, { comment: long })),
    'InvalidParameter',
    /comment/,
  )
  const dataCollection = [{ name: 'Request Reason', value: long }]
  await refused(
    createRequest(testbed, alice, enrollment(virtualCard, { dataCollection })),
    'InvalidParameter',
    /Request Reason/,
  )
  const pending = await createRequest(testbed, alice, enrollment(logonCard))
  await refused(
    approveRequest(testbed, mona, pending.uuid, { decision: 'approve', comment: long }),
    'InvalidParameter',
    /comment/,
  )
})

test('an account that has left still has its cards revoked and retired by a manager', async t => {
  const testbed = await openTestbed(t)
  const first = await enrolledCard(testbed, 'alice')
  const second = await enrolledCard(testbed, 'alice')
  await disable(testbed, 'alice')
  await carryOut(testbed, 'mona', 'revoke', first.smartcard.uuid)
  await carryOut(testbed, 'mona', 'retire', second.smartcard.uuid)
  assert.equal((await cardOf(testbed, first.smartcard.uuid)).status, 'disabled')
  assert.equal((await cardOf(testbed, second.smartcard.uuid)).status, 'retired')
  const mona = await testbed.callerOf('mona')
  for (const type of ['renew', 'recover', 'unblock'] as const) {
    const about = operation(type, { smartcardUuid: first.smartcard.uuid })
    await refused(createRequest(testbed, mona, about), 'UserNotFound', /enabled/)
  }
})

async function disable(testbed: Testbed, account: string): Promise<void> {
  const { user } = await testbed.callerOf(account)
  await testbed.store.transactor.transaction(async transaction => {
    await transaction.saveUser({ ...user, enabled: false })
    await transaction.audit(importRecord(testbed, account))
  })
}

function importRecord(testbed: Testbed, subject: string): AuditRecord {
  return {
    at: testbed.clock.now(),
    action: 'organisation-imported',
    actorUuid: null,
    requestUuid: null,
    subject,
    facts: {},
    correlationId: null,
  }
}

for (const type of ['revoke', 'retire'] as const) {
  test(`what a renewal under way has issued ends with the card that is ${type}d`, async t => {
    const testbed = await openTestbed(t)
    const alice = await testbed.callerOf('alice')
    const { smartcard } = await enrolledCard(testbed, 'alice')
    const renewal = await approvedRequest(
      testbed,
      alice,
      operation('renew', { smartcardUuid: smartcard.uuid }),
    )
    const binding = { requestUuid: renewal.uuid, cardId: smartcard.cardId, answerToReset: null }
    const renewed = await bindSmartcard(testbed, alice, binding)
    await issueOne(testbed, alice, renewal.uuid, certificationRequest())

    await carryOut(testbed, 'mona', type, smartcard.uuid)

    assert.equal((await requestOf(testbed, renewal.uuid)).status, 'canceled')
    assert.equal((await cardOf(testbed, renewed.uuid)).status, 'retired')
    const states = (await recordsOf(testbed, renewal.uuid)).map(({ state }) => state)
    assert.deepEqual(states, ['revoked'])
    await refused(completeRequest(testbed, alice, renewal.uuid), 'RequestStateForbids')
  })
}

test('nobody hides another’s card by binding its uuid as a card id', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const { smartcard } = await enrolledCard(testbed, 'alice')
  const bob = await testbed.callerOf('bob')
  const { uuid: requestUuid } = await approvedRequest(testbed, bob, enrollment(virtualCard))
  await bindSmartcard(testbed, bob, { requestUuid, cardId: smartcard.uuid, answerToReset: null })
  assert.equal((await findSmartcardByCardId(testbed, alice, smartcard.uuid))?.uuid, smartcard.uuid)
  assert.equal((await findSmartcardByCardId(testbed, alice, smartcard.cardId))?.uuid, smartcard.uuid)
})
