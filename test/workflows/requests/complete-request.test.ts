import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Request, SupportedRequestType } from '../../../src/domain/request.ts'
import { readRevocationList } from '../../../src/workflows/publication/read-revocation-list.ts'
import { cancelRequest } from '../../../src/workflows/requests/cancel-request.ts'
import { completeRequest } from '../../../src/workflows/requests/complete-request.ts'
import { createRequest } from '../../../src/workflows/requests/create-request.ts'
import { bindSmartcard } from '../../../src/workflows/smartcards/bind-smartcard.ts'
import { updateSmartcardStatus } from '../../../src/workflows/smartcards/update-smartcard-status.ts'
import { decodeCertificate } from '../../../src/x509/certificate.ts'
import { pem, run } from '../../ca/openssl.ts'
import { openTestbed, type Testbed } from '../../testbed/environment.ts'
import {
  auditTrail,
  cardOf,
  type EnrolledCard,
  enrolledCard,
  enrolledProfile,
  issueOne,
  newCardId,
  operation,
  profileStatusOf,
  recordsOf,
  refused,
  requestOf,
  runOnCard,
  virtualCard,
  withPolicy,
} from '../stories.ts'

/** The published revocation list as openssl reads it: serial numbers with their reasons; null where there is none. */
async function publishedRevocations(testbed: Testbed): Promise<Map<string, string> | null> {
  const der = await readRevocationList(testbed, testbed.certificationAuthority.uuid)
  if (der === null) return null
  const files = {
    'list.crl': der,
    'issuing.pem': pem('CERTIFICATE', testbed.certificationAuthority.certificate.der),
  }
  const { status, output } = run(
    'openssl',
    'crl -inform DER -in list.crl -CAfile issuing.pem -text -noout',
    files,
  )
  assert.equal(status, 0, output)
  assert.match(output, /verify OK/)
  const entries = output.split('Serial Number: ').slice(1)
  return new Map(
    entries.map(entry => {
      const [serialNumber = ''] = entry.split('\n')
      return [serialNumber.trim(), /Reason Code:[^\n]*\n\s*([^\n]+)/.exec(entry)?.[1]?.trim() ?? 'none']
    }),
  )
}

function serialNumberOf(certificate: Uint8Array): string {
  return Buffer.from(decodeCertificate(certificate).serialNumber).toString('hex').toUpperCase()
}

async function openOperation(
  testbed: Testbed,
  type: SupportedRequestType,
  about: { smartcardUuid: string } | { profileUuid: string },
  account = 'alice',
): Promise<Request> {
  return await createRequest(testbed, await testbed.callerOf(account), operation(type, about))
}

async function complete(testbed: Testbed, request: Request, account = 'alice'): Promise<Request> {
  return await completeRequest(testbed, await testbed.callerOf(account), request.uuid)
}

async function stateOfCertificate(testbed: Testbed, card: Pick<EnrolledCard, 'request'>) {
  const [record] = await recordsOf(testbed, card.request.uuid)
  return { state: record?.state, reason: record?.revocationReason, at: record?.revokedAt }
}

test('a renewal onto the same card begins a new assignment and retires the old one', async t => {
  const testbed = await openTestbed(t)
  const old = await enrolledCard(testbed, 'alice')
  const alice = await testbed.callerOf('alice')
  testbed.clock.advance(1000)
  const request = await openOperation(testbed, 'renew', { smartcardUuid: old.smartcard.uuid })
  const renewed = await runOnCard(testbed, alice, request, old.smartcard.cardId)

  assert.notEqual(renewed.smartcard.uuid, old.smartcard.uuid)
  assert.equal(renewed.smartcard.cardId, old.smartcard.cardId)
  assert.equal(renewed.smartcard.status, 'active')
  assert.equal(renewed.smartcard.parentSmartcardUuid, old.smartcard.uuid)
  const profile = await testbed.store.reader.findProfile(renewed.profileUuid)
  assert.equal(profile?.parentProfileUuid, old.profileUuid)
  assert.equal(profile.status, 'active')
  assert.equal(renewed.request.oldSmartcardUuid, old.smartcard.uuid)
  assert.equal(renewed.request.oldProfileUuid, old.profileUuid)
  assert.equal(renewed.request.newSmartcardUuid, renewed.smartcard.uuid)

  const ended = await cardOf(testbed, old.smartcard.uuid)
  assert.equal(ended.status, 'retired')
  assert.deepEqual(ended.flags, ['primary', 'superseded', 'reused'])
  assert.equal(await profileStatusOf(testbed, old.profileUuid), 'retired')
  assert.deepEqual(await stateOfCertificate(testbed, old), {
    state: 'revoked',
    reason: 'superseded',
    at: testbed.clock.now(),
  })
  assert.deepEqual(
    await publishedRevocations(testbed),
    new Map([[serialNumberOf(old.certificate), 'Superseded']]),
  )
})

