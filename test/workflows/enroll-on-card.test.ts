import assert from 'node:assert/strict'
import { test } from 'node:test'
import { abandonRequest } from '../../src/workflows/requests/abandon-request.ts'
import { approveRequest } from '../../src/workflows/requests/approve-request.ts'
import { completeRequest } from '../../src/workflows/requests/complete-request.ts'
import { createRequest } from '../../src/workflows/requests/create-request.ts'
import { bindSmartcard } from '../../src/workflows/smartcards/bind-smartcard.ts'
import { decodeCertificate } from '../../src/x509/certificate.ts'
import { decodeName, formatName } from '../../src/x509/names/distinguished-name.ts'
import { demoOrganisation, openTestbed } from '../testbed/environment.ts'
import { certificationRequest, publicKeyInfo, rsaKey } from './certification-request.ts'
import {
  approvedRequest,
  auditTrail,
  enrolledCard,
  enrollment,
  issue,
  issueOne,
  logonCard,
  newCardId,
  profileStatusOf,
  refused,
  requestOf,
  runOnCard,
  software,
  virtualCard,
  withAll,
  withPolicy,
  withUser,
} from './stories.ts'

const approve = { decision: 'approve', comment: 'Known to me' } as const
const deny = { decision: 'deny', comment: 'Who is this?' } as const

test('a self-service enrollment is approved at once and ends with an active card and profile', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const request = await createRequest(testbed, alice, enrollment(virtualCard))
  assert.equal(request.status, 'approved')
  const { smartcard, certificate, ...enrolled } = await runOnCard(testbed, alice, request)

  assert.equal(smartcard.status, 'active')
  assert.equal(smartcard.assignedUserUuid, alice.user.uuid)
  assert.equal(smartcard.parentSmartcardUuid, null)
  assert.equal(await profileStatusOf(testbed, enrolled.profileUuid), 'active')
  assert.equal(enrolled.request.status, 'completed')
  assert.deepEqual(enrolled.request.completed, testbed.clock.now())
  assert.equal(enrolled.request.newSmartcardUuid, smartcard.uuid)
  assert.equal(enrolled.request.newProfileUuid, smartcard.profileUuid)
  assert.deepEqual(decodeCertificate(certificate).subjectPublicKeyInfo.der, publicKeyInfo(rsaKey))
  assert.deepEqual(await requestOf(testbed, request.uuid), enrolled.request)
})

test('a data collection item that is required and left open is refused, and nothing is kept', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  await refused(
    createRequest(testbed, alice, enrollment(virtualCard, { dataCollection: [] })),
    'InvalidParameter',
    /Request Reason/,
  )
  const all = { involving: null, target: null, status: null, after: null, limit: 10 }
  assert.deepEqual(await testbed.store.reader.listRequests(all), [])
})

test('a template that the caller may not enroll for is refused with the rule', async t => {
  const testbed = await openTestbed(t)
  const heidi = await testbed.callerOf('heidi')
  await refused(createRequest(testbed, heidi, enrollment(virtualCard)), 'NotPermitted', /right enroll/)
})

test('a priority is kept where the policy collects it and is the default elsewhere', async t => {
  const organisation = withPolicy(software, 'enroll', {
    collectRequestPriority: false,
    defaultRequestPriority: 7,
  })
  const testbed = await openTestbed(t, { organisation })
  const alice = await testbed.callerOf('alice')
  const asked = await createRequest(testbed, alice, enrollment(virtualCard, { priority: 4 }))
  const forced = await createRequest(testbed, alice, enrollment(software, { priority: 4 }))
  assert.deepEqual([asked.priority, forced.priority], [4, 7])
  await refused(
    createRequest(testbed, alice, enrollment(virtualCard, { priority: 256 })),
    'InvalidParameter',
    /priority/,
  )
})

test('a manager enrolls for a subscriber, who alone can carry it out', async t => {
  const testbed = await openTestbed(t)
  const [alice, mona] = [await testbed.callerOf('alice'), await testbed.callerOf('mona')]
  const request = await createRequest(testbed, mona, enrollment(virtualCard, { targetUuid: alice.user.uuid }))
  assert.equal(request.originatorUuid, mona.user.uuid)
  assert.equal(request.targetUuid, alice.user.uuid)
  await refused(runOnCard(testbed, mona, request), 'NotPermitted', /execute/)
  const { smartcard } = await runOnCard(testbed, alice, request)
  assert.equal(smartcard.assignedUserUuid, alice.user.uuid)
})

test('where the policy asks for an enrollment agent, the agent carries it out and the target cannot', async t => {
  const testbed = await openTestbed(t, {
    organisation: withPolicy(virtualCard, 'enroll', {
      enrollAgentRequired: true,
      authorizedEnrollmentAgents: ['EnrollmentAgents'],
    }),
  })
  const [alice, heidi] = [await testbed.callerOf('alice'), await testbed.callerOf('heidi')]
  const request = await createRequest(testbed, alice, enrollment(virtualCard))
  assert.equal(request.isEnrollmentAgentRequired, true)
  await refused(runOnCard(testbed, alice, request), 'NotPermitted')
  const { smartcard, certificate } = await runOnCard(testbed, heidi, request)
  assert.equal(smartcard.assignedUserUuid, alice.user.uuid)
  assert.match(formatName(decodeName(decodeCertificate(certificate).subject)), /CN=Alice Adams/)
})

