import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { OpenStore } from '../../../src/store/assemble-store.ts'
import {
  sampleCertificate,
  samplePhysicalCard,
  sampleProfile,
  sampleProfileTemplate,
  sampleRequest,
  sampleUser,
  someTime,
} from '../records.ts'
import { audited, type OpenTestDatabase, withCode } from '../store-contract.ts'

const template = sampleProfileTemplate()

/** Runs `work` so many times at once, on two stores in turn that share the database. */
function inParallel<Result>(
  stores: readonly [OpenStore, OpenStore],
  times: number,
  work: (store: OpenStore, index: number) => Promise<Result>,
): Promise<Result[]> {
  return Promise.all(
    Array.from({ length: times }, (_, index) => work(index % 2 === 0 ? stores[0] : stores[1], index)),
  )
}

export function concurrencyContract(open: OpenTestDatabase): void {
  const openTwice: (...args: Parameters<OpenTestDatabase>) => Promise<[OpenStore, OpenStore]> = async t => {
    const { store, openAgain } = await open(t)
    return [store, await openAgain()]
  }

  test('lets no change of a locked request be lost', async t => {
    const stores = await openTwice(t)
    const [store] = stores
    const request = sampleRequest(template, { approvalsNeeded: 0 })
    await audited(store, async tx => {
      await tx.saveProfileTemplate(template)
      await tx.insertRequest(request)
    })
    await inParallel(stores, 50, store =>
      audited(store, async tx => {
        const locked = await tx.lockRequest(request.uuid)
        assert.ok(locked)
        await tx.updateRequest({ ...locked, approvalsNeeded: locked.approvalsNeeded + 1 })
      }),
    )
    assert.equal((await store.reader.findRequest(request.uuid))?.approvalsNeeded, 50)
  })

  test('lets one transaction at a time work on the local directory', async t => {
    const stores = await openTwice(t)
    await inParallel(stores, 20, store =>
      audited(store, async tx => {
        await tx.lockLocalDirectory()
        const { length } = await tx.listUsers({ after: null, limit: 100 })
        await tx.saveUser(sampleUser({ accountName: `person-${length}` }))
      }),
    )
    const users = await stores[0].reader.listUsers({ after: null, limit: 100 })
    assert.equal(users.length, 20)
  })

  test('lets no change of a locked physical card be lost, from the first time that it is seen', async t => {
    const stores = await openTwice(t)
    const cardId = randomUUID()
    const seen = await inParallel(stores, 20, store =>
      audited(store, async tx => {
        const { masterKeyVersion } = await tx.lockPhysicalCard(cardId)
        await tx.updatePhysicalCard(samplePhysicalCard(cardId, (masterKeyVersion ?? 0) + 1))
        return masterKeyVersion ?? 0
      }),
    )
    assert.deepEqual(
      seen.toSorted((a, b) => a - b),
      Array.from({ length: 20 }, (_, index) => index),
    )
  })

  test('serves transactions that lock the same two objects in opposite orders', async t => {
    const stores = await openTwice(t)
    const [store] = stores
    const profiles = [sampleProfile(template), sampleProfile(template)] as const
    await audited(store, async tx => {
      await tx.saveProfileTemplate(template)
      for (const profile of profiles) await tx.insertProfile(profile)
    })
    await inParallel(stores, 6, (store, index) =>
      audited(store, async tx => {
        const [first, second] = index % 2 === 0 ? profiles : profiles.toReversed()
        for (const profile of [first, second]) {
          const locked = await tx.lockProfile(profile?.uuid ?? '')
          assert.ok(locked)
          await tx.updateProfile({ ...locked, comment: `${locked.comment}+` })
        }
      }),
    )
    for (const { uuid } of profiles) {
      assert.equal((await store.reader.findProfile(uuid))?.comment, 'a profile++++++')
    }
  })

  test('gives a serial number to one of many who ask at once', async t => {
    const stores = await openTwice(t)
    const given = await inParallel(stores, 20, store =>
      audited(store, tx => tx.reserveSerialNumber('ca', '0123456789ABCDEF')),
    )
    assert.equal(given.filter(Boolean).length, 1)
  })

  test('lets one of many who look at once find no keys, and make them', async t => {
    const stores = await openTwice(t)
    const made = await inParallel(stores, 20, (store, index) =>
      audited(store, async tx => {
        const hasAuthorities = (await tx.listCertificationAuthorities()).length > 0
        const hasMasterKeys = (await tx.listCardMasterKeys()).length > 0
        if (hasAuthorities || hasMasterKeys) return false
        const uuid = randomUUID()
        const bytes = Uint8Array.of(index)
        await tx.insertCertificationAuthority({
          uuid,
          kind: 'root',
          name: 'Contoso Root CA',
          certificate: bytes,
          sealedPrivateKey: bytes,
        })
        await tx.insertCardMasterKey({ version: 1, sealedSecret: bytes })
        return true
      }),
    )
    assert.equal(made.filter(Boolean).length, 1)
  })

  test('takes one of two decisions that an approver makes at once', async t => {
    const stores = await openTwice(t)
    const [store] = stores
    const request = sampleRequest(template)
    await audited(store, async tx => {
      await tx.saveProfileTemplate(template)
      await tx.insertRequest(request)
    })
    const taken = await inParallel(stores, 10, (store, index) =>
      audited(store, tx =>
        tx.insertApproval({
          requestUuid: request.uuid,
          approverUuid: 'mona',
          decision: index % 2 === 0 ? 'approve' : 'deny',
          at: someTime,
          comment: '',
        }),
      ),
    )
    assert.equal(taken.filter(Boolean).length, 1)
    assert.equal((await store.reader.listApprovals(request.uuid)).length, 1)
  })

  test('prepares one certificate for a request however many ask at once', async t => {
    const stores = await openTwice(t)
    const [store] = stores
    const request = sampleRequest(template)
    const profile = sampleProfile(template)
    await audited(store, async tx => {
      await tx.saveProfileTemplate(template)
      await tx.insertRequest(request)
      await tx.insertProfile(profile)
    })
    const outcomes = await inParallel(stores, 10, store =>
      audited(store, tx => tx.insertCertificate(sampleCertificate(request, profile))).then(
        () => 'prepared',
        error => (withCode('ConcurrentChange')(error) ? 'refused' : error),
      ),
    )
    assert.deepEqual(outcomes.toSorted(), ['prepared', ...Array(9).fill('refused')])
  })

  test('keeps one of two new versions of a profile template that were made from the same one', async t => {
    const stores = await openTwice(t)
    const [store] = stores
    const base = sampleProfileTemplate()
    await audited(store, tx => tx.saveProfileTemplate(base))
    const outcomes = await inParallel(stores, 4, (store, index) =>
      audited(store, tx =>
        tx.saveProfileTemplate({ ...base, version: 2, description: `editor ${index}` }),
      ).then(
        () => 'kept',
        error => (withCode('ConcurrentChange')(error) ? 'refused' : error),
      ),
    )
    assert.deepEqual(outcomes.toSorted(), ['kept', 'refused', 'refused', 'refused'])
  })

  test('has nothing left to migrate, however many ask', async t => {
    const stores = await openTwice(t)
    const applied = await Promise.all(stores.map(store => store.migrate()))
    assert.deepEqual(applied.flat(), [])
  })
}
