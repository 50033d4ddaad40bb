import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { ApiClient } from '../../src/client/api-client.ts'
import { type CardEnrollment, enrollSmartcard } from '../../src/client/card-enrollment.ts'
import {
  reissueProfile,
  renewSmartcard,
  replaceSmartcard,
  retireProfile,
  retireSmartcard,
  revoke,
  unblockSmartcard,
} from '../../src/client/operations.ts'
import { enrollSoftwareProfile, type SoftwareEnrollment } from '../../src/client/software-enrollment.ts'
import { listHeldCertificates } from '../../src/client/v1/certificates.ts'
import { requestStatus, smartcardStatus } from '../../src/client/v1/enumerations.ts'
import { getProfile, listOperations, listProfiles } from '../../src/client/v1/profiles.ts'
import { createRequest, getRequest, listRequests, setRequestStatus } from '../../src/client/v1/requests.ts'
import {
  bindSmartcard,
  findSmartcardByCardId,
  getDiversifiedKey,
  getSmartcard,
  listSmartcards,
} from '../../src/client/v1/smartcards.ts'
import { encodePem } from '../../src/x509/pem.ts'
import { startServer, type TestServer } from '../testbed/server.ts'
import { assertOpensslVerifies } from './openssl-verify.ts'
import { revocationReason } from './revocation.ts'
import { description, newCard, pin } from './walkthrough-client.ts'

const virtualSmartcardTemplate = '97cd65fa-af4b-4587-9309-0dd6bfd8b4e1'
const softwareTemplate = '12bd5120-86a2-4ee1-8d05-131066871578'
const logonTemplate = '2b7044cf-aa96-4911-b886-177947e9271b'
const answers = { 'Request Reason': 'Need VPN Certs' }
/** ProfileStatus Active on the wire. */
const activeProfile = 2
const defaultAdminKey = Buffer.from('010203040506070801020304050607080102030405060708', 'hex')

let server: TestServer
let alice: ApiClient
let bob: ApiClient
let heidi: ApiClient
let mona: ApiClient
before(async () => {
  server = await startServer()
  alice = await server.clientOf('alice')
  bob = await server.clientOf('bob')
  heidi = await server.clientOf('heidi')
  mona = await server.clientOf('mona')
})
after(() => server?.remove())

describe('a software profile', () => {
  let first: SoftwareEnrollment
  let second: SoftwareEnrollment

  test('is enrolled with a key that the client made', async () => {
    first = await enrollSoftwareProfile(alice, { profileTemplateUuid: softwareTemplate, description })
    const [certificate] = first.certificates
    assert.ok(certificate !== undefined)
    const key = createPrivateKey(certificate.privateKeyPem)
    assert.ok(new X509Certificate(certificate.certificatePem).checkPrivateKey(key))
    await assertOpensslVerifies(pemsOf(first))
    assert.deepEqual(
      (await listProfiles(alice, 'Active')).map(({ Uuid }) => Uuid),
      [first.profileUuid],
    )
  })

  test('is renewed: the new certificate is good, the old one is superseded', async () => {
    second = await reissueProfile(alice, 'Renew', first.profileUuid, description)
    await assertOpensslVerifies(pemsOf(second))
    assert.equal(await reasonFor(second), null)
    assert.equal(await reasonFor(first), 'Superseded')
    const profile = await getProfile(alice, second.profileUuid)
    assert.equal(profile?.ParentProfileUuid, first.profileUuid)
    assert.equal(profile?.Status, activeProfile)
  })

  test('is retired: its certificate is revoked and no operation is left', async () => {
    const request = await retireProfile(alice, second.profileUuid)
    assert.equal(request.Status, requestStatus.completed)
    assert.equal(await reasonFor(second), 'Cessation Of Operation')
    assert.deepEqual(await listProfiles(alice, 'Active'), [])
    assert.deepEqual(await listOperations(alice, { profile: second.profileUuid }), [])
  })
})