test('a renewal onto a new card leaves the old one superseded', async t => {
  const testbed = await openTestbed(t)
  const old = await enrolledCard(testbed, 'alice')
  const alice = await testbed.callerOf('alice')
  const request = await openOperation(testbed, 'renew', { smartcardUuid: old.smartcard.uuid })
  const renewed = await runOnCard(testbed, alice, request)
  assert.notEqual(renewed.smartcard.cardId, old.smartcard.cardId)
  assert.equal(renewed.smartcard.parentSmartcardUuid, old.smartcard.uuid)
  const ended = await cardOf(testbed, old.smartcard.uuid)
  assert.equal(ended.status, 'retired')
  assert.deepEqual(ended.flags, ['primary', 'superseded'])
})

test('where the policy asks for a new card, a renewal refuses the old one', async t => {
  const testbed = await openTestbed(t, {
    organisation: withPolicy(virtualCard, 'renew', { reuseCard: false }),
  })
  const old = await enrolledCard(testbed, 'alice')
  const alice = await testbed.callerOf('alice')
  const request = await openOperation(testbed, 'renew', { smartcardUuid: old.smartcard.uuid })
  await refused(runOnCard(testbed, alice, request, old.smartcard.cardId), 'SmartcardReuseForbidden')
  assert.equal((await runOnCard(testbed, alice, request)).smartcard.status, 'active')
})

test('a renewal leaves the old certificate valid where the policy does not revoke it', async t => {
  const testbed = await openTestbed(t, {
    organisation: withPolicy(virtualCard, 'renew', {
      revocationSettings: { reason: 'superseded', revokeOldCertificates: false, publishBaseCrl: true },
    }),
  })
  const old = await enrolledCard(testbed, 'alice')
  const alice = await testbed.callerOf('alice')
  const request = await openOperation(testbed, 'renew', { smartcardUuid: old.smartcard.uuid })
  await runOnCard(testbed, alice, request)
  assert.equal((await stateOfCertificate(testbed, old)).state, 'issued')
  assert.deepEqual(await publishedRevocations(testbed), new Map())
})

test('a recovery disables the lost card, revokes it as compromised and publishes that', async t => {
  const testbed = await openTestbed(t)
  const old = await enrolledCard(testbed, 'alice')
  const alice = await testbed.callerOf('alice')
  const request = await openOperation(testbed, 'recover', { smartcardUuid: old.smartcard.uuid }, 'heidi')
  const recovered = await runOnCard(testbed, alice, request)
  assert.equal(recovered.smartcard.parentSmartcardUuid, old.smartcard.uuid)
  assert.equal((await cardOf(testbed, old.smartcard.uuid)).status, 'disabled')
  assert.equal(await profileStatusOf(testbed, old.profileUuid), 'disabled')
  assert.deepEqual(
    await publishedRevocations(testbed),
    new Map([[serialNumberOf(old.certificate), 'Key Compromise']]),
  )
})

test('an unblock changes nothing in the books, and its new card is its old one from the start', async t => {
  const testbed = await openTestbed(t)
  const old = await enrolledCard(testbed, 'alice')
  const request = await openOperation(testbed, 'unblock', { smartcardUuid: old.smartcard.uuid }, 'heidi')
  assert.deepEqual(
    [request.newSmartcardUuid, request.newProfileUuid, request.oldSmartcardUuid, request.oldProfileUuid],
    [old.smartcard.uuid, old.profileUuid, old.smartcard.uuid, old.profileUuid],
  )
  assert.equal((await complete(testbed, request)).status, 'completed')
  assert.deepEqual(await cardOf(testbed, old.smartcard.uuid), old.smartcard)
  assert.equal(await profileStatusOf(testbed, old.profileUuid), 'active')
  assert.equal((await stateOfCertificate(testbed, old)).state, 'issued')
  assert.equal(await publishedRevocations(testbed), null)
})

