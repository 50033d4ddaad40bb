import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { authenticationResponse } from '../../src/card/secrets/admin-key.ts'
import { enrollSmartcard } from '../../src/client/card-enrollment.ts'
import {
  reissueProfile,
  renewSmartcard,
  replaceSmartcard,
  retireProfile,
  retireSmartcard,
  revoke,
  unblockSmartcard,
} from '../../src/client/operations.ts'
import { enrollSoftwareProfile } from '../../src/client/software-enrollment.ts'
import { description, newVirtualCard, startFake } from './contract-client.ts'
import {
  defaultAdminKey,
  type FakeCertificateManagement,
  softwareTemplateUuid,
  templateUuid,
} from './fake-certificate-management.ts'

const pin = '73-Orchid'
const answers = { 'Request Reason': 'Need VPN Certs' }

async function enrolled(t: TestContext, changes: Partial<FakeCertificateManagement> = {}) {
  const { server, client } = await startFake(t)
  Object.assign(server, changes)
  const enrollment = await enrollSmartcard(client, {
    profileTemplateUuid: templateUuid,
    createCard: newVirtualCard,
    answers,
    pin,
    description,
  })
  return { server, client, enrollment }
}

/** What was sent with a body, and to where, from the call on. */
function written(server: FakeCertificateManagement, from: number): string[] {
  return server.played
    .slice(from)
    .filter(({ method }) => method !== 'GET')
    .map(({ method, path, body }) =>
      [method, path.replace(/[0-9a-f-]{36}/g, '…'), body.type ?? body.status].filter(Boolean).join(' '),
    )
}

test('enrolls a card, with the certificate on it', async t => {
  const { server, enrollment } = await enrolled(t)
  const [key] = await enrollment.card.listKeys()
  assert.deepEqual(
    Buffer.from(await enrollment.card.readCertificate(key?.keyId ?? '')),
    Buffer.from(enrollment.certificates[0]?.certificate.der ?? []),
  )
  await assert.rejects(enrollment.card.sign(key?.keyId ?? '', 'SHA-256', new Uint8Array(1)), {
    code: 'security-status-not-satisfied',
  })
  assert.equal(server.requests.get(enrollment.requestUuid)?.status, 8)
  assert.deepEqual(server.requests.get(enrollment.requestUuid)?.answers, [answers])
})

test('sets the PIN that the server proposes where users do not choose it', async t => {
  const { enrollment } = await enrolled(t, {
    configurationChanges: { UserPinOption: 2 },
    proposedPin: '40921735',
  })
  assert.equal(enrollment.pin, '40921735')
  await enrollment.card.verifyPin('40921735')
})

test('renews on the same card: the old key stays, a new one is certified', async t => {
  const { server, client, enrollment } = await enrolled(t)
  const from = server.played.length
  const renewed = await renewSmartcard(client, enrollment.smartcardUuid, enrollment, description)
  assert.notEqual(renewed.smartcardUuid, enrollment.smartcardUuid)
  assert.deepEqual(written(server, from), [
    'POST requests Renew',
    'POST smartcards',
    'POST requests/…/certificatedata',
    'PUT requests/… Completed',
  ])
  assert.equal((await enrollment.card.listKeys()).length, 2)
  assert.equal(server.played.filter(({ path }) => path.includes('/diversifiedkey')).length, 1)
})

test('recovers onto a new card', async t => {
  const { server, client, enrollment } = await enrolled(t)
  const newCard = { createCard: newVirtualCard, pin: '98-Tulip', description }
  const recovered = await replaceSmartcard(client, 'Recover', enrollment.smartcardUuid, newCard)
  assert.notEqual(await recovered.card.readCardId(), await enrollment.card.readCardId())
  await recovered.card.verifyPin('98-Tulip')
  assert.equal(server.requests.get(recovered.requestUuid)?.type, 'Recover')
})

test('unblocks a card whose PIN was tried too often', async t => {
  const { server, client, enrollment } = await enrolled(t)
  const { card, smartcardUuid } = enrollment
  for (let attempt = 0; attempt < 5; attempt++) await assert.rejects(card.verifyPin('000000'))
  await assert.rejects(card.verifyPin(pin), { code: 'pin-blocked' })
  const from = server.played.length
  const { request } = await unblockSmartcard(client, smartcardUuid, card, '51-Daisy')
  assert.equal(request.Status, 8)
  await card.verifyPin('51-Daisy')
  assert.deepEqual(written(server, from), ['POST requests Unblock', 'PUT requests/… Completed'])
})