describe('a card whose template wants an approval', () => {
  let requestUuid: string

  test('is not enrolled before', async () => {
    await assert.rejects(enroll(alice, logonTemplate), { name: 'EnrollmentError', code: 'approval-pending' })
    const [request] = await listRequests(alice, { status: 'Pending' })
    requestUuid = request?.Uuid ?? ''
    assert.equal(request?.ProfileTemplateUuid, logonTemplate)
  })

  test('is approved by no one whom the policy does not name', async () => {
    for (const client of [alice, bob, heidi]) {
      await assert.rejects(approve(client, requestUuid), { name: 'ApiError', status: 403 })
    }
    assert.equal((await getRequest(alice, requestUuid))?.Status, requestStatus.pending)
  })

  test('is enrolled after mona approved', async () => {
    await approve(mona, requestUuid)
    assert.equal((await getRequest(alice, requestUuid))?.Status, requestStatus.approved)
    const enrollment = await enroll(alice, logonTemplate, { requestUuid })
    await assertOpensslVerifies(pemsOf(enrollment))
    await assert.rejects(approve(mona, requestUuid), { name: 'ApiError', status: 409 })
  })

  test('is not enrolled after mona denied', async () => {
    const other = await createRequest(alice, {
      type: 'Enroll',
      subject: { profiletemplateuuid: logonTemplate },
    })
    await approve(mona, other, 'Deny')
    assert.equal((await getRequest(alice, other))?.Status, requestStatus.denied)
    await assert.rejects(enroll(alice, logonTemplate, { requestUuid: other }), { code: 'request-ended' })
  })
})

describe('a card in use', () => {
  let card: CardEnrollment
  before(async () => {
    card = await enroll(alice)
  })

  test('is renewed: a new key and certificate beside the old ones, which are superseded', async () => {
    const renewed = await renewSmartcard(alice, card.smartcardUuid, card, description)
    await assertOpensslVerifies(pemsOf(renewed))
    assert.equal(await reasonFor(renewed), null)
    assert.equal(await reasonFor(card), 'Superseded')
    assert.notEqual(renewed.smartcardUuid, card.smartcardUuid)
    assert.equal((await getSmartcard(alice, card.smartcardUuid))?.Status, smartcardStatus.retired)
    const now = await getSmartcard(alice, renewed.smartcardUuid)
    assert.equal(now?.Status, smartcardStatus.active)
    assert.equal(now?.ParentSmartcardUuid, card.smartcardUuid)
    const found = await findSmartcardByCardId(alice, await card.card.readCardId())
    assert.equal(found?.Uuid, renewed.smartcardUuid)
    card = renewed
  })

  test('is unblocked after wrong PINs: the new PIN opens it and the keys are still there', async () => {
    await block(card)
    const newPin = '91-Tulip-2280'
    const { request } = await unblockSmartcard(alice, card.smartcardUuid, card.card, newPin)
    assert.equal(request.Status, requestStatus.completed)
    await assert.rejects(card.card.verifyPin(card.pin), { code: 'wrong-pin' })
    await card.card.verifyPin(newPin)
    const key = (await card.card.listKeys()).at(-1)
    assert.ok((await card.card.sign(key?.keyId ?? '', 'SHA-256', new Uint8Array(8))).length > 0)
    await card.card.disconnect()
    card = { ...card, pin: newPin }
    assert.equal(await reasonFor(card), null)
  })

  test('is unblocked by its owner on the request of the help desk, and of nobody else', async () => {
    await block(card)
    const unblock = { type: 'Unblock', subject: { smartcard: card.smartcardUuid } } as const
    await assert.rejects(createRequest(bob, unblock), { name: 'ApiError' })
    const requestUuid = await createRequest(heidi, unblock)
    await assert.rejects(unblockSmartcard(heidi, card.smartcardUuid, card.card, '1234-56', { requestUuid }), {
      name: 'ApiError',
      status: 403,
    })
    await unblockSmartcard(alice, card.smartcardUuid, card.card, pin, { requestUuid })
    await card.card.verifyPin(pin)
    await card.card.disconnect()
    card = { ...card, pin }
    const request = await getRequest(heidi, requestUuid)
    assert.equal(request?.Status, requestStatus.completed)
    assert.notEqual(request?.OriginatorUserUuid, request?.TargetUserUuid)
  })

  test('is replaced by another one when it is lost: its certificate counts as compromised', async () => {
    const replacement = await replaceSmartcard(alice, 'Recover', card.smartcardUuid, {
      createCard: newCard,
      pin,
      description,
    })
    await assertOpensslVerifies(pemsOf(replacement))
    assert.equal(await reasonFor(replacement), null)
    assert.equal(await reasonFor(card), 'Key Compromise')
    assert.equal((await getSmartcard(alice, card.smartcardUuid))?.Status, smartcardStatus.disabled)
    assert.equal((await getSmartcard(alice, replacement.smartcardUuid))?.Status, smartcardStatus.active)
    card = replacement
  })

  test('is retired: its certificate is revoked, its keys are erased', async () => {
    const request = await retireSmartcard(alice, card.smartcardUuid, card.card)
    assert.equal(request.Status, requestStatus.completed)
    assert.equal((await getSmartcard(alice, card.smartcardUuid))?.Status, smartcardStatus.retired)
    assert.equal(await reasonFor(card), 'Cessation Of Operation')
    assert.deepEqual(await card.card.listKeys(), [])
  })
})