test('a retirement ends card and profile and revokes the certificate', async t => {
  const testbed = await openTestbed(t)
  const old = await enrolledCard(testbed, 'alice')
  const request = await openOperation(testbed, 'retire', { smartcardUuid: old.smartcard.uuid })
  await complete(testbed, request)
  assert.equal((await cardOf(testbed, old.smartcard.uuid)).status, 'retired')
  assert.equal(await profileStatusOf(testbed, old.profileUuid), 'retired')
  assert.deepEqual(
    await publishedRevocations(testbed),
    new Map([[serialNumberOf(old.certificate), 'Cessation Of Operation']]),
  )
  await refused(
    openOperation(testbed, 'renew', { smartcardUuid: old.smartcard.uuid }),
    'SmartcardStateForbids',
  )
})

test('a retirement revokes nothing where the policy says so', async t => {
  const testbed = await openTestbed(t, {
    organisation: withPolicy(virtualCard, 'retire', {
      revocationSettings: {
        reason: 'cessation-of-operation',
        revokeOldCertificates: false,
        publishBaseCrl: true,
      },
    }),
  })
  const old = await enrolledCard(testbed, 'alice')
  await complete(testbed, await openOperation(testbed, 'retire', { smartcardUuid: old.smartcard.uuid }))
  assert.equal((await cardOf(testbed, old.smartcard.uuid)).status, 'retired')
  assert.equal((await stateOfCertificate(testbed, old)).state, 'issued')
  assert.deepEqual(await publishedRevocations(testbed), new Map())
})

test('a revocation disables card and profile', async t => {
  const testbed = await openTestbed(t)
  const old = await enrolledCard(testbed, 'alice')
  const request = await openOperation(testbed, 'revoke', { smartcardUuid: old.smartcard.uuid }, 'mona')
  await complete(testbed, request, 'mona')
  assert.equal((await cardOf(testbed, old.smartcard.uuid)).status, 'disabled')
  assert.equal(await profileStatusOf(testbed, old.profileUuid), 'disabled')
  assert.deepEqual(
    await auditTrail(testbed, old.request.uuid).then(trail => trail.at(-1)),
    'certificate-revoked',
  )
  assert.deepEqual(
    await publishedRevocations(testbed),
    new Map([[serialNumberOf(old.certificate), 'Key Compromise']]),
  )
})

test('without immediate publication the revocation waits for the next list', async t => {
  const testbed = await openTestbed(t, {
    organisation: withPolicy(virtualCard, 'revoke', {
      revocationSettings: { reason: 'key-compromise', publishBaseCrl: false },
    }),
  })
  const old = await enrolledCard(testbed, 'alice')
  await complete(testbed, await openOperation(testbed, 'revoke', { smartcardUuid: old.smartcard.uuid }))
  assert.equal((await stateOfCertificate(testbed, old)).state, 'revoked')
  assert.equal(await publishedRevocations(testbed), null)
})

test('a software profile is renewed, recovered, revoked and retired by its profile', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  let { profileUuid } = await enrolledProfile(testbed, 'alice')
  for (const { type, old } of [
    { type: 'renew', old: 'retired' },
    { type: 'recover', old: 'disabled' },
  ] as const) {
    const request = await openOperation(testbed, type, { profileUuid })
    await issueOne(testbed, alice, request.uuid)
    const { newProfileUuid } = await complete(testbed, request)
    assert.equal(await profileStatusOf(testbed, profileUuid), old)
    assert.ok(newProfileUuid)
    const profile = await testbed.store.reader.findProfile(newProfileUuid)
    assert.equal(profile?.parentProfileUuid, profileUuid)
    assert.equal(profile.status, 'active')
    profileUuid = newProfileUuid
  }
  await complete(testbed, await openOperation(testbed, 'revoke', { profileUuid }))
  assert.equal(await profileStatusOf(testbed, profileUuid), 'disabled')
  await complete(testbed, await openOperation(testbed, 'retire', { profileUuid }))
  assert.equal(await profileStatusOf(testbed, profileUuid), 'retired')
  assert.equal((await publishedRevocations(testbed))?.size, 3)
  await refused(openOperation(testbed, 'unblock', { profileUuid }), 'PolicyForbids')
})

