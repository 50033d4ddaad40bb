import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { parseAdminKeyHex } from '../../src/card/secrets/admin-key.ts'
import { createRequest, type RequestSubject } from '../../src/client/create-request.ts'
import { beginRequest } from '../../src/client/enrollment/begin-request.ts'
import { endUse } from '../../src/client/enrollment/end-use.ts'
import type { EnrollmentRun } from '../../src/client/enrollment/enrollment-run.ts'
import { fillCard } from '../../src/client/enrollment/fill-card.ts'
import type { CertificateOfKey } from '../../src/client/enrollment/issue-certificates-to.ts'
import { unblockCard } from '../../src/client/enrollment/unblock-card.ts'
import { type RequestType, requestStatus, smartcardStatus } from '../../src/client/enumerations.ts'
import type { CardinalClient } from '../../src/client/library/create-cardinal-client.ts'
import { findSmartcardByCardId, listSmartcards } from '../../src/client/list-smartcards.ts'
import {
  bindSmartcard,
  getAuthenticationResponse,
  getDiversifiedKey,
} from '../../src/client/walkthrough/card-of-request.ts'
import {
  type BenchCard,
  cardTemplate,
  end,
  newBenchCard,
  newKeeper,
  noWords,
  person,
  runOf,
} from '../client/enrollment/enrollment-bench.ts'
import {
  chainOf,
  enrollSoftwareProfile,
  fillProfileInMemory,
  type SoftwareEnrollment,
} from '../client/enrollment/software-enrollment.ts'
import { startServer, type TestServer } from '../testbed/server.ts'
import { assertOpensslVerifies } from './openssl-verify.ts'
import { revocationReason } from './revocation.ts'
import { pin } from './walkthrough-client.ts'

const logonTemplate = '2b7044cf-aa96-4911-b886-177947e9271b'
const answers = { 'Request Reason': 'Need VPN Certs' }
/** ProfileStatus Active on the wire. */
const activeProfile = 2
const defaultAdminKey = parseAdminKeyHex('010203040506070801020304050607080102030405060708')

/** A card, and what its last enrollment made of it. */
interface CardEnrollment {
  readonly card: BenchCard
  readonly pin: string
  readonly requestUuid: string
  readonly smartcardUuid: string
  readonly profileUuid: string
  readonly certificates: readonly CertificateOfKey[]
}

let server: TestServer
let alice: CardinalClient
let bob: CardinalClient
let heidi: CardinalClient
let mona: CardinalClient
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
    first = await enrollSoftwareProfile(alice)
    const key = createPrivateKey(first.privateKeyPem)
    assert.ok(new X509Certificate(first.certificatePem).checkPrivateKey(key))
    await assertOpensslVerifies(pemsOf(first))
    assert.deepEqual(
      (await alice.call('GET /v1.0/profiles', { query: { status: 'Active' } }))?.map(({ Uuid }) => Uuid),
      [first.profileUuid],
    )
  })

  test('is renewed: the new certificate is good, the old one is superseded', async () => {
    second = await fillProfileInMemory(await runAbout(alice, 'Renew', { profile: first.profileUuid }))
    await assertOpensslVerifies(pemsOf(second))
    assert.equal(await reasonFor(second), null)
    assert.equal(await reasonFor(first), 'Superseded')
    const profile = await alice.call('GET /v1.0/profiles/{id}', { path: { id: second.profileUuid } })
    assert.equal(profile?.ParentProfileUuid, first.profileUuid)
    assert.equal(profile?.Status, activeProfile)
  })

  test('is retired: its certificate is revoked and no operation is left', async () => {
    const request = await end(alice, 'Retire', { profile: second.profileUuid })
    assert.equal(request.Status, requestStatus.completed)
    assert.equal(await reasonFor(second), 'Cessation Of Operation')
    assert.equal(await alice.call('GET /v1.0/profiles', { query: { status: 'Active' } }), null)
    const path = { id: second.profileUuid }
    assert.equal(await alice.call('GET /v1.0/profiles/{id}/operations', { path }), null)
  })
})

