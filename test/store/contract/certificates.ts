import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { CertificateRecord } from '../../../src/domain/certificate.ts'
import {
  sampleCertificate,
  sampleProfile,
  sampleProfileTemplate,
  sampleRequest,
  someTime,
} from '../records.ts'
import { audited, type OpenTestDatabase, type TestDatabase, withCode } from '../store-contract.ts'

const template = sampleProfileTemplate()
const signed = { certificate: Uint8Array.of(0x30, 0x80), thumbprint: 'AB'.repeat(20) }

async function begin({ store }: TestDatabase) {
  const request = sampleRequest(template)
  const profile = sampleProfile(template)
  await audited(store, async tx => {
    await tx.saveProfileTemplate(template)
    await tx.insertRequest(request)
    await tx.insertProfile(profile)
  })
  const certificate = (changes: Partial<CertificateRecord> = {}) =>
    sampleCertificate(request, profile, changes)
  return { store, request, profile, certificate }
}

export function certificatesContract(open: OpenTestDatabase): void {
  test('carries a certificate from prepared to revoked', async t => {
    const { store, request, profile, certificate } = await begin(await open(t))
    const prepared = certificate({ tbsCertificate: new Uint8Array(randomBytes(100_000)) })
    const { uuid } = prepared
    const { reader } = store
    await audited(store, tx => tx.insertCertificate(prepared))
    assert.deepEqual(await reader.listPreparedCertificates(10), [prepared])
    assert.deepEqual(await reader.listCertificatesOfRequest(request.uuid), [prepared])
    assert.deepEqual(await reader.listCertificatesOfProfile(profile.uuid), [])

    const issued = { ...prepared, ...signed, state: 'issued' } as const
    await audited(store, async tx => {
      assert.equal(await tx.finishCertificate(uuid, signed), true)
      assert.equal(await tx.finishCertificate(uuid, { ...signed, thumbprint: 'another' }), false)
    })
    assert.deepEqual(await reader.listPreparedCertificates(10), [])
    assert.deepEqual(await reader.listCertificatesOfProfile(profile.uuid), [issued])
    assert.deepEqual(
      await reader.listCertificatesOfUser(profile.assignedUserUuid, { after: null, limit: 10 }),
      [issued],
    )

    const revocation = { at: new Date('2026-05-06T07:08:09.010Z'), reason: 'key-compromise' } as const
    await audited(store, tx => tx.updateCertificateState(uuid, 'revoked', revocation))
    assert.deepEqual(await reader.listCertificatesOfRequest(request.uuid), [
      { ...issued, state: 'revoked', revokedAt: revocation.at, revocationReason: revocation.reason },
    ])
    await audited(store, tx => tx.updateCertificateState(uuid, 'issued', null))
    assert.deepEqual(await reader.listCertificatesOfRequest(request.uuid), [issued])
  })

  test('finds a certificate in any state by its authority and serial number', async t => {
    const { store, certificate } = await begin(await open(t))
    const prepared = certificate()
    const { certificationAuthorityUuid: ca, serialNumber } = prepared
    const find = (authority: string, serial: string) =>
      store.reader.findCertificateBySerialNumber(authority, serial)
    assert.equal(await find(ca, serialNumber), null)
    await audited(store, tx => tx.insertCertificate(prepared))
    assert.deepEqual(await find(ca, serialNumber), prepared)
    await audited(store, tx => tx.finishCertificate(prepared.uuid, signed))
    assert.deepEqual(await find(ca, serialNumber), { ...prepared, ...signed, state: 'issued' })
    assert.equal(await find(ca, `${serialNumber}00`), null)
    assert.equal(await find(randomUUID(), serialNumber), null)
  })

  test('leaves the certificates of a retired profile out of the list of its user, and of no other list', async t => {
    const { store, profile, certificate } = await begin(await open(t))
    const prepared = certificate()
    await audited(store, async tx => {
      await tx.insertCertificate(prepared)
      await tx.finishCertificate(prepared.uuid, signed)
      await tx.updateProfile({ ...profile, status: 'retired' })
    })
    assert.deepEqual(
      await store.reader.listCertificatesOfUser(profile.assignedUserUuid, { after: null, limit: 10 }),
      [],
    )
    assert.equal((await store.reader.listCertificatesOfProfile(profile.uuid)).length, 1)
  })

  test('finishes nothing that failed or never was', async t => {
    const { store, certificate } = await begin(await open(t))
    const failed = certificate({ state: 'failed' })
    await audited(store, async tx => {
      await tx.insertCertificate(failed)
      assert.equal(await tx.finishCertificate(failed.uuid, signed), false)
      assert.equal(await tx.finishCertificate(randomUUID(), signed), false)
    })
  })

  test('lists the signed certificates newest first, and those of a request in every state, oldest first', async t => {
    const { store, request, profile, certificate } = await begin(await open(t))
    const states = ['prepared', 'issued', 'on-hold', 'revoked', 'failed', 'issued'] as const
    const records = states.map((state, index) =>
      certificate({ state, certificateTemplate: `template ${index}` }),
    )
    await audited(store, async tx => {
      for (const record of records) await tx.insertCertificate(record)
    })
    const shown = records.filter(({ state }) => ['issued', 'on-hold', 'revoked'].includes(state)).toReversed()
    const { reader } = store
    assert.deepEqual(await reader.listCertificatesOfProfile(profile.uuid), shown)
    const owner = profile.assignedUserUuid
    assert.deepEqual(await reader.listCertificatesOfUser(owner, { after: null, limit: 2 }), shown.slice(0, 2))
    const second = { after: shown[0]?.uuid ?? '', limit: 1 }
    assert.deepEqual(await reader.listCertificatesOfUser(owner, second), shown.slice(1, 2))
    const last = { after: shown.at(-1)?.uuid ?? '', limit: 9 }
    assert.deepEqual(await reader.listCertificatesOfUser(owner, last), [])
    for (const [user, after] of [
      [owner, randomUUID()],
      [randomUUID(), second.after],
    ] as const) {
      const listed = reader.listCertificatesOfUser(user, { after, limit: 9 })
      await assert.rejects(listed, withCode('InvalidParameter'))
    }
    assert.deepEqual(await reader.listCertificatesOfRequest(request.uuid), records)
    assert.deepEqual(await reader.listPreparedCertificates(9), records.slice(0, 1))
    assert.deepEqual(await reader.listPreparedCertificates(0), [])
  })

  test('gives a request one certificate of each certificate template, unless the first one failed', async t => {
    const { store, certificate } = await begin(await open(t))
    const insert = (record: CertificateRecord) => audited(store, tx => tx.insertCertificate(record))
    const first = certificate()
    await insert(first)
    await assert.rejects(insert(certificate()), withCode('ConcurrentChange'))
    await insert(certificate({ certificateTemplate: 'Vpn' }))
    await audited(store, tx => tx.updateCertificateState(first.uuid, 'failed', null))
    const second = certificate()
    await insert(second)
    await audited(store, tx => tx.finishCertificate(second.uuid, signed))
    await assert.rejects(insert(certificate()), withCode('ConcurrentChange'))
  })

  test('gives out a serial number once for each certification authority', async t => {
    const { store } = await open(t)
    await audited(store, async tx => {
      assert.equal(await tx.reserveSerialNumber('ca', '01'), true)
      assert.equal(await tx.reserveSerialNumber('ca', '01'), false)
      assert.equal(await tx.reserveSerialNumber('ca', '02'), true)
      assert.equal(await tx.reserveSerialNumber('another', '01'), true)
    })
    await audited(store, async tx => assert.equal(await tx.reserveSerialNumber('ca', '02'), false))
  })

  test('lists what a revocation list holds: revoked or on hold, not yet expired, by serial number', async t => {
    const { store, certificate } = await begin(await open(t))
    const now = new Date('2026-06-01T00:00:00.000Z')
    const ca = randomUUID()
    const records: [serialNumber: string, changes: Partial<CertificateRecord>][] = [
      ['0B', { state: 'revoked', revokedAt: someTime, revocationReason: 'superseded', notAfter: now }],
      ['0A', { state: 'on-hold', revokedAt: someTime, revocationReason: 'certificate-hold' }],
      ['01', { state: 'issued' }],
      ['02', { state: 'prepared' }],
      [
        '03',
        {
          state: 'revoked',
          revokedAt: someTime,
          revocationReason: 'superseded',
          notAfter: new Date(now.getTime() - 1),
        },
      ],
      [
        '04',
        {
          state: 'revoked',
          revokedAt: someTime,
          revocationReason: 'superseded',
          certificationAuthorityUuid: 'another',
        },
      ],
    ]
    await audited(store, async tx => {
      for (const [serialNumber, changes] of records) {
        const defaults = { certificationAuthorityUuid: ca, certificateTemplate: serialNumber }
        await tx.insertCertificate(certificate({ ...defaults, serialNumber, ...changes }))
      }
    })
    assert.deepEqual(await store.reader.listRevokedCertificates(ca, now), [
      { serialNumber: '0A', revokedAt: someTime, reason: 'certificate-hold' },
      { serialNumber: '0B', revokedAt: someTime, reason: 'superseded' },
    ])
  })

  test('finds the latest revocation list and takes each number once', async t => {
    const { store } = await open(t)
    const list = (number: number, certificationAuthorityUuid = 'ca') => ({
      certificationAuthorityUuid,
      number,
      der: Uint8Array.of(number % 256),
      thisUpdate: someTime,
      nextUpdate: new Date(someTime.getTime() + 1),
    })
    await audited(store, async tx => {
      for (const number of [9, 2 ** 40, 10]) assert.equal(await tx.insertRevocationList(list(number)), true)
      assert.equal(await tx.insertRevocationList({ ...list(10), der: Uint8Array.of(0) }), false)
      assert.equal(await tx.insertRevocationList(list(10, 'another')), true)
    })
    assert.deepEqual(await store.reader.findLatestRevocationList('ca'), list(2 ** 40))
    assert.deepEqual(await store.reader.findLatestRevocationList('another'), list(10, 'another'))
    assert.equal(await store.reader.findLatestRevocationList('none'), null)
  })

  test('lists certification authorities in the order in which they were created', async t => {
    const { store } = await open(t)
    const authorities = (['root', 'issuing'] as const).map(kind => ({
      uuid: randomUUID(),
      kind,
      name: `CN=${kind}`,
      certificate: Uint8Array.of(1, 2),
      sealedPrivateKey: new Uint8Array(),
    }))
    await audited(store, async tx => {
      for (const authority of authorities) await tx.insertCertificationAuthority(authority)
    })
    assert.deepEqual(await store.reader.listCertificationAuthorities(), authorities)
  })

  test('lists what is to be brought in line with a directory when it is due, the longest due first', async t => {
    const { store, request, certificate } = await begin(await open(t))
    const [first, second] = [certificate(), certificate({ certificateTemplate: 'Vpn' })]
    const later = (seconds: number) => new Date(someTime.getTime() + seconds * 1000)
    const due = async (at: Date) =>
      (await store.reader.listDuePublications(at, 10)).map(each => [
        each.certificate.uuid,
        each.generation,
        each.attempts,
      ])
    await audited(store, async tx => {
      await tx.insertCertificate(first)
      await tx.insertCertificate(second)
      await tx.requestPublication(second.uuid, later(2))
      await tx.requestPublication(first.uuid, later(1))
    })
    assert.deepEqual(await due(someTime), [])
    assert.deepEqual(await due(later(1)), [[first.uuid, 1, 0]])
    assert.deepEqual(await due(later(9)), [
      [first.uuid, 1, 0],
      [second.uuid, 1, 0],
    ])
    const [read] = await store.reader.listDuePublications(later(1), 10)
    const [kept] = await store.reader.listCertificatesOfRequest(request.uuid)
    assert.deepEqual(read?.certificate, kept)
    assert.equal((await store.reader.listDuePublications(later(9), 1)).length, 1)

    await store.transactor.transaction(tx => tx.postponePublication(first.uuid, 1, later(5)))
    await store.transactor.transaction(tx => tx.postponePublication(first.uuid, 7, later(500)))
    assert.deepEqual(await due(later(4)), [[second.uuid, 1, 0]])
    assert.deepEqual(await due(later(5)), [
      [second.uuid, 1, 0],
      [first.uuid, 1, 1],
    ])

    await audited(store, async tx => {
      assert.equal(await tx.settlePublication(first.uuid, 2, null), false)
      assert.equal(await tx.settlePublication(first.uuid, 2, later(20)), false)
      assert.equal(await tx.settlePublication(first.uuid, 1, later(20)), true)
      assert.equal(await tx.settlePublication(second.uuid, 1, null), true)
      assert.equal(await tx.settlePublication(second.uuid, 1, null), false)
    })
    assert.deepEqual(await due(later(19)), [])
    assert.deepEqual(await due(later(20)), [[first.uuid, 1, 0]])

    await audited(store, tx => tx.updateCertificateState(first.uuid, 'failed', null))
    await audited(store, tx => tx.updateCertificateState(second.uuid, 'failed', null))
    assert.deepEqual(await due(someTime), [[first.uuid, 2, 0]])
    await audited(store, tx => tx.requestPublication(first.uuid, later(3)))
    assert.deepEqual(await due(later(3)), [[first.uuid, 3, 0]])
  })
}