test('a revoked card is disabled, and its certificate stands in the published list', async () => {
  const card = await enroll(alice)
  assert.equal(await reasonFor(card), null)
  const request = await revoke(alice, { smartcard: card.smartcardUuid })
  assert.equal(request.Status, requestStatus.completed)
  assert.equal(await reasonFor(card), 'Key Compromise')
  assert.equal((await getSmartcard(alice, card.smartcardUuid))?.Status, smartcardStatus.disabled)
})

test('a request that is canceled gives its card free', async () => {
  const card = newCard(defaultAdminKey)
  const cardId = await card.readCardId()
  const requestUuid = await createRequest(alice, {
    type: 'Enroll',
    subject: { profiletemplateuuid: virtualSmartcardTemplate },
    answers,
  })
  await bindSmartcard(alice, { requestUuid, cardId, answerToReset: card.answerToReset })
  assert.notEqual(await findSmartcardByCardId(alice, cardId), null)
  await assert.rejects(enroll(bob, virtualSmartcardTemplate, { createCard: () => card }), {
    name: 'ApiError',
    status: 409,
  })
  const canceled = await setRequestStatus(alice, requestUuid, 'Canceled')
  assert.equal(canceled.Status, requestStatus.canceled)
  const ofBob = await enroll(bob, virtualSmartcardTemplate, { createCard: () => card })
  assert.equal((await getSmartcard(bob, ofBob.smartcardUuid))?.Status, smartcardStatus.active)
})