test('retires a card and erases it, as the policy says', async t => {
  const { server, client, enrollment } = await enrolled(t)
  const from = server.played.length
  const request = await retireSmartcard(client, enrollment.smartcardUuid, enrollment.card)
  assert.equal(request.Status, 8)
  assert.deepEqual(await enrollment.card.listKeys(), [])
  assert.deepEqual(written(server, from), [
    'POST requests Retire',
    'PUT requests/…/smartcards/… Retired',
    'PUT requests/… Completed',
  ])
})

test('retires a card that is not at hand', async t => {
  const { client, enrollment } = await enrolled(t)
  assert.equal((await retireSmartcard(client, enrollment.smartcardUuid, null)).Status, 8)
  assert.equal((await enrollment.card.listKeys()).length, 1)
})

test('revokes', async t => {
  const { server, client, enrollment } = await enrolled(t)
  const from = server.played.length
  await revoke(client, { smartcard: enrollment.smartcardUuid }, { comment: 'Left the company' })
  assert.deepEqual(written(server, from), ['POST requests Revoke', 'PUT requests/… Completed'])
})

test('leaves a request that waits for approval, and goes on with it later', async t => {
  const { server, client, enrollment } = await enrolled(t)
  server.initialStatus = 16
  await assert.rejects(retireSmartcard(client, enrollment.smartcardUuid, null), { code: 'approval-pending' })
  const pending = [...server.requests.values()].find(({ type }) => type === 'Retire') ?? assert.fail()
  pending.status = 3
  const request = await retireSmartcard(client, enrollment.smartcardUuid, null, { requestUuid: pending.uuid })
  assert.equal(request.Uuid, pending.uuid)
})

test('does not carry out what was denied', async t => {
  const { server, client, enrollment } = await enrolled(t)
  server.initialStatus = 4
  await assert.rejects(revoke(client, { smartcard: enrollment.smartcardUuid }), {
    code: 'request-ended',
    message: /is denied/,
  })
})

test('enrolls a software profile with a key made here, which the certificate is for', async t => {
  const { server, client } = await startFake(t)
  const { certificates, requestUuid, profileUuid } = await enrollSoftwareProfile(client, {
    profileTemplateUuid: softwareTemplateUuid,
    description,
  })
  const [issued, ...others] = certificates
  assert.ok(issued !== undefined && others.length === 0)
  const spki = (key: Parameters<typeof createPublicKey>[0]) =>
    createPublicKey(key).export({ type: 'spki', format: 'pem' })
  const certificate = new X509Certificate(issued.certificatePem)
  assert.ok(certificate.checkPrivateKey(createPrivateKey(issued.privateKeyPem)))
  assert.equal(spki(issued.privateKeyPem), certificate.publicKey.export({ type: 'spki', format: 'pem' }))
  assert.equal(issued.chainPem.match(/BEGIN CERTIFICATE/g)?.length, 3)
  assert.equal(server.requests.get(requestUuid)?.status, 8)
  assert.match(profileUuid, /^b99ff38c-/)
  const { status } = spawnSync('openssl', ['pkey', '-check', '-noout'], { input: issued.privateKeyPem })
  assert.equal(status, 0)
})

test('reissues and retires a software profile, which it names by profile', async t => {
  const { server, client } = await startFake(t)
  await reissueProfile(client, 'Renew', 'b99ff38c-6653-471f-ae3c-325bb351a6bc', description)
  await retireProfile(client, 'b99ff38c-6653-471f-ae3c-325bb351a6bc')
  const bodies = server.played.filter(({ path, method }) => method === 'POST' && path === 'requests')
  assert.deepEqual(
    bodies.map(({ body }) => body),
    ['Renew', 'Retire'].map(type => ({
      datacollection: '[]',
      type,
      profile: 'b99ff38c-6653-471f-ae3c-325bb351a6bc',
      comment: '',
    })),
  )
})

test('does not enroll a card for a template without smart cards', async t => {
  const { client } = await startFake(t)
  const options = { createCard: () => assert.fail('A card was made.'), pin, description }
  await assert.rejects(enrollSmartcard(client, { profileTemplateUuid: softwareTemplateUuid, ...options }), {
    code: 'not-offered',
  })
})

test('gives a new card its own admin key, so that the default one opens it no more', async t => {
  const { enrollment } = await enrolled(t)
  const challenge = await enrollment.card.requestChallenge()
  await assert.rejects(
    enrollment.card.authenticateAdministrator(authenticationResponse(defaultAdminKey, challenge)),
    { code: 'wrong-response' },
  )
})
