import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findSmartcardByCardId } from '../../src/workflows/queries/find-smartcard-by-card-id.ts'
import {
  listProfileCertificates,
  listSmartcardCertificates,
  listUserCertificates,
} from '../../src/workflows/queries/list-certificates.ts'
import { listGenerationOptions } from '../../src/workflows/queries/list-generation-options.ts'
import {
  listProfileOperations,
  listSmartcardOperations,
} from '../../src/workflows/queries/list-operations.ts'
import { listProfileTemplates } from '../../src/workflows/queries/list-profile-templates.ts'
import { listProfiles } from '../../src/workflows/queries/list-profiles.ts'
import { listRequestProfiles } from '../../src/workflows/queries/list-request-profiles.ts'
import { listRequests } from '../../src/workflows/queries/list-requests.ts'
import { listSmartcards } from '../../src/workflows/queries/list-smartcards.ts'
import { readPolicy } from '../../src/workflows/queries/read-policy.ts'
import { readProfile } from '../../src/workflows/queries/read-profile.ts'
import { readProfileTemplate } from '../../src/workflows/queries/read-profile-template.ts'
import { readRequest } from '../../src/workflows/queries/read-request.ts'
import { readRequestSmartcard } from '../../src/workflows/queries/read-request-smartcard.ts'
import { readSmartcard } from '../../src/workflows/queries/read-smartcard.ts'
import { readSmartcardConfiguration } from '../../src/workflows/queries/read-smartcard-configuration.ts'
import { cancelRequest } from '../../src/workflows/requests/cancel-request.ts'
import { completeRequest } from '../../src/workflows/requests/complete-request.ts'
import { createRequest } from '../../src/workflows/requests/create-request.ts'
import { bindSmartcard } from '../../src/workflows/smartcards/bind-smartcard.ts'
import { openTestbed, type Testbed } from '../testbed/environment.ts'
import {
  enrolledCard,
  enrolledProfile,
  enrollment,
  logonCard,
  newCardId,
  operation,
  refused,
  runOnCard,
  software,
  virtualCard,
  withPolicy,
  withUser,
} from './stories.ts'

const unknown = '00000000-0000-4000-8000-000000000000'
const everything = { targetIsCaller: false, status: null } as const
const uuidsOf = (listed: readonly { readonly uuid: string }[]) => listed.map(({ uuid }) => uuid)

async function retire(testbed: Testbed, account: string, smartcardUuid: string): Promise<void> {
  const caller = await testbed.callerOf(account)
  const { uuid } = await createRequest(testbed, caller, operation('retire', { smartcardUuid }))
  await completeRequest(testbed, caller, uuid)
}

test('a subscriber lists requests made by or for them, a manager and an administrator all', async t => {
  const testbed = await openTestbed(t)
  const people = await Promise.all(['alice', 'bob', 'mona', 'heidi', 'admin'].map(testbed.callerOf))
  const [alice, bob, mona, heidi, admin] = people
  assert.ok(alice && bob && mona && heidi && admin)
  const own = await createRequest(testbed, alice, enrollment(virtualCard))
  testbed.clock.advance(1)
  const others = await createRequest(testbed, mona, enrollment(virtualCard, { targetUuid: bob.user.uuid }))
  testbed.clock.advance(1)
  const pending = await createRequest(testbed, alice, enrollment(logonCard))

  const listed = async (caller: typeof alice, filter: Parameters<typeof listRequests>[2] = everything) =>
    uuidsOf((await listRequests(testbed, caller, filter)).items)
  assert.deepEqual(await listed(alice), [pending.uuid, own.uuid])
  assert.deepEqual(await listed(bob), [others.uuid])
  assert.deepEqual(await listed(heidi), [])
  assert.deepEqual(await listed(mona), [pending.uuid, others.uuid, own.uuid])
  assert.deepEqual(await listed(admin), [pending.uuid, others.uuid, own.uuid])
  assert.deepEqual(await listed(mona, { targetIsCaller: true, status: null }), [])
  assert.deepEqual(await listed(alice, { targetIsCaller: false, status: 'pending' }), [pending.uuid])
  assert.deepEqual(await listed(alice, { targetIsCaller: true, status: 'approved' }), [own.uuid])
})