test('operations of other types, on unknown things or on nothing are refused', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const unknown = newCardId()
  const attempts = [
    { input: operation('duplicate', {}), code: 'RequestTypeNotSupported' },
    { input: operation('retire', {}), code: 'InvalidParameter' },
    { input: operation('retire', { smartcardUuid: unknown }), code: 'SmartcardNotFound' },
    { input: operation('retire', { profileUuid: unknown }), code: 'ProfileNotFound' },
    { input: operation('enroll', {}), code: 'InvalidParameter' },
    { input: operation('enroll', { profileTemplateUuid: unknown }), code: 'ProfileTemplateNotFound' },
    {
      input: operation('enroll', { profileTemplateUuid: virtualCard, targetUuid: unknown }),
      code: 'UserNotFound',
    },
  ] as const
  for (const { input, code } of attempts) await refused(createRequest(testbed, alice, input), code)
})

test('the status of a card is set before the request is completed, once', async t => {
  const testbed = await openTestbed(t)
  const old = await enrolledCard(testbed, 'alice')
  const alice = await testbed.callerOf('alice')
  const { uuid: smartcardUuid } = old.smartcard
  const request = await openOperation(testbed, 'retire', { smartcardUuid })
  const update = { requestUuid: request.uuid, smartcardUuid, status: 'retired' } as const
  await refused(
    updateSmartcardStatus(testbed, alice, { ...update, status: 'disabled' }),
    'SmartcardStateForbids',
  )
  assert.equal((await updateSmartcardStatus(testbed, alice, update)).status, 'retired')
  const before = await auditTrail(testbed, request.uuid)
  assert.deepEqual(before, ['request-created', 'smartcard-status-changed', 'request-executing'])
  assert.equal((await updateSmartcardStatus(testbed, alice, { ...update, status: null })).status, 'retired')
  assert.deepEqual(await auditTrail(testbed, request.uuid), before)
  assert.equal((await publishedRevocations(testbed))?.size, 1)
  assert.equal((await complete(testbed, request)).status, 'completed')
  await refused(updateSmartcardStatus(testbed, alice, update), 'RequestStateForbids')
})

test('the status of a card is none of the business of an unblock or another’s card', async t => {
  const testbed = await openTestbed(t)
  const [card, other] = [await enrolledCard(testbed, 'alice'), await enrolledCard(testbed, 'bob')]
  const alice = await testbed.callerOf('alice')
  const about = { smartcardUuid: card.smartcard.uuid }
  const unblock = await openOperation(testbed, 'unblock', about)
  const retire = await openOperation(testbed, 'retire', about)
  const set = (requestUuid: string, smartcardUuid: string, status: 'retired' | 'suspended' | null) =>
    updateSmartcardStatus(testbed, alice, { requestUuid, smartcardUuid, status })
  await refused(set(unblock.uuid, card.smartcard.uuid, 'retired'), 'SmartcardStateForbids')
  await refused(set(retire.uuid, other.smartcard.uuid, 'retired'), 'SmartcardNotOfRequest')
  await refused(set(retire.uuid, card.smartcard.uuid, 'suspended'), 'SmartcardStateForbids')
  assert.equal((await set(unblock.uuid, card.smartcard.uuid, null)).status, 'active')
  assert.equal((await cardOf(testbed, other.smartcard.uuid)).status, 'active')
})

test('a canceled renewal takes back what was new and leaves what was old', async t => {
  const testbed = await openTestbed(t)
  const old = await enrolledCard(testbed, 'alice')
  const alice = await testbed.callerOf('alice')
  const request = await openOperation(testbed, 'renew', { smartcardUuid: old.smartcard.uuid })
  const { cardId } = old.smartcard
  const bound = await bindSmartcard(testbed, alice, {
    requestUuid: request.uuid,
    cardId,
    answerToReset: null,
  })
  await issueOne(testbed, alice, request.uuid)
  const canceled = await cancelRequest(testbed, alice, request.uuid)

  assert.equal(canceled.status, 'canceled')
  assert.deepEqual(canceled.completed, testbed.clock.now())
  assert.equal((await cardOf(testbed, bound.uuid)).status, 'retired')
  assert.equal(await profileStatusOf(testbed, bound.profileUuid), 'retired')
  assert.deepEqual(
    (await recordsOf(testbed, request.uuid)).map(({ state, revocationReason }) => [state, revocationReason]),
    [['revoked', 'cessation-of-operation']],
  )
  assert.deepEqual((await auditTrail(testbed, request.uuid)).slice(-3), [
    'smartcard-status-changed',
    'certificate-revoked',
    'request-canceled',
  ])
  assert.deepEqual(await cardOf(testbed, old.smartcard.uuid), old.smartcard)
  assert.equal(await profileStatusOf(testbed, old.profileUuid), 'active')
  assert.equal((await stateOfCertificate(testbed, old)).state, 'issued')

  const again = await openOperation(testbed, 'renew', { smartcardUuid: old.smartcard.uuid })
  const renewed = await runOnCard(testbed, alice, again, cardId)
  assert.equal(renewed.smartcard.status, 'active')
})

