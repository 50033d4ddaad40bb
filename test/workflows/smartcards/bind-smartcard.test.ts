import assert from 'node:assert/strict'
import { test } from 'node:test'
import { issueCertificates } from '../../../src/workflows/certificates/issue-certificates.ts'
import { cancelRequest } from '../../../src/workflows/requests/cancel-request.ts'
import { completeRequest } from '../../../src/workflows/requests/complete-request.ts'
import { createRequest } from '../../../src/workflows/requests/create-request.ts'
import { bindSmartcard } from '../../../src/workflows/smartcards/bind-smartcard.ts'
import { openTestbed, type Testbed } from '../../testbed/environment.ts'
import { certificationRequest } from '../certification-request.ts'
import {
  approvedRequest,
  auditTrail,
  cardOf,
  enrolledCard,
  enrollment,
  newCardId,
  operation,
  refused,
  requestOf,
  software,
  virtualCard,
  withTemplate,
} from '../stories.ts'

async function openEnrollment(testbed: Testbed, account: string) {
  const caller = await testbed.callerOf(account)
  const { uuid } = await approvedRequest(testbed, caller, enrollment(virtualCard))
  return { caller, bind: (cardId: string) => bindSmartcard(testbed, caller, binding(uuid, cardId)), uuid }
}

function binding(requestUuid: string, cardId: string, answerToReset: string | null = null) {
  return { requestUuid, cardId, answerToReset }
}

/** Brings a card to its end by a Retire request. */
async function retireCard(testbed: Testbed, account: string, smartcardUuid: string): Promise<void> {
  const caller = await testbed.callerOf(account)
  const { uuid } = await createRequest(testbed, caller, operation('retire', { smartcardUuid }))
  await completeRequest(testbed, caller, uuid)
}

test('binding assigns the card to the target and begins the execution', async t => {
  const testbed = await openTestbed(t)
  const { caller, uuid } = await openEnrollment(testbed, 'alice')
  const cardId = newCardId()
  const smartcard = await bindSmartcard(testbed, caller, binding(uuid, cardId, '3b8d0180'))
  assert.equal(smartcard.cardId, cardId)
  assert.equal(smartcard.status, 'assigned')
  assert.equal(smartcard.assignedUserUuid, caller.user.uuid)
  assert.equal(smartcard.answerToReset, '3b8d0180')
  assert.deepEqual(smartcard.flags, ['primary'])
  assert.deepEqual(await cardOf(testbed, smartcard.uuid), smartcard)

  const request = await requestOf(testbed, uuid)
  assert.equal(request.status, 'executing')
  assert.equal(request.newSmartcardUuid, smartcard.uuid)
  assert.equal(request.newProfileUuid, smartcard.profileUuid)
  const profile = await testbed.store.reader.findProfile(smartcard.profileUuid)
  assert.equal(profile?.status, 'new')
  assert.equal(profile.smartcardUuid, smartcard.uuid)
})

test('the same card again answers with the same assignment and changes nothing', async t => {
  const testbed = await openTestbed(t)
  const { bind, uuid } = await openEnrollment(testbed, 'alice')
  const cardId = newCardId()
  const first = await bind(cardId)
  assert.deepEqual(await bind(cardId), first)
  assert.equal((await testbed.store.reader.listSmartcardsByCardId(cardId)).length, 1)
  assert.deepEqual(await auditTrail(testbed, uuid), ['request-created', 'smartcard-bound'])
})

test('a second card for one request is refused', async t => {
  const testbed = await openTestbed(t)
  const { bind, uuid } = await openEnrollment(testbed, 'alice')
  const { uuid: bound } = await bind(newCardId())
  const another = newCardId()
  await refused(bind(another), 'SmartcardNotOfRequest')
  assert.deepEqual(await testbed.store.reader.listSmartcardsByCardId(another), [])
  assert.equal((await requestOf(testbed, uuid)).newSmartcardUuid, bound)
})

test('a card that is assigned to somebody else is refused, bound or active', async t => {
  const testbed = await openTestbed(t)
  const bob = await openEnrollment(testbed, 'bob')
  const alice = await openEnrollment(testbed, 'alice')
  const cardId = newCardId()
  await bob.bind(cardId)
  await refused(alice.bind(cardId), 'SmartcardInUse', /assigned/)
  const active = await enrolledCard(testbed, 'bob')
  await refused(alice.bind(active.smartcard.cardId), 'SmartcardInUse', /active/)
  assert.equal((await requestOf(testbed, alice.uuid)).status, 'approved')
})