test('a request is seen by its people, by those who may act on it, and by those who see everything', async t => {
  const testbed = await openTestbed(t, { organisation: withUser('milo') })
  const { request, smartcard } = await enrolledCard(testbed, 'alice')
  const alice = await testbed.callerOf('alice')
  const unblock = await createRequest(testbed, alice, operation('unblock', { smartcardUuid: smartcard.uuid }))
  const seenBy = async (account: string, uuid: string) => {
    const caller = await testbed.callerOf(account)
    const reads = [
      readRequest(testbed, caller, uuid),
      listGenerationOptions(testbed, caller, uuid),
      listRequestProfiles(testbed, caller, uuid),
      readRequestSmartcard(testbed, caller, uuid, smartcard.uuid),
    ]
    const settled = await Promise.allSettled(reads)
    assert.equal(new Set(settled.map(({ status }) => status)).size, 1, 'all four agree')
    for (const one of settled)
      if (one.status === 'rejected') await refused(Promise.reject(one.reason), 'NotPermitted')
    return settled[0]?.status === 'fulfilled'
  }
  for (const [account, enroll, unblocking] of [
    ['alice', true, true],
    ['bob', false, false],
    ['mona', true, true],
    ['heidi', false, true],
    ['admin', true, true],
    ['milo', false, false],
  ] as const) {
    assert.deepEqual(
      [await seenBy(account, request.uuid), await seenBy(account, unblock.uuid)],
      [enroll, unblocking],
      account,
    )
  }
})

test('cards, profiles and certificates are seen by their owner and by those who see everything', async t => {
  const testbed = await openTestbed(t)
  const { smartcard, profileUuid } = await enrolledCard(testbed, 'alice')
  for (const account of ['alice', 'mona', 'admin']) {
    const caller = await testbed.callerOf(account)
    assert.deepEqual(await readSmartcard(testbed, caller, smartcard.uuid), smartcard)
    assert.deepEqual(await findSmartcardByCardId(testbed, caller, smartcard.cardId), smartcard)
    assert.equal((await readProfile(testbed, caller, profileUuid))?.profile.uuid, profileUuid)
    assert.equal((await listSmartcardCertificates(testbed, caller, smartcard.uuid)).length, 1)
    assert.equal((await listProfileCertificates(testbed, caller, profileUuid)).length, 1)
  }
  for (const account of ['bob', 'heidi']) {
    const caller = await testbed.callerOf(account)
    await refused(readSmartcard(testbed, caller, smartcard.uuid), 'NotPermitted')
    await refused(findSmartcardByCardId(testbed, caller, smartcard.cardId), 'NotPermitted')
    await refused(findSmartcardByCardId(testbed, caller, smartcard.uuid), 'NotPermitted')
    await refused(readProfile(testbed, caller, profileUuid), 'NotPermitted')
    await refused(listSmartcardCertificates(testbed, caller, smartcard.uuid), 'NotPermitted')
    await refused(listProfileCertificates(testbed, caller, profileUuid), 'NotPermitted')
    await refused(listSmartcardOperations(testbed, caller, smartcard.uuid), 'NotPermitted')
    await refused(listProfileOperations(testbed, caller, profileUuid), 'NotPermitted')
    for (const list of [
      listSmartcards(testbed, caller),
      listProfiles(testbed, caller, null),
      listUserCertificates(testbed, caller),
    ]) {
      assert.deepEqual(await list, { items: [], next: null })
    }
  }
})

test('what does not exist is nothing, not a refusal', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const { request, smartcard } = await enrolledCard(testbed, 'alice')
  assert.equal(await readRequest(testbed, alice, unknown), null)
  assert.equal(await readSmartcard(testbed, alice, unknown), null)
  assert.equal(await findSmartcardByCardId(testbed, alice, unknown), null)
  assert.equal(await readRequestSmartcard(testbed, alice, unknown, smartcard.uuid), null)
  assert.equal(await readRequestSmartcard(testbed, alice, request.uuid, unknown), null)
  assert.equal(await readProfile(testbed, alice, unknown), null)
  assert.deepEqual(await listRequestProfiles(testbed, alice, unknown), [])
  assert.deepEqual(await listSmartcardCertificates(testbed, alice, unknown), [])
  assert.deepEqual(await listProfileCertificates(testbed, alice, unknown), [])
  assert.deepEqual(await listSmartcardOperations(testbed, alice, unknown), [])
  assert.deepEqual(await listProfileOperations(testbed, alice, unknown), [])
  assert.deepEqual(await listGenerationOptions(testbed, alice, unknown), [])
  assert.equal(await readProfileTemplate(testbed, alice, unknown), null)
  assert.equal(await readPolicy(testbed, alice, unknown, 'enroll'), null)
  assert.equal(await readSmartcardConfiguration(testbed, alice, unknown), null)
})