test('canceling an operation on a card leaves the card alone', async t => {
  const testbed = await openTestbed(t)
  const old = await enrolledCard(testbed, 'alice')
  const alice = await testbed.callerOf('alice')
  for (const type of ['unblock', 'retire', 'revoke', 'recover'] as const) {
    const request = await openOperation(testbed, type, { smartcardUuid: old.smartcard.uuid })
    await cancelRequest(testbed, alice, request.uuid)
    assert.deepEqual(await cardOf(testbed, old.smartcard.uuid), old.smartcard)
    assert.equal((await stateOfCertificate(testbed, old)).state, 'issued')
  }
})

test('a whole life leaves the expected trail', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const enrolled = await enrolledCard(testbed, 'alice')
  const about = { smartcardUuid: enrolled.smartcard.uuid }
  const renewal = await openOperation(testbed, 'renew', about)
  const renewed = await runOnCard(testbed, alice, renewal, enrolled.smartcard.cardId)
  const unblock = await openOperation(testbed, 'unblock', { smartcardUuid: renewed.smartcard.uuid }, 'heidi')
  await complete(testbed, unblock)
  const revocation = await openOperation(testbed, 'revoke', { smartcardUuid: renewed.smartcard.uuid }, 'mona')
  await complete(testbed, revocation, 'mona')
  const retirement = await openOperation(testbed, 'retire', { smartcardUuid: renewed.smartcard.uuid })
  await complete(testbed, retirement)

  const trails = [enrolled.request, renewal, unblock, revocation, retirement].map(({ uuid }) =>
    auditTrail(testbed, uuid),
  )
  const issued = ['smartcard-bound', 'certificate-prepared', 'certificate-issued', 'smartcard-status-changed']
  assert.deepEqual(await Promise.all(trails), [
    ['request-created', ...issued, 'request-completed', 'certificate-revoked'],
    ['request-created', ...issued, 'smartcard-status-changed', 'request-completed', 'certificate-revoked'],
    ['request-created', 'request-completed'],
    ['request-created', 'smartcard-status-changed', 'request-completed'],
    ['request-created', 'smartcard-status-changed', 'request-completed'],
  ])
  const records = await testbed.store.reader.listAuditRecordsOfRequest(revocation.uuid)
  const mona = await testbed.callerOf('mona')
  assert.ok(records.every(({ actorUuid }) => actorUuid === mona.user.uuid))
  assert.deepEqual(records[1]?.facts, { from: 'active', to: 'disabled' })
  assert.deepEqual(records[1]?.subject, renewed.smartcard.uuid)
})

test('a revocation list that cannot be published takes nothing back, and the fault is reported', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const { smartcard } = await enrolledCard(testbed, 'alice')
  const { uuid } = await createRequest(testbed, alice, operation('revoke', { smartcardUuid: smartcard.uuid }))
  const cause = new Error('the key is gone')
  const reported: unknown[] = []
  const environment = {
    ...testbed,
    certificationAuthority: {
      ...testbed.certificationAuthority,
      signRevocationList: async () => {
        throw cause
      },
    },
    faults: { report: (_what: string, error: unknown) => void reported.push(error) },
  }
  assert.equal((await completeRequest(environment, alice, uuid)).status, 'completed')
  assert.deepEqual(reported, [cause])
  assert.equal((await cardOf(testbed, smartcard.uuid)).status, 'disabled')
})

for (const type of ['retire', 'revoke'] as const) {
  test(`a ${type} request that its own card is bound to executes, and names no new card`, async t => {
    const testbed = await openTestbed(t)
    const alice = await testbed.callerOf('alice')
    const { smartcard } = await enrolledCard(testbed, 'alice')
    const { uuid } = await createRequest(testbed, alice, operation(type, { smartcardUuid: smartcard.uuid }))
    const binding = { requestUuid: uuid, cardId: smartcard.cardId, answerToReset: null }
    assert.equal((await bindSmartcard(testbed, alice, binding)).uuid, smartcard.uuid)
    const request = await requestOf(testbed, uuid)
    assert.deepEqual(
      [request.status, request.newSmartcardUuid, request.newProfileUuid],
      ['executing', null, null],
    )
  })
}