describe('a card whose template wants an approval', () => {
  let requestUuid: string

  test('is not enrolled before', async () => {
    await assert.rejects(enroll(alice, logonTemplate), { name: 'EnrollmentError', code: 'approval-pending' })
    const [request] = (await alice.call('GET /v1.0/requests', { query: { status: 'Pending' } })) ?? []
    requestUuid = request?.Uuid ?? ''
    assert.equal(request?.ProfileTemplateUuid, logonTemplate)
  })

  test('is approved by no one whom the policy does not name', async () => {
    for (const client of [alice, bob, heidi]) {
      await assert.rejects(approve(client, requestUuid), { name: 'CardinalApiError', status: 403 })
    }
    assert.equal(await statusOf(alice, requestUuid), requestStatus.pending)
  })

  test('is enrolled after mona approved', async () => {
    await approve(mona, requestUuid)
    assert.equal(await statusOf(alice, requestUuid), requestStatus.approved)
    const enrollment = await enroll(alice, logonTemplate, requestUuid)
    await assertOpensslVerifies(pemsOf(enrollment))
    await assert.rejects(approve(mona, requestUuid), { name: 'CardinalApiError', status: 409 })
  })

  test('is not enrolled after mona denied', async () => {
    const other = await createRequest(alice, {
      type: 'Enroll',
      subject: { profiletemplateuuid: logonTemplate },
    })
    await approve(mona, other, 'Deny')
    assert.equal(await statusOf(alice, other), requestStatus.denied)
    await assert.rejects(enroll(alice, logonTemplate, other), { code: 'request-ended' })
  })
})

describe('a card in use', () => {
  let card: CardEnrollment
  before(async () => {
    card = await enroll(alice)
  })

  test('is renewed: a new key and certificate beside the old ones, which are superseded', async () => {
    const renewed = await fill(alice, 'Renew', { smartcard: card.smartcardUuid }, { card: card.card })
    await assertOpensslVerifies(pemsOf(renewed))
    assert.equal(await reasonFor(renewed), null)
    assert.equal(await reasonFor(card), 'Superseded')
    assert.notEqual(renewed.smartcardUuid, card.smartcardUuid)
    assert.equal(await cardStatus(alice, card.smartcardUuid), smartcardStatus.retired)
    const now = await alice.call('GET /v1.0/smartcards/{id}', { path: { id: renewed.smartcardUuid } })
    assert.equal(now?.Status, smartcardStatus.active)
    assert.equal(now?.ParentSmartcardUuid, card.smartcardUuid)
    const found = await findSmartcardByCardId(alice, await cardIdOf(card.card))
    assert.equal(found?.Uuid, renewed.smartcardUuid)
    card = renewed
  })

  test('is unblocked after wrong PINs: the new PIN opens it and the keys are still there', async () => {
    await block(card)
    const newPin = '91-Tulip-2280'
    const request = await unblock(alice, card, newPin)
    assert.equal(request.Status, requestStatus.completed)
    const opened = await card.card.open()
    await assert.rejects(opened.verifyPin(card.pin), { code: 'wrong-pin' })
    await opened.verifyPin(newPin)
    const key = (await opened.listKeys()).at(-1)
    assert.ok((await opened.sign(key?.keyId ?? '', 'SHA-256', new Uint8Array(8))).length > 0)
    await opened.disconnect()
    card = { ...card, pin: newPin }
    assert.equal(await reasonFor(card), null)
  })

  test('is unblocked by its owner on the request of the help desk, and of nobody else', async () => {
    await block(card)
    const wanted = { type: 'Unblock', subject: { smartcard: card.smartcardUuid } } as const
    await assert.rejects(createRequest(bob, wanted), { name: 'CardinalApiError' })
    const requestUuid = await createRequest(heidi, wanted)
    const cardOfRequest = {
      requestUuid,
      smartcardUuid: card.smartcardUuid,
      cardId: await cardIdOf(card.card),
    }
    await assert.rejects(getAuthenticationResponse(heidi, cardOfRequest, new Uint8Array(8), true), {
      name: 'CardinalApiError',
      status: 403,
    })
    await assert.rejects(unblock(heidi, card, '1234-56', requestUuid), { code: 'card-in-use' })
    await unblock(alice, card, pin, requestUuid)
    const opened = await card.card.open()
    await opened.verifyPin(pin)
    await opened.disconnect()
    card = { ...card, pin }
    const request = await heidi.call('GET /v1.0/requests/{id}', { path: { id: requestUuid } })
    assert.equal(request?.Status, requestStatus.completed)
    assert.notEqual(request?.OriginatorUserUuid, request?.TargetUserUuid)
  })

  test('is replaced by another one when it is lost: its certificate counts as compromised', async () => {
    const replacement = await fill(alice, 'Recover', { smartcard: card.smartcardUuid })
    await assertOpensslVerifies(pemsOf(replacement))
    assert.equal(await reasonFor(replacement), null)
    assert.equal(await reasonFor(card), 'Key Compromise')
    assert.equal(await cardStatus(alice, card.smartcardUuid), smartcardStatus.disabled)
    assert.equal(await cardStatus(alice, replacement.smartcardUuid), smartcardStatus.active)
    card = replacement
  })

  test('is retired: its certificate is revoked, its keys are erased', async () => {
    const run = await runAbout(alice, 'Retire', { smartcard: card.smartcardUuid })
    const request = await endUse(run, () => card.card.open(), person(), noWords)
    assert.equal(request.Status, requestStatus.completed)
    assert.equal(await cardStatus(alice, card.smartcardUuid), smartcardStatus.retired)
    assert.equal(await reasonFor(card), 'Cessation Of Operation')
    assert.deepEqual(await (await card.card.open()).listKeys(), [])
  })
})