describe("what is alice's", () => {
  let card: CardEnrollment
  before(async () => {
    card = await enroll(alice)
  })

  test('is seen by mona and not by bob', async () => {
    const cardId = await card.card.readCardId()
    const looks = [
      () => getRequest(bob, card.requestUuid),
      () => getSmartcard(bob, card.smartcardUuid),
      () => findSmartcardByCardId(bob, cardId),
      () => getProfile(bob, card.profileUuid),
      () => listHeldCertificates(bob, { smartcard: card.smartcardUuid }),
      () => listOperations(bob, { profile: card.profileUuid }),
    ]
    for (const look of looks) {
      await assert.rejects(look, { name: 'ApiError', errorCode: 'NotPermitted' }, look.toString())
    }
    const cards = (await listSmartcards(bob)).map(({ Uuid }) => Uuid)
    assert.ok(!cards.includes(card.smartcardUuid))
    assert.ok(!(await listRequests(bob)).some(({ Uuid }) => Uuid === card.requestUuid))
    assert.equal((await getSmartcard(mona, card.smartcardUuid))?.Uuid, card.smartcardUuid)
  })

  test('is not changed by bob, and no secret of it is told to bob', async () => {
    const { requestUuid, smartcardUuid, profileUuid } = card
    const open = await createRequest(alice, { type: 'Unblock', subject: { smartcard: smartcardUuid } })
    const cardOfRequest = { requestUuid: open, smartcardUuid, cardId: await card.card.readCardId() }
    const attempts = [
      () => revoke(bob, { smartcard: smartcardUuid }),
      () => revoke(bob, { profile: profileUuid }),
      () => createRequest(bob, { type: 'Recover', subject: { smartcard: smartcardUuid } }),
      () => setRequestStatus(bob, open, 'Canceled'),
      () => setRequestStatus(bob, open, 'Completed'),
      () => setRequestStatus(bob, requestUuid, 'Completed'),
      () => getDiversifiedKey(bob, cardOfRequest),
      () => unblockSmartcard(bob, smartcardUuid, card.card, pin, { requestUuid: open }),
    ]
    for (const attempt of attempts) {
      await assert.rejects(attempt, { name: 'ApiError', errorCode: 'NotPermitted' }, attempt.toString())
    }
    assert.equal((await getRequest(alice, open))?.Status, requestStatus.approved)
    assert.equal((await getSmartcard(alice, smartcardUuid))?.Status, smartcardStatus.active)
    assert.equal(await reasonFor(card), null)
  })
})

function enroll(
  client: ApiClient,
  profileTemplateUuid = virtualSmartcardTemplate,
  changes: Partial<Parameters<typeof enrollSmartcard>[1]> = {},
): Promise<CardEnrollment> {
  const isAsked = profileTemplateUuid === virtualSmartcardTemplate
  return enrollSmartcard(client, {
    profileTemplateUuid,
    answers: isAsked ? answers : {},
    createCard: newCard,
    pin,
    description,
    ...changes,
  })
}

async function approve(client: ApiClient, requestUuid: string, decision = 'Approve'): Promise<void> {
  await client.send({
    method: 'POST',
    path: `v2.0/requests/${requestUuid}/approvals`,
    body: { decision, comment: '' },
  })
}

/** Tries wrong PINs until the card takes none any more. */
async function block({ card }: CardEnrollment): Promise<void> {
  for (let left = 1; left > 0; ) {
    await assert.rejects(card.verifyPin('00000000'), (error: Error & { triesLeft?: number }) => {
      left = error.triesLeft ?? 0
      return true
    })
  }
  await assert.rejects(card.verifyPin(pin), { code: 'pin-blocked' })
}

function reasonFor(enrollment: CardEnrollment | SoftwareEnrollment): Promise<string | null> {
  const { certificatePem, issuingCertificatePem } = pemsOf(enrollment)
  return revocationReason(certificatePem, issuingCertificatePem)
}

function pemsOf(enrollment: CardEnrollment | SoftwareEnrollment) {
  const [certificatePem = '', issuingCertificatePem = '', rootCertificatePem = ''] =
    'card' in enrollment ? chainOfCard(enrollment) : chainOfProfile(enrollment)
  return { certificatePem, issuingCertificatePem, rootCertificatePem }
}

function chainOfCard({ certificates: [issued] }: CardEnrollment): string[] {
  assert.ok(issued !== undefined)
  return [issued.certificate, ...issued.authorities].map(({ der }) => encodePem('CERTIFICATE', der))
}

function chainOfProfile({ certificates: [issued] }: SoftwareEnrollment): string[] {
  assert.ok(issued !== undefined)
  return issued.chainPem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g) ?? []
}
