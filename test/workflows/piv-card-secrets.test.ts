import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  diversifyManagementKey,
  type ManagementKeyType,
  managementKeyResponse,
} from '../../src/card/secrets/management-key.ts'
import { diversifyUnblockingKey } from '../../src/card/secrets/unblocking-key.ts'
import type { AdminKeyType } from '../../src/domain/admin-key-type.ts'
import { cancelRequest } from '../../src/workflows/requests/cancel-request.ts'
import { completeRequest } from '../../src/workflows/requests/complete-request.ts'
import { answerAuthenticationResponse } from '../../src/workflows/smartcards/answer-authentication-response.ts'
import { answerDiversifiedKey } from '../../src/workflows/smartcards/answer-diversified-key.ts'
import { answerUnblockingKey } from '../../src/workflows/smartcards/answer-unblocking-key.ts'
import { bindSmartcard } from '../../src/workflows/smartcards/bind-smartcard.ts'
import { openTestbed, type Testbed } from '../testbed/environment.ts'
import {
  approvedRequest,
  auditTrail,
  enrollment,
  issueOne,
  newCardId,
  operation,
  refused,
  virtualCard,
} from './stories.ts'

async function boundEnrollment(testbed: Testbed, adminKeyType: AdminKeyType, cardId = newCardId()) {
  const caller = await testbed.callerOf('alice')
  const { uuid: requestUuid } = await approvedRequest(testbed, caller, enrollment(virtualCard))
  const { uuid: smartcardUuid } = await bindSmartcard(testbed, caller, {
    requestUuid,
    cardId,
    answerToReset: null,
    adminKeyType,
  })
  return { caller, question: { requestUuid, smartcardUuid, cardId } }
}

const defaultKey = Buffer.from('010203040506070801020304050607080102030405060708', 'hex')
const types: readonly [ManagementKeyType, keyLength: number, blockLength: number][] = [
  ['3DES', 24, 8],
  ['AES-128', 16, 16],
  ['AES-192', 24, 16],
  ['AES-256', 32, 16],
]

for (const [type, keyLength, blockLength] of types) {
  test(`a card with a management key of ${type} gets a key and answers of that type`, async t => {
    const testbed = await openTestbed(t)
    const { caller, question } = await boundEnrollment(testbed, `PIV-${type}`)
    const key = await answerDiversifiedKey(testbed, caller, question)
    assert.equal(key.length, keyLength)
    assert.deepEqual(key, diversifyManagementKey(testbed.cardMasterKeys.current(), question.cardId, type))
    const challenge = testbed.randomness.bytes(blockLength)
    const answer = (diversified: boolean, asked = challenge) =>
      answerAuthenticationResponse(testbed, caller, { ...question, challenge: asked, diversified })
    assert.deepEqual(await answer(true), managementKeyResponse(type, key, challenge))
    if (keyLength === 24) {
      assert.deepEqual(await answer(false), managementKeyResponse(type, defaultKey, challenge))
    } else {
      await refused(answer(false), 'PolicyForbids', /default admin key/)
    }
    await refused(answer(true, new Uint8Array(blockLength === 8 ? 16 : 8)), 'InvalidParameter', /challenge/)
  })
}

test('what was said of a card for an assignment that has ended binds nobody', async t => {
  const testbed = await openTestbed(t)
  const { caller, question } = await boundEnrollment(testbed, 'PIV-AES-128')
  await answerDiversifiedKey(testbed, caller, question)
  await cancelRequest(testbed, caller, question.requestUuid)
  const again = await boundEnrollment(testbed, 'PIV-AES-192', question.cardId)
  const key = await answerDiversifiedKey(testbed, again.caller, again.question)
  assert.deepEqual(key, diversifyManagementKey(testbed.cardMasterKeys.current(), question.cardId, 'AES-192'))
})

test('the type stays while another assignment has the card', async t => {
  const testbed = await openTestbed(t)
  const { question } = await boundEnrollment(testbed, 'PIV-AES-128')
  await refused(boundEnrollment(testbed, 'PIV-AES-192', question.cardId), 'SmartcardInUse', /another/)
  const card = await testbed.store.reader.findPhysicalCard(question.cardId)
  assert.equal(card?.adminKeyType, 'PIV-AES-128')
})

test('a card gets a PUK by its enrollment, and another one each time that it is unblocked', async t => {
  const testbed = await openTestbed(t)
  const { caller, question } = await boundEnrollment(testbed, 'PIV-AES-192')
  const puk = (generation: number) =>
    diversifyUnblockingKey(testbed.cardMasterKeys.current(), question.cardId, generation)
  const first = { current: null, lastTold: null, next: puk(1), isCardNew: true }
  assert.deepEqual(await answerUnblockingKey(testbed, caller, question), first)
  assert.deepEqual(await answerUnblockingKey(testbed, caller, question), first)
  await issueOne(testbed, caller, question.requestUuid)
  await completeRequest(testbed, caller, question.requestUuid)

  const about = operation('unblock', { smartcardUuid: question.smartcardUuid })
  const { uuid } = await approvedRequest(testbed, caller, about)
  const unblocking = { ...question, requestUuid: uuid }
  const second = { current: puk(1), lastTold: null, next: puk(2), isCardNew: false }
  assert.deepEqual(await answerUnblockingKey(testbed, caller, unblocking), second)
  const trail = await auditTrail(testbed, uuid)
  assert.ok(trail.includes('unblocking-key-answered'))
  assert.ok(!JSON.stringify(await testbed.store.reader.listAuditRecordsOfRequest(uuid)).includes(puk(2)))
  await completeRequest(testbed, caller, uuid)
  const card = await testbed.store.reader.findPhysicalCard(question.cardId)
  assert.equal(card?.unblockingKeyGeneration, 2)
})

test('a request that ends without success leaves the PUK as it was', async t => {
  const testbed = await openTestbed(t)
  const { caller, question } = await boundEnrollment(testbed, 'PIV-AES-192')
  await issueOne(testbed, caller, question.requestUuid)
  await completeRequest(testbed, caller, question.requestUuid)
  const card = await testbed.store.reader.findPhysicalCard(question.cardId)
  assert.equal(card?.unblockingKeyGeneration, 0)
})

test('a GIDS card has no PUK', async t => {
  const testbed = await openTestbed(t)
  const { caller, question } = await boundEnrollment(testbed, 'GIDS-3DES')
  await refused(answerUnblockingKey(testbed, caller, question), 'PolicyForbids', /GIDS/)
})