test('a revoked card is disabled, and its certificate stands in the published list', async () => {
  const card = await enroll(alice)
  assert.equal(await reasonFor(card), null)
  const request = await end(alice, 'Revoke', { smartcard: card.smartcardUuid })
  assert.equal(request.Status, requestStatus.completed)
  assert.equal(await reasonFor(card), 'Key Compromise')
  assert.equal(await cardStatus(alice, card.smartcardUuid), smartcardStatus.disabled)
})

test('a request that is canceled gives its card free', async () => {
  const card = await newBenchCard('GIDS')
  const opened = await card.open()
  const cardId = await opened.furnish(defaultAdminKey)
  const { answerToReset } = opened
  await opened.disconnect()
  const subject = { profiletemplateuuid: cardTemplate }
  const requestUuid = await createRequest(alice, { type: 'Enroll', subject, answers })
  await bindSmartcard(alice, { requestUuid, cardId, answerToReset })
  assert.notEqual(await findSmartcardByCardId(alice, cardId), null)
  const bobs = await createRequest(bob, { type: 'Enroll', subject, answers })
  await assert.rejects(bindSmartcard(bob, { requestUuid: bobs, cardId, answerToReset }), {
    name: 'CardinalApiError',
    status: 409,
  })
  await assert.rejects(fill(bob, 'Enroll', subject, { card, requestUuid: bobs }), { code: 'card-in-use' })
  const canceled = await alice.call('PUT /v1.0/requests/{id}', {
    path: { id: requestUuid },
    body: { status: 'Canceled' },
  })
  assert.equal(canceled.Status, requestStatus.canceled)
  const run = await runAbout(bob, 'Enroll', subject, bobs)
  // The client would ask whose the card is, and bob may not see that it was alice's.
  await run.keeper.record({
    card: {
      kind: 'GIDS card',
      cardId,
      isUsersCard: false,
      adminKey: 'default',
      unblockingKey: 'earlier',
      isErased: false,
      hasPin: false,
      smartcardUuid: null,
      earlierKeyIds: null,
    },
  })
  const ofBob = await fillCard(run, () => card.open(), whoseIs(pin), noWords)
  const { NewSmartcardUuid } = ofBob.request
  assert.equal(await cardStatus(bob, NewSmartcardUuid), smartcardStatus.active)
})