test('an active card of one’s own is refused too: it serves one assignment at a time', async t => {
  const testbed = await openTestbed(t)
  const { smartcard } = await enrolledCard(testbed, 'alice')
  const alice = await openEnrollment(testbed, 'alice')
  await refused(alice.bind(smartcard.cardId), 'SmartcardInUse')
})

test('a retired card begins a new assignment with a uuid of its own', async t => {
  const testbed = await openTestbed(t)
  const { smartcard } = await enrolledCard(testbed, 'alice')
  await retireCard(testbed, 'alice', smartcard.uuid)
  const bob = await openEnrollment(testbed, 'bob')
  const again = await bob.bind(smartcard.cardId)
  assert.notEqual(again.uuid, smartcard.uuid)
  assert.equal(again.assignedUserUuid, bob.caller.user.uuid)
  assert.equal((await cardOf(testbed, smartcard.uuid)).status, 'retired')
})

test('a retired card is refused where the template takes no used cards', async t => {
  const testbed = await openTestbed(t, {
    organisation: withTemplate(virtualCard, template => {
      if (template.smartcard !== undefined) template.smartcard.allowSmartcardReuse = false
    }),
  })
  const { smartcard } = await enrolledCard(testbed, 'alice')
  await retireCard(testbed, 'alice', smartcard.uuid)
  const bob = await openEnrollment(testbed, 'bob')
  await refused(bob.bind(smartcard.cardId), 'SmartcardReuseForbidden')
  assert.equal((await bob.bind(newCardId())).status, 'assigned')
})

test('the card of a canceled request is free again', async t => {
  const testbed = await openTestbed(t)
  const alice = await openEnrollment(testbed, 'alice')
  const cardId = newCardId()
  const first = await alice.bind(cardId)
  await cancelRequest(testbed, alice.caller, alice.uuid)
  const bob = await openEnrollment(testbed, 'bob')
  assert.equal((await bob.bind(cardId)).status, 'assigned')
  assert.equal((await cardOf(testbed, first.uuid)).status, 'retired')
})

test('a software request takes no card', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const { uuid } = await createRequest(testbed, alice, enrollment(software))
  await refused(bindSmartcard(testbed, alice, binding(uuid, newCardId())), 'PolicyForbids', /software/)
})

test('nobody but the executor binds', async t => {
  const testbed = await openTestbed(t)
  const { uuid } = await openEnrollment(testbed, 'alice')
  for (const account of ['bob', 'mona', 'heidi', 'admin']) {
    const caller = await testbed.callerOf(account)
    await refused(bindSmartcard(testbed, caller, binding(uuid, newCardId())), 'NotPermitted', /execute/)
  }
  const alice = await testbed.callerOf('alice')
  const unknown = binding('00000000-0000-4000-8000-000000000000', newCardId())
  await refused(bindSmartcard(testbed, alice, unknown), 'RequestNotFound')
})

test('a card request gets no certificate before its card', async t => {
  const testbed = await openTestbed(t)
  const { caller, uuid } = await openEnrollment(testbed, 'alice')
  const submission = { certificationRequests: [certificationRequest()], pfxPassword: '', comments: '' }
  await refused(issueCertificates(testbed, caller, uuid, submission), 'SmartcardNotBound')
  assert.equal((await requestOf(testbed, uuid)).status, 'approved')
})

test('an unblock runs with the card that it is about, and no other', async t => {
  const testbed = await openTestbed(t)
  const { smartcard } = await enrolledCard(testbed, 'alice')
  const alice = await testbed.callerOf('alice')
  const { uuid } = await createRequest(
    testbed,
    alice,
    operation('unblock', { smartcardUuid: smartcard.uuid }),
  )
  await refused(bindSmartcard(testbed, alice, binding(uuid, newCardId())), 'SmartcardNotOfRequest')
  const bound = await bindSmartcard(testbed, alice, binding(uuid, smartcard.cardId))
  assert.equal(bound.uuid, smartcard.uuid)
  assert.equal(bound.status, 'active')
  assert.equal((await requestOf(testbed, uuid)).status, 'executing')
})
