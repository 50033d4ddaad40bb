import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { Transaction } from '../../../src/workflows/ports/store.ts'
import {
  sampleApiToken,
  sampleAudit,
  sampleCertificate,
  sampleCertificateTemplate,
  samplePhysicalCard,
  sampleProfile,
  sampleProfileTemplate,
  sampleRequest,
  sampleSession,
  sampleSmartcard,
  sampleUser,
  someTime,
} from '../records.ts'
import { audited, type OpenTestDatabase, withCode } from '../store-contract.ts'

const unaudited = /without an audit record/

export function transactionsContract(open: OpenTestDatabase): void {
  test('returns what the work returns', async t => {
    const { store } = await open(t)
    assert.equal(await store.transactor.transaction(async () => 42), 42)
  })

  test('keeps nothing of a transaction that throws, and throws the same error', async t => {
    const { store } = await open(t)
    const user = sampleUser()
    const fault = new Error('changed my mind')
    await assert.rejects(
      audited(store, async tx => {
        await tx.saveUser(user)
        assert.deepEqual(await tx.findUser(user.uuid), user)
        throw fault
      }),
      error => error === fault,
    )
    assert.equal(await store.reader.findUser(user.uuid), null)
  })

  test('shows others nothing before the transaction is committed', async t => {
    const { store } = await open(t)
    const user = sampleUser()
    await audited(store, async tx => {
      await tx.saveUser(user)
      assert.equal(await store.reader.findUser(user.uuid), null)
    })
    assert.deepEqual(await store.reader.findUser(user.uuid), user)
  })

  test('lets reads pass while a transaction is open', async t => {
    const { store } = await open(t)
    await audited(store, async tx => {
      await tx.saveUser(sampleUser())
      await Promise.all(Array.from({ length: 30 }, () => store.reader.listRoleAssignments()))
    })
  })

  test('goes on after a transaction failed in the database', async t => {
    const { store } = await open(t)
    const user = sampleUser()
    await audited(store, tx => tx.saveUser(user))
    await assert.rejects(audited(store, tx => tx.saveUser({ ...sampleUser(), sid: user.sid })))
    const another = sampleUser()
    await audited(store, tx => tx.saveUser(another))
    assert.deepEqual(await store.reader.findUser(another.uuid), another)
  })

  test('refuses every write without an audit record, and keeps nothing of it', async t => {
    const { store } = await open(t)
    const template = sampleProfileTemplate()
    const request = sampleRequest(template)
    const profile = sampleProfile(template)
    const smartcard = sampleSmartcard(profile)
    const certificate = sampleCertificate(request, profile)
    const cardId = randomUUID()
    const session = sampleSession({ tokenHash: 'hash' })
    const apiToken = sampleApiToken()
    await audited(store, async tx => {
      await tx.saveProfileTemplate(template)
      await tx.insertRequest(request)
      await tx.insertProfile(profile)
      await tx.insertSmartcard(smartcard)
      await tx.insertCertificate(certificate)
      await tx.lockPhysicalCard(cardId)
      await tx.insertSession(session)
      await tx.insertApiToken(apiToken)
    })
    const user = sampleUser()
    const group = { uuid: randomUUID(), sid: 'g', name: 'g', members: ['m'] }
    await audited(store, tx => tx.saveGroup(group))
    const writes: { [Method in AuditedMethod]: (tx: Transaction) => Promise<unknown> } = {
      lockPhysicalCard: tx => tx.lockPhysicalCard(randomUUID()),
      saveOrganisation: tx =>
        tx.saveOrganisation({ name: '', domain: '', dnsName: '', domainSid: '', serviceAccountSid: '' }),
      saveUser: tx => tx.saveUser(user),
      saveUsers: tx => tx.saveUsers([sampleUser()]),
      saveGroup: tx => tx.saveGroup({ uuid: randomUUID(), sid: 's', name: 'n', members: ['m'] }),
      deleteGroup: tx => tx.deleteGroup(group),
      saveLocalAccount: async tx => {
        await tx.saveUser(user)
        await tx.saveLocalAccount({ userUuid: user.uuid, passwordHash: '' })
      },
      saveRoleAssignment: tx => tx.saveRoleAssignment({ role: 'auditor', trustee: 's' }),
      saveUserGrant: tx => tx.saveUserGrant({ trustee: 's', over: 's', rights: [] }),
      insertSession: tx => tx.insertSession(sampleSession()),
      deleteSession: tx => tx.deleteSession(session.uuid),
      insertApiToken: tx => tx.insertApiToken(sampleApiToken()),
      deleteApiToken: tx => tx.deleteApiToken(apiToken.uuid),
      deleteSessionsOfUser: tx => tx.deleteSessionsOfUser(session.userUuid),
      saveProfileTemplate: tx => tx.saveProfileTemplate({ ...template, version: 2 }),
      saveCertificateTemplate: tx => tx.saveCertificateTemplate(sampleCertificateTemplate()),
      insertRequest: tx => tx.insertRequest(sampleRequest(template)),
      updateRequest: tx => tx.updateRequest(request),
      insertApproval: tx =>
        tx.insertApproval({
          requestUuid: request.uuid,
          approverUuid: 'mona',
          decision: 'deny',
          at: someTime,
          comment: '',
        }),
      insertSmartcard: tx => tx.insertSmartcard(sampleSmartcard(profile)),
      updateSmartcard: tx => tx.updateSmartcard(smartcard),
      updatePhysicalCard: tx => tx.updatePhysicalCard(samplePhysicalCard(cardId, 1)),
      insertToldUnblockingKey: tx =>
        tx.insertToldUnblockingKey({ cardId, requestUuid: randomUUID(), generation: 1 }),
      saveSealedPin: tx => tx.saveSealedPin(smartcard.uuid, Uint8Array.of(1)),
      insertProfile: tx => tx.insertProfile(sampleProfile(template)),
      updateProfile: tx => tx.updateProfile(profile),
      reserveSerialNumber: tx => tx.reserveSerialNumber('ca', '01'),
      insertCertificate: tx =>
        tx.insertCertificate(sampleCertificate(request, profile, { certificateTemplate: 'Vpn' })),
      finishCertificate: tx =>
        tx.finishCertificate(certificate.uuid, { certificate: Uint8Array.of(1), thumbprint: '' }),
      requestPublication: tx => tx.requestPublication(certificate.uuid, someTime),
      settlePublication: async tx => {
        await tx.requestPublication(certificate.uuid, someTime)
        return await tx.settlePublication(certificate.uuid, 1, someTime)
      },
      updateCertificateState: tx => tx.updateCertificateState(certificate.uuid, 'failed', null),
      insertRevocationList: tx =>
        tx.insertRevocationList({
          certificationAuthorityUuid: 'ca',
          number: 1,
          der: Uint8Array.of(1),
          thisUpdate: someTime,
          nextUpdate: someTime,
        }),
      insertCertificationAuthority: tx =>
        tx.insertCertificationAuthority({
          uuid: randomUUID(),
          kind: 'root',
          name: '',
          certificate: Uint8Array.of(1),
          sealedPrivateKey: Uint8Array.of(1),
        }),
      insertCardMasterKey: tx => tx.insertCardMasterKey({ version: 1, sealedSecret: Uint8Array.of(1) }),
    }
    for (const [name, write] of Object.entries(writes)) {
      await assert.rejects(store.transactor.transaction(write), unaudited, name)
    }
    assert.equal(await store.reader.findUser(user.uuid), null)
    assert.notEqual(await store.reader.findSession('hash'), null)
    assert.deepEqual(await store.reader.listPreparedCertificates(9), [certificate])
    assert.deepEqual(await store.reader.findProfileTemplate(template.uuid), template)
  })

  test('asks for no audit record where nothing was written', async t => {
    const { store } = await open(t)
    const cardId = randomUUID()
    await audited(store, async tx => {
      await tx.lockPhysicalCard(cardId)
      await tx.reserveSerialNumber('ca', '01')
    })
    await store.transactor.transaction(async tx => {
      await tx.lockPhysicalCard(cardId)
      await tx.lockRequest(randomUUID())
      assert.equal(await tx.reserveSerialNumber('ca', '01'), false)
      assert.equal(await tx.deleteSession('unknown'), false)
      assert.equal(await tx.deleteApiToken('unknown'), false)
    })
  })

  test('refuses use after the end, whether the transaction was kept or not', async t => {
    const { store } = await open(t)
    const transactions: Transaction[] = []
    await audited(store, async tx => transactions.push(tx))
    await assert.rejects(
      audited(store, async tx => {
        transactions.push(tx)
        throw new Error('no')
      }),
    )
    assert.equal(transactions.length, 2)
    for (const tx of transactions) {
      await assert.rejects(tx.findUser(randomUUID()))
      await assert.rejects(tx.saveUser(sampleUser()))
      await assert.rejects(tx.audit(sampleAudit()))
    }
  })

  test('refuses a transaction within a transaction, which would wait for itself', async t => {
    const { store } = await open(t)
    await assert.rejects(
      audited(store, () => audited(store, async () => 'inner')),
      /within another/,
    )
    assert.equal(await audited(store, async () => 'next'), 'next')
  })

  test('runs no query that was not awaited after the end', async t => {
    const { store } = await open(t)
    const users = Array.from({ length: 40 }, () => sampleUser())
    const saved: Promise<void>[] = []
    const fault = new Error('changed my mind')
    await assert.rejects(
      audited(store, async tx => {
        for (const user of users) saved.push(tx.saveUser(user))
        for (const promise of saved) promise.catch(() => undefined)
        throw fault
      }),
      error => error === fault,
    )
    const outcomes = await Promise.allSettled(saved)
    assert.ok(outcomes.some(({ status }) => status === 'rejected'))
    for (const { uuid } of users) assert.equal(await store.reader.findUser(uuid), null)
  })

  test('refuses U+0000 in any text, for writing as for looking up', async t => {
    const { store } = await open(t)
    const refused = withCode('InvalidParameter')
    await assert.rejects(
      audited(store, tx => tx.saveUser(sampleUser({ displayName: 'a\0b' }))),
      refused,
    )
    await assert.rejects(store.reader.findUserByName('alice\0'), refused)
  })

  test('keeps everything over a restart', async t => {
    const { store, openAgain } = await open(t)
    const user = sampleUser()
    await audited(store, tx => tx.saveUser(user))
    await store.close()
    const again = await openAgain()
    assert.deepEqual(await again.migrate(), [])
    assert.deepEqual(await again.reader.findUser(user.uuid), user)
  })

  test('is healthy', async t => {
    const { store } = await open(t)
    await store.check()
  })
}

type ReadingMethod =
  | `find${string}`
  | `list${string}`
  | 'hasCompletedAssignment'
  | `lock${'Request' | 'Smartcard' | 'Profile' | 'Session' | 'ApiToken' | 'User' | 'LocalDirectory'}`
type ExemptMethod =
  | 'audit'
  | 'auditAll'
  | 'updateSession'
  | 'deleteSessionsBefore'
  | 'touchApiToken'
  | 'deleteExpiredApiTokens'
  | 'postponePublication'
type AuditedMethod = Exclude<keyof Transaction, ReadingMethod | ExemptMethod>