describe("what is alice's", () => {
  let card: CardEnrollment
  before(async () => {
    card = await enroll(alice)
  })

  test('is seen by mona and not by bob', async () => {
    const cardId = await cardIdOf(card.card)
    const looks = [
      () => bob.call('GET /v1.0/requests/{id}', { path: { id: card.requestUuid } }),
      () => bob.call('GET /v1.0/smartcards/{id}', { path: { id: card.smartcardUuid } }),
      () => findSmartcardByCardId(bob, cardId),
      () => bob.call('GET /v1.0/profiles/{id}', { path: { id: card.profileUuid } }),
      () => bob.call('GET /v1.0/smartcards/{id}/certificates', { path: { id: card.smartcardUuid } }),
      () => bob.call('GET /v1.0/profiles/{id}/operations', { path: { id: card.profileUuid } }),
    ]
    for (const look of looks) {
      await assert.rejects(look, { name: 'CardinalApiError', errorCode: 'NotPermitted' }, look.toString())
    }
    const cards = (await listSmartcards(bob)).map(({ Uuid }) => Uuid)
    assert.ok(!cards.includes(card.smartcardUuid))
    assert.ok(!(await bob.call('GET /v1.0/requests'))?.some(({ Uuid }) => Uuid === card.requestUuid))
    assert.equal(
      (await mona.call('GET /v1.0/smartcards/{id}', { path: { id: card.smartcardUuid } }))?.Uuid,
      card.smartcardUuid,
    )
  })

  test('is not changed by bob, and no secret of it is told to bob', async () => {
    const { requestUuid, smartcardUuid, profileUuid } = card
    const open = await createRequest(alice, { type: 'Unblock', subject: { smartcard: smartcardUuid } })
    const cardOfRequest = { requestUuid: open, smartcardUuid, cardId: await cardIdOf(card.card) }
    const attempts = [
      () => end(bob, 'Revoke', { smartcard: smartcardUuid }),
      () => end(bob, 'Revoke', { profile: profileUuid }),
      () => createRequest(bob, { type: 'Recover', subject: { smartcard: smartcardUuid } }),
      () => bob.call('PUT /v1.0/requests/{id}', { path: { id: open }, body: { status: 'Canceled' } }),
      () => bob.call('PUT /v1.0/requests/{id}', { path: { id: open }, body: { status: 'Completed' } }),
      () => bob.call('PUT /v1.0/requests/{id}', { path: { id: requestUuid }, body: { status: 'Completed' } }),
      () => getDiversifiedKey(bob, cardOfRequest),
      () => getAuthenticationResponse(bob, cardOfRequest, new Uint8Array(8), true),
      async () => beginRequest(await runAbout(bob, 'Unblock', { smartcard: smartcardUuid }, open), noWords),
      () => unblock(bob, card, pin, open),
    ]
    for (const attempt of attempts) {
      await assert.rejects(
        attempt,
        { name: 'CardinalApiError', errorCode: 'NotPermitted' },
        attempt.toString(),
      )
    }
    assert.equal(await statusOf(alice, open), requestStatus.approved)
    assert.equal(await cardStatus(alice, smartcardUuid), smartcardStatus.active)
    assert.equal(await reasonFor(card), null)
  })
})

async function statusOf(client: CardinalClient, request: string): Promise<number | undefined> {
  return (await client.call('GET /v1.0/requests/{id}', { path: { id: request } }))?.Status
}

