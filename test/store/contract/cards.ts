import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import {
  samplePhysicalCard,
  sampleProfile,
  sampleProfileTemplate,
  sampleRequest,
  sampleSmartcard,
} from '../records.ts'
import { audited, type OpenTestDatabase, withCode } from '../store-contract.ts'

const template = sampleProfileTemplate()

export function cardsContract(open: OpenTestDatabase): void {
  test('keeps a smart card and its profile, which name each other, and their changes', async t => {
    const { store } = await open(t)
    const smartcardUuid = randomUUID()
    const profile = sampleProfile(template, { smartcardUuid })
    const smartcard = sampleSmartcard(profile, { uuid: smartcardUuid })
    await audited(store, async tx => {
      await tx.saveProfileTemplate(template)
      await tx.insertProfile(profile)
      await tx.insertSmartcard(smartcard)
    })
    assert.deepEqual(await store.reader.findSmartcard(smartcard.uuid), smartcard)
    assert.deepEqual(await store.reader.findProfile(profile.uuid), profile)

    const changedCard = {
      ...smartcard,
      status: 'active',
      flags: [],
      permanentSmartcardUuid: randomUUID(),
    } as const
    const changedProfile = {
      ...profile,
      status: 'active',
      flags: ['superseded'],
      smartcardUuid: null,
    } as const
    await audited(store, async tx => {
      assert.deepEqual(await tx.lockSmartcard(smartcard.uuid), smartcard)
      assert.deepEqual(await tx.lockProfile(profile.uuid), profile)
      await tx.updateSmartcard(changedCard)
      await tx.updateProfile(changedProfile)
    })
    assert.deepEqual(await store.reader.findSmartcard(smartcard.uuid), changedCard)
    assert.deepEqual(await store.reader.findProfile(profile.uuid), changedProfile)
    assert.equal(await store.reader.findSmartcard(randomUUID()), null)
    assert.equal(await store.reader.findProfile(randomUUID()), null)
  })

  test('refuses to update what is not there', async t => {
    const { store } = await open(t)
    const profile = sampleProfile(template)
    const nothing = /There is no/
    await assert.rejects(
      audited(store, tx => tx.updateProfile(profile)),
      nothing,
    )
    await assert.rejects(
      audited(store, tx => tx.updateSmartcard(sampleSmartcard(profile))),
      nothing,
    )
    await assert.rejects(
      audited(store, tx => tx.updatePhysicalCard(samplePhysicalCard(randomUUID(), 1))),
      nothing,
    )
    await assert.rejects(
      audited(store, tx => tx.updateCertificateState(randomUUID(), 'failed', null)),
      nothing,
    )
  })

  test('refuses a second record with the same uuid', async t => {
    const { store } = await open(t)
    const profile = sampleProfile(template)
    await audited(store, async tx => {
      await tx.saveProfileTemplate(template)
      await tx.insertProfile(profile)
    })
    await assert.rejects(
      audited(store, tx => tx.insertProfile(profile)),
      withCode('ConcurrentChange'),
    )
  })

  test('lists cards and profiles newest first', async t => {
    const { store } = await open(t)
    const assignedUserUuid = randomUUID()
    const cardId = randomUUID()
    const profiles = [1, 2, 3, 4].map(number =>
      sampleProfile(template, { assignedUserUuid, status: number % 2 === 0 ? 'active' : 'retired' }),
    )
    const cards = profiles.map(profile => sampleSmartcard(profile, { cardId }))
    const stranger = sampleProfile(template)
    await audited(store, async tx => {
      await tx.saveProfileTemplate(template)
      for (const profile of [...profiles, stranger]) await tx.insertProfile(profile)
      for (const card of [...cards, sampleSmartcard(stranger)]) await tx.insertSmartcard(card)
    })
    const { reader } = store
    assert.deepEqual(await reader.listSmartcardsByCardId(cardId), cards.toReversed())
    const first = { after: null, limit: 3 }
    assert.deepEqual(
      await reader.listSmartcardsOfUser(assignedUserUuid, first),
      cards.toReversed().slice(0, 3),
    )
    assert.deepEqual(
      await reader.listProfilesOfUser(assignedUserUuid, null, first),
      profiles.toReversed().slice(0, 3),
    )
    assert.deepEqual(
      await reader.listProfilesOfUser(assignedUserUuid, 'active', { after: null, limit: 9 }),
      profiles.toReversed().filter(profile => profile.status === 'active'),
    )
  })

  test('knows whether any assignment of a card was ever completed, whatever became of it since', async t => {
    const { store } = await open(t)
    const profile = sampleProfile(template)
    const [canceled, completed, unblocked] = ['canceled', 'completed', 'unblocked'].map(comment =>
      sampleSmartcard(profile, { cardId: randomUUID(), comment, status: 'retired' }),
    )
    assert.ok(canceled && completed && unblocked)
    const again = sampleSmartcard(profile, { cardId: completed.cardId, status: 'assigned' })
    const request = (changes: Parameters<typeof sampleRequest>[1]) => sampleRequest(template, changes)
    await audited(store, async tx => {
      await tx.saveProfileTemplate(template)
      await tx.insertProfile(profile)
      for (const card of [canceled, completed, unblocked, again]) await tx.insertSmartcard(card)
      await tx.insertRequest(request({ newSmartcardUuid: canceled.uuid, status: 'canceled' }))
      await tx.insertRequest(request({ newSmartcardUuid: completed.uuid, status: 'completed' }))
      await tx.insertRequest(request({ newSmartcardUuid: again.uuid, status: 'executing' }))
      const old = { newSmartcardUuid: null, oldSmartcardUuid: unblocked.uuid, status: 'completed' } as const
      await tx.insertRequest(request(old))
    })
    const known = [canceled, completed, unblocked].map(({ cardId }) =>
      store.reader.hasCompletedAssignment(cardId),
    )
    assert.deepEqual(await Promise.all(known), [false, true, false])
  })

  test('goes on with cards and profiles behind any of the same user, whatever was added meanwhile', async t => {
    const { store } = await open(t)
    const assignedUserUuid = randomUUID()
    const profiles = [1, 2, 3, 4].map(number =>
      sampleProfile(template, { assignedUserUuid, status: number === 3 ? 'active' : 'retired' }),
    )
    const cards = profiles.map(profile => sampleSmartcard(profile))
    const stranger = sampleProfile(template)
    const strange = sampleSmartcard(stranger)
    await audited(store, async tx => {
      await tx.saveProfileTemplate(template)
      for (const profile of [...profiles, stranger]) await tx.insertProfile(profile)
      for (const card of [...cards, strange]) await tx.insertSmartcard(card)
    })
    const { reader } = store
    const behind = ({ uuid }: { uuid: string } = { uuid: '' }) => ({ after: uuid, limit: 2 })
    assert.deepEqual(await reader.listSmartcardsOfUser(assignedUserUuid, behind(cards[3])), [
      cards[2],
      cards[1],
    ])
    assert.deepEqual(await reader.listSmartcardsOfUser(assignedUserUuid, behind(cards[0])), [])
    const profilesBehind = (uuid: string) =>
      reader.listProfilesOfUser(assignedUserUuid, null, behind({ uuid }))
    assert.deepEqual(await profilesBehind(profiles[2]?.uuid ?? ''), [profiles[1], profiles[0]])
    // Its state may change between two pages.
    assert.deepEqual(await reader.listProfilesOfUser(assignedUserUuid, 'active', behind(profiles[3])), [
      profiles[2],
    ])
    const added = sampleProfile(template, { assignedUserUuid })
    await audited(store, tx => tx.insertProfile(added))
    assert.deepEqual(await profilesBehind(profiles[2]?.uuid ?? ''), [profiles[1], profiles[0]])
    for (const uuid of [stranger.uuid, randomUUID()]) {
      await assert.rejects(profilesBehind(uuid), withCode('InvalidParameter'))
    }
    for (const each of [strange, { uuid: randomUUID() }]) {
      const listed = reader.listSmartcardsOfUser(assignedUserUuid, behind(each))
      await assert.rejects(listed, withCode('InvalidParameter'))
    }
  })

  test('begins the record of a physical card when it is first locked', async t => {
    const { store } = await open(t)
    const cardId = randomUUID()
    assert.equal(await store.reader.findPhysicalCard(cardId), null)
    await audited(store, async tx => {
      assert.deepEqual(await tx.lockPhysicalCard(cardId), {
        cardId,
        masterKeyVersion: null,
        adminKeyType: 'GIDS-3DES',
        unblockingKeyGeneration: 0,
      })
      await tx.updatePhysicalCard(samplePhysicalCard(cardId, 2 ** 32 - 1))
    })
    await audited(store, async tx => {
      assert.deepEqual(await tx.lockPhysicalCard(cardId), samplePhysicalCard(cardId, 2 ** 32 - 1))
    })
    assert.deepEqual(await store.reader.findPhysicalCard(cardId), samplePhysicalCard(cardId, 2 ** 32 - 1))
  })

  test('tells each generation of a card’s PIN unblocking keys to one request', async t => {
    const { store } = await open(t)
    const [cardId, otherCard] = [randomUUID(), randomUUID()]
    const [first, second] = [randomUUID(), randomUUID()]
    await audited(store, async tx => {
      await tx.lockPhysicalCard(cardId)
      await tx.lockPhysicalCard(otherCard)
      await tx.insertToldUnblockingKey({ cardId, requestUuid: first, generation: 9 })
      await tx.insertToldUnblockingKey({ cardId, requestUuid: second, generation: 10 })
      await tx.insertToldUnblockingKey({ cardId: otherCard, requestUuid: first, generation: 11 })
    })
    const { reader } = store
    assert.equal(await reader.findToldUnblockingKey(cardId, first), 9)
    assert.equal(await reader.findToldUnblockingKey(cardId, randomUUID()), null)
    assert.equal(await reader.findHighestUnblockingKeyOfOthers(cardId, first), 10)
    assert.equal(await reader.findHighestUnblockingKeyOfOthers(cardId, second), 9)
    assert.equal(await reader.findHighestUnblockingKeyOfOthers(otherCard, first), 0)
    for (const again of [
      { cardId, requestUuid: first, generation: 12 },
      { cardId, requestUuid: randomUUID(), generation: 10 },
    ]) {
      await assert.rejects(
        audited(store, tx => tx.insertToldUnblockingKey(again)),
        withCode('ConcurrentChange'),
      )
    }
  })

  test('replaces the sealed PIN of a smart card', async t => {
    const { store } = await open(t)
    const profile = sampleProfile(template)
    const smartcard = sampleSmartcard(profile)
    await audited(store, async tx => {
      await tx.saveProfileTemplate(template)
      await tx.insertProfile(profile)
      await tx.insertSmartcard(smartcard)
      await tx.saveSealedPin(smartcard.uuid, Uint8Array.of(1))
    })
    await audited(store, tx => tx.saveSealedPin(smartcard.uuid, Uint8Array.of(0, 255, 92, 120)))
    assert.deepEqual(await store.reader.findSealedPin(smartcard.uuid), Uint8Array.of(0, 255, 92, 120))
    assert.equal(await store.reader.findSealedPin(randomUUID()), null)
  })

  test('lists card master keys by version and keeps each once', async t => {
    const { store } = await open(t)
    const keys = [1, 2, 10].map(version => ({ version, sealedSecret: Uint8Array.of(version) }))
    await audited(store, async tx => {
      for (const key of keys.toReversed()) await tx.insertCardMasterKey(key)
    })
    assert.deepEqual(await store.reader.listCardMasterKeys(), keys)
    await assert.rejects(
      audited(store, tx => tx.insertCardMasterKey({ version: 2, sealedSecret: Uint8Array.of(9) })),
      withCode('ConcurrentChange'),
    )
  })
}