test('a request that needs an approval waits for it, and runs after it', async t => {
  const testbed = await openTestbed(t)
  const [alice, mona] = [await testbed.callerOf('alice'), await testbed.callerOf('mona')]
  const request = await createRequest(testbed, alice, enrollment(logonCard))
  assert.equal(request.status, 'pending')
  const binding = { requestUuid: request.uuid, cardId: newCardId(), answerToReset: null }
  await refused(bindSmartcard(testbed, alice, binding), 'RequestStateForbids')
  await refused(issue(testbed, alice, request.uuid, certificationRequest()), 'RequestStateForbids')
  await refused(completeRequest(testbed, alice, request.uuid), 'RequestStateForbids')

  const approved = await approveRequest(testbed, mona, request.uuid, approve)
  assert.equal(approved.status, 'approved')
  const { smartcard } = await runOnCard(testbed, alice, approved)
  assert.equal(smartcard.status, 'active')
})

test('one denial ends a request', async t => {
  const testbed = await openTestbed(t)
  const [alice, mona] = [await testbed.callerOf('alice'), await testbed.callerOf('mona')]
  const request = await createRequest(testbed, alice, enrollment(logonCard))
  assert.equal((await approveRequest(testbed, mona, request.uuid, deny)).status, 'denied')
  await refused(approveRequest(testbed, mona, request.uuid, approve), 'RequestStateForbids')
  await refused(runOnCard(testbed, alice, request), 'RequestStateForbids')
  assert.equal((await requestOf(testbed, request.uuid)).status, 'denied')
})

test('where two approvals are needed, the second one approves', async t => {
  const testbed = await openTestbed(t, {
    organisation: withAll(
      withUser('milo', { group: 'Managers' }),
      withPolicy(logonCard, 'enroll', { approvalsNeeded: 2 }),
    ),
  })
  const [alice, mona, milo] = await Promise.all(['alice', 'mona', 'milo'].map(testbed.callerOf))
  assert.ok(alice && mona && milo)
  const request = await createRequest(testbed, alice, enrollment(logonCard))

  assert.equal((await approveRequest(testbed, mona, request.uuid, approve)).status, 'pending')
  await refused(approveRequest(testbed, mona, request.uuid, approve), 'DuplicateApproval')
  await refused(approveRequest(testbed, mona, request.uuid, deny), 'DuplicateApproval')
  assert.equal((await requestOf(testbed, request.uuid)).status, 'pending')
  assert.equal((await approveRequest(testbed, milo, request.uuid, approve)).status, 'approved')
  const approvals = await testbed.store.reader.listApprovals(request.uuid)
  assert.deepEqual(
    new Set(approvals.map(({ approverUuid, decision }) => `${approverUuid} ${decision}`)),
    new Set([`${mona.user.uuid} approve`, `${milo.user.uuid} approve`]),
  )
})

test('whoever made a request cannot approve it, approver or not', async t => {
  const testbed = await openTestbed(t)
  const [alice, mona] = [await testbed.callerOf('alice'), await testbed.callerOf('mona')]
  const request = await createRequest(testbed, mona, enrollment(logonCard, { targetUuid: alice.user.uuid }))
  await refused(approveRequest(testbed, mona, request.uuid, approve), 'NotPermitted', /approve/)
  await refused(approveRequest(testbed, alice, request.uuid, approve), 'NotPermitted')
  assert.equal((await requestOf(testbed, request.uuid)).status, 'pending')
})

test('an approval of a request that needs none is refused', async t => {
  const testbed = await openTestbed(t)
  const [alice, mona] = [await testbed.callerOf('alice'), await testbed.callerOf('mona')]
  const request = await createRequest(testbed, alice, enrollment(virtualCard))
  await refused(approveRequest(testbed, mona, request.uuid, approve), 'NotPermitted')
  await refused(
    approveRequest(testbed, mona, '00000000-0000-4000-8000-000000000000', approve),
    'RequestNotFound',
  )
})

test('completing without the certificates is refused and names them; the request goes on', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const request = await createRequest(testbed, alice, enrollment(virtualCard))
  await refused(completeRequest(testbed, alice, request.uuid), 'CertificatesMissing', /VirtualSmartcardVPN/)
  await bindSmartcard(testbed, alice, { requestUuid: request.uuid, cardId: newCardId(), answerToReset: null })
  await refused(completeRequest(testbed, alice, request.uuid), 'CertificatesMissing', /VirtualSmartcardVPN/)
  await issueOne(testbed, alice, request.uuid)
  assert.equal((await completeRequest(testbed, alice, request.uuid)).status, 'completed')
  await refused(completeRequest(testbed, alice, request.uuid), 'RequestStateForbids')
  await refused(abandonRequest(testbed, alice, request.uuid), 'RequestStateForbids')
})

test('a request keeps the policy of the template version that it was made under', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const request = await approvedRequest(testbed, alice, enrollment(virtualCard))
  await testbed.import(withPolicy(virtualCard, 'enroll', { enabled: false })(demoOrganisation()))
  await refused(createRequest(testbed, alice, enrollment(virtualCard)), 'PolicyForbids', /not enabled/)
  const { smartcard } = await runOnCard(testbed, alice, request)
  assert.equal(smartcard.profileTemplateVersion, 1)
})

test('every step of an enrollment leaves its audit record', async t => {
  const testbed = await openTestbed(t)
  const { request } = await enrolledCard(testbed, 'alice', { template: logonCard })
  assert.deepEqual(await auditTrail(testbed, request.uuid), [
    'request-created',
    'request-approved',
    'smartcard-bound',
    'certificate-prepared',
    'certificate-issued',
    'smartcard-status-changed',
    'request-completed',
  ])
})