test('a request shows its own cards only, old and new', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const [old, other] = [await enrolledCard(testbed, 'alice'), await enrolledCard(testbed, 'alice')]
  const about = operation('renew', { smartcardUuid: old.smartcard.uuid })
  const renewal = await createRequest(testbed, alice, about)
  const { smartcard, profileUuid } = await runOnCard(testbed, alice, renewal)
  const seen = async (uuid: string) => (await readRequestSmartcard(testbed, alice, renewal.uuid, uuid))?.uuid
  assert.equal(await seen(old.smartcard.uuid), old.smartcard.uuid)
  assert.equal(await seen(smartcard.uuid), smartcard.uuid)
  assert.equal(await seen(other.smartcard.uuid), undefined)
  const profiles = await listRequestProfiles(testbed, alice, renewal.uuid)
  assert.deepEqual(
    profiles.map(({ profile }) => profile.uuid),
    [profileUuid, old.profileUuid],
  )
})

test('a card id means the assignment that has not ended, otherwise the newest', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const cardId = newCardId()
  const first = await enrolledCard(testbed, 'alice', { cardId })
  await retire(testbed, 'alice', first.smartcard.uuid)
  const second = await enrolledCard(testbed, 'alice', { cardId })
  const found = async () => (await findSmartcardByCardId(testbed, alice, cardId))?.uuid
  assert.equal(await found(), second.smartcard.uuid)

  const renewal = await createRequest(
    testbed,
    alice,
    operation('renew', { smartcardUuid: second.smartcard.uuid }),
  )
  await bindSmartcard(testbed, alice, { requestUuid: renewal.uuid, cardId, answerToReset: null })
  await cancelRequest(testbed, alice, renewal.uuid)
  assert.equal(await found(), second.smartcard.uuid)
  await retire(testbed, 'alice', second.smartcard.uuid)
  const listed = await testbed.store.reader.listSmartcardsByCardId(cardId)
  assert.equal(await found(), listed[0]?.uuid)
  const byUuid = await findSmartcardByCardId(testbed, alice, first.smartcard.uuid)
  assert.equal(byUuid?.uuid, first.smartcard.uuid)
})

test('one’s own lists are newest first; certificates leave out what is revoked', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const first = await enrolledCard(testbed, 'alice')
  const second = await enrolledProfile(testbed, 'alice')
  await enrolledCard(testbed, 'bob')
  assert.deepEqual(uuidsOf((await listSmartcards(testbed, alice)).items), [first.smartcard.uuid])
  const profiles = async (status: 'active' | 'retired' | null) =>
    (await listProfiles(testbed, alice, status)).items.map(({ profile }) => profile.uuid)
  assert.deepEqual(await profiles(null), [second.profileUuid, first.profileUuid])
  const owned = async () =>
    (await listUserCertificates(testbed, alice)).items.map(({ profileUuid }) => profileUuid)
  assert.deepEqual(await owned(), [second.profileUuid, first.profileUuid])
  await retire(testbed, 'alice', first.smartcard.uuid)
  assert.deepEqual(await owned(), [second.profileUuid])
  assert.deepEqual(
    [await profiles('active'), await profiles('retired')],
    [[second.profileUuid], [first.profileUuid]],
  )
  const [revoked] = await listSmartcardCertificates(testbed, alice, first.smartcard.uuid)
  assert.equal(revoked?.state, 'revoked')
})