async function cardStatus(client: CardinalClient, smartcard: string): Promise<number | undefined> {
  return (await client.call('GET /v1.0/smartcards/{id}', { path: { id: smartcard } }))?.Status
}

function enroll(
  client: CardinalClient,
  profiletemplateuuid = cardTemplate,
  requestUuid: string | null = null,
): Promise<CardEnrollment> {
  return fill(client, 'Enroll', { profiletemplateuuid }, { requestUuid })
}

/** Carries out a request, a new one or one that was made before, with a new card or the one at hand. */
async function fill(
  client: CardinalClient,
  operation: RequestType,
  subject: RequestSubject,
  given: { readonly card?: BenchCard; readonly requestUuid?: string | null } = {},
): Promise<CardEnrollment> {
  const card = given.card ?? (await newBenchCard('GIDS'))
  const run = await runAbout(client, operation, subject, given.requestUuid ?? null)
  const isAsked = 'profiletemplateuuid' in subject && subject.profiletemplateuuid === cardTemplate
  const { request, certificates } = await fillCard(
    run,
    () => card.open(),
    whoseIs(pin),
    isAsked ? { answers, comment: '' } : noWords,
  )
  return {
    card,
    pin,
    certificates,
    requestUuid: request.Uuid,
    smartcardUuid: request.NewSmartcardUuid,
    profileUuid: request.NewProfileUuid,
  }
}

async function unblock(
  client: CardinalClient,
  { card, smartcardUuid }: CardEnrollment,
  newPin: string,
  requestUuid: string | null = null,
) {
  const run = await runAbout(client, 'Unblock', { smartcard: smartcardUuid }, requestUuid)
  return await unblockCard(run, () => card.open(), whoseIs(newPin), noWords)
}

function whoseIs(pin: string) {
  return person({ choosePin: async () => pin, currentPin: async () => pin })
}

/** @param requestUuid to go on with; a new one is made where it is left out */
async function runAbout(
  client: CardinalClient,
  operation: RequestType,
  subject: RequestSubject,
  requestUuid: string | null = null,
): Promise<EnrollmentRun> {
  const keeper = newKeeper(operation, subject)
  await keeper.record({ requestUuid })
  return runOf(client, keeper)
}

async function cardIdOf(card: BenchCard): Promise<string> {
  const opened = await card.open()
  const cardId = await opened.readCardId()
  await opened.disconnect()
  return cardId ?? assert.fail('The card has no id.')
}

async function approve(client: CardinalClient, requestUuid: string, decision = 'Approve'): Promise<void> {
  const path = { id: requestUuid }
  await client.call('POST /v2.0/requests/{id}/approvals', { path, body: { decision, comment: '' } })
}

/** Tries wrong PINs until the card takes none any more. */
async function block({ card }: CardEnrollment): Promise<void> {
  const opened = await card.open()
  // Each another one: the driver does not present the same wrong PIN twice.
  for (const wrong of ['00000001', '00000002', '00000003', '00000004', '00000005']) {
    await assert.rejects(opened.verifyPin(wrong, { spendsLastTry: true }))
  }
  await assert.rejects(opened.verifyPin(pin), { code: 'pin-blocked' })
  await opened.disconnect()
}

function reasonFor(enrollment: CardEnrollment | SoftwareEnrollment): Promise<string | null> {
  const { certificatePem, issuingCertificatePem } = pemsOf(enrollment)
  return revocationReason(certificatePem, issuingCertificatePem)
}

function pemsOf(enrollment: CardEnrollment | SoftwareEnrollment) {
  const [certificatePem = '', issuingCertificatePem = '', rootCertificatePem = ''] =
    'card' in enrollment ? chainOfCard(enrollment) : enrollment.chain
  return { certificatePem, issuingCertificatePem, rootCertificatePem }
}

function chainOfCard({ certificates: [issued] }: CardEnrollment): string[] {
  return chainOf(issued ?? assert.fail('Nothing was issued.'))
}