test('operations are offered in the order of the published samples, by state and by who asks', async t => {
  const testbed = await openTestbed(t)
  const { smartcard, profileUuid } = await enrolledCard(testbed, 'alice')
  const soft = await enrolledProfile(testbed, 'alice')
  const [alice, mona, admin] = await Promise.all(['alice', 'mona', 'admin'].map(testbed.callerOf))
  assert.ok(alice && mona && admin)
  const onCard = (caller: typeof alice) => listSmartcardOperations(testbed, caller, smartcard.uuid)
  const all = ['renew', 'unblock', 'revoke', 'recover', 'retire']
  assert.deepEqual(await onCard(alice), all)
  assert.deepEqual(await listProfileOperations(testbed, alice, profileUuid), all)
  assert.deepEqual(await onCard(mona), all)
  assert.deepEqual(await onCard(admin), [])
  assert.deepEqual(await listProfileOperations(testbed, alice, soft.profileUuid), [
    'renew',
    'revoke',
    'recover',
    'retire',
  ])
  const { uuid } = await createRequest(testbed, alice, operation('revoke', { smartcardUuid: smartcard.uuid }))
  await completeRequest(testbed, alice, uuid)
  assert.deepEqual(await onCard(alice), ['recover', 'retire'])
  await retire(testbed, 'alice', smartcard.uuid)
  assert.deepEqual(await onCard(alice), [])
})

test('every operation that is offered can be asked for, and no other', async t => {
  const testbed = await openTestbed(t, { organisation: withPolicy(virtualCard, 'renew', { enabled: false }) })
  const { smartcard } = await enrolledCard(testbed, 'alice')
  for (const account of ['alice', 'mona', 'admin']) {
    const caller = await testbed.callerOf(account)
    const offered = await listSmartcardOperations(testbed, caller, smartcard.uuid)
    const possible = []
    for (const type of ['renew', 'unblock', 'revoke', 'recover', 'retire'] as const) {
      const about = operation(type, { smartcardUuid: smartcard.uuid })
      const made = await createRequest(testbed, caller, about).catch(() => null)
      if (made !== null) possible.push(type)
    }
    assert.deepEqual(offered, possible, account)
  }
})

test('profile templates are listed for those who may enroll, and read by those who may read', async t => {
  const testbed = await openTestbed(t, { organisation: withUser('milo') })
  const [alice, heidi, milo] = await Promise.all(['alice', 'heidi', 'milo'].map(testbed.callerOf))
  assert.ok(alice && heidi && milo)
  const listed = async (caller: typeof alice, permission: 'read' | 'manage' | null = null) =>
    uuidsOf(await listProfileTemplates(testbed, caller, { workflow: 'enroll', permission }))
  assert.deepEqual(new Set(await listed(alice)), new Set([software, logonCard, virtualCard]))
  assert.deepEqual((await listed(alice, 'read')).length, 3)
  assert.deepEqual(await listed(alice, 'manage'), [])
  assert.deepEqual([await listed(heidi), await listed(milo)], [[], []])
  const duplicate = await listProfileTemplates(testbed, alice, { workflow: 'duplicate', permission: null })
  assert.deepEqual(duplicate, [])

  assert.equal((await readProfileTemplate(testbed, heidi, virtualCard))?.uuid, virtualCard)
  assert.equal((await readPolicy(testbed, alice, virtualCard, 'enroll'))?.selfServiceEnabled, true)
  assert.equal(await readPolicy(testbed, alice, software, 'unblock'), null)
  assert.equal((await readSmartcardConfiguration(testbed, alice, virtualCard))?.isVirtualSmartcard, true)
  assert.equal(await readSmartcardConfiguration(testbed, alice, software), null)
  await refused(readProfileTemplate(testbed, milo, virtualCard), 'NotPermitted')
  await refused(readPolicy(testbed, milo, virtualCard, 'enroll'), 'NotPermitted')
  await refused(readSmartcardConfiguration(testbed, milo, virtualCard), 'NotPermitted')
})

test('generation options stand in the order of the certificate templates, for what issues', async t => {
  const testbed = await openTestbed(t, {
    organisation: file => {
      file.profileTemplates[1]?.certificateTemplates.push('SmartcardLogon')
      return file
    },
  })
  const alice = await testbed.callerOf('alice')
  const { uuid } = await createRequest(testbed, alice, enrollment(software))
  const options = await listGenerationOptions(testbed, alice, uuid)
  assert.deepEqual(
    options.map(({ hashAlgorithm }) => hashAlgorithm),
    ['SHA256', 'SHA1'],
  )
  const { smartcard } = await enrolledCard(testbed, 'alice')
  const unblock = await createRequest(testbed, alice, operation('unblock', { smartcardUuid: smartcard.uuid }))
  assert.deepEqual(await listGenerationOptions(testbed, alice, unblock.uuid), [])
})
