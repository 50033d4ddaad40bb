import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CardinalError } from '../../../src/domain/error.ts'
import { finishPreparedCertificates } from '../../../src/workflows/certificates/finish-prepared-certificates.ts'
import { prepareCertificates } from '../../../src/workflows/certificates/prepare-certificates.ts'
import type { CertificationAuthority } from '../../../src/workflows/ports/certification-authority.ts'
import type { Store } from '../../../src/workflows/ports/store.ts'
import { cancelRequest } from '../../../src/workflows/requests/cancel-request.ts'
import { createRequest } from '../../../src/workflows/requests/create-request.ts'
import { openTestbed, type Testbed } from '../../testbed/environment.ts'
import { onMigratedPostgresql } from '../../testbed/migrated-postgresql.ts'
import { certificationRequest } from '../certification-request.ts'
import {
  auditTrail,
  certificateOf,
  enrollment,
  issue,
  issueOne,
  recordsOf,
  refused,
  software,
} from '../stories.ts'

type Open = (t: Parameters<typeof openTestbed>[0]) => Promise<Testbed>

const twoMinutes = 120_000

async function approved(testbed: Testbed) {
  const alice = await testbed.callerOf('alice')
  const { uuid } = await createRequest(testbed, alice, enrollment(software))
  return { alice, uuid, der: certificationRequest() }
}

async function prepared(testbed: Testbed) {
  const request = await approved(testbed)
  await prepareCertificates(testbed, request.alice, request.uuid, {
    certificationRequests: [request.der],
    pfxPassword: '',
    comments: '',
  })
  return request
}

/** An authority that signs once the test says so, and tells when it was first asked. */
function heldAuthority(authority: CertificationAuthority) {
  const asked = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const certificationAuthority: CertificationAuthority = {
    ...authority,
    async sign(linted) {
      asked.resolve()
      await released.promise
      return await authority.sign(linted)
    },
  }
  return { certificationAuthority, asked: asked.promise, release: released.resolve }
}

/** A store whose disk takes one transaction more: that which prepares. */
function fullAfterOne({ reader, transactor }: Store): Store {
  let left = 1
  return {
    reader,
    transactor: {
      async transaction(work) {
        if (left-- > 0) return await transactor.transaction(work)
        throw new CardinalError('ServiceUnavailable', 'The disk is full.')
      },
    },
  }
}

async function timesIssued(testbed: Testbed, uuid: string): Promise<number> {
  return (await auditTrail(testbed, uuid)).filter(action => action === 'certificate-issued').length
}

function describeFinishing(engine: string, open: Open): void {
  test(`${engine}: what a full disk left is finished without its client, once it is old enough`, async t => {
    const testbed = await open(t)
    const { alice, uuid, der } = await approved(testbed)
    const full = { ...testbed, store: { ...testbed.store, ...fullAfterOne(testbed.store) } }
    await refused(issue(full, alice, uuid, der), 'ServiceUnavailable', /disk is full/)
    assert.equal((await recordsOf(testbed, uuid))[0]?.state, 'prepared')
    testbed.clock.advance(twoMinutes - 1)
    assert.equal(await finishPreparedCertificates(testbed, twoMinutes), 0)
    assert.equal((await recordsOf(testbed, uuid))[0]?.state, 'prepared')
    testbed.clock.advance(1)
    assert.equal(await finishPreparedCertificates(testbed, twoMinutes), 1)
    const [record] = await recordsOf(testbed, uuid)
    assert.equal(record?.state, 'issued')
    assert.deepEqual(await issueOne(testbed, alice, uuid, der), record.certificate)
    assert.equal(await timesIssued(testbed, uuid), 1)
  })

  test(`${engine}: a call that is still signing after that time answers with the certificate that came first`, async t => {
    const testbed = await open(t)
    const { alice, uuid, der } = await approved(testbed)
    const { certificationAuthority, asked, release } = heldAuthority(testbed.certificationAuthority)
    const slow = issue({ ...testbed, certificationAuthority }, alice, uuid, der)
    await asked
    assert.equal(await finishPreparedCertificates(testbed, twoMinutes), 0)
    testbed.clock.advance(twoMinutes)
    assert.equal(await finishPreparedCertificates(testbed, twoMinutes), 1)
    release()
    const [record] = await recordsOf(testbed, uuid)
    assert.deepEqual(certificateOf(await slow), record?.certificate)
    assert.equal(await timesIssued(testbed, uuid), 1)
  })

  test(`${engine}: a run that a call overtakes issues nothing of its own`, async t => {
    const testbed = await open(t)
    const { alice, uuid, der } = await prepared(testbed)
    testbed.clock.advance(twoMinutes)
    const { certificationAuthority, asked, release } = heldAuthority(testbed.certificationAuthority)
    const finishing = finishPreparedCertificates({ ...testbed, certificationAuthority }, twoMinutes)
    await asked
    const certificate = await issueOne(testbed, alice, uuid, der)
    release()
    await finishing
    assert.deepEqual((await recordsOf(testbed, uuid))[0]?.certificate, certificate)
    assert.equal(await timesIssued(testbed, uuid), 1)
  })

  test(`${engine}: a request that is canceled meanwhile keeps no certificate`, async t => {
    const testbed = await open(t)
    const { alice, uuid } = await prepared(testbed)
    testbed.clock.advance(twoMinutes)
    const { certificationAuthority, asked, release } = heldAuthority(testbed.certificationAuthority)
    const finishing = finishPreparedCertificates({ ...testbed, certificationAuthority }, twoMinutes)
    await asked
    await cancelRequest(testbed, alice, uuid)
    release()
    assert.equal(await finishing, 0)
    assert.equal((await recordsOf(testbed, uuid))[0]?.state, 'failed')
    assert.equal(await timesIssued(testbed, uuid), 0)
  })

  test(`${engine}: runs and calls at once issue each certificate once`, async t => {
    const testbed = await open(t)
    const requests = []
    for (let count = 0; count < 6; count++) requests.push(await prepared(testbed))
    testbed.clock.advance(twoMinutes)
    const runs = [1, 2, 3].map(() => finishPreparedCertificates(testbed, twoMinutes))
    const answers = await Promise.all(
      requests.map(({ alice, uuid, der }) => issueOne(testbed, alice, uuid, der)),
    )
    await Promise.all(runs)
    for (const [index, { uuid }] of requests.entries()) {
      assert.deepEqual((await recordsOf(testbed, uuid))[0]?.certificate, answers[index])
      assert.equal(await timesIssued(testbed, uuid), 1)
    }
  })
}

test('many are finished in more than one go, and those that are too young stay', async t => {
  const testbed = await openTestbed(t)
  for (let count = 0; count < 101; count++) await prepared(testbed)
  testbed.clock.advance(twoMinutes)
  const young = await prepared(testbed)
  assert.equal(await finishPreparedCertificates(testbed, twoMinutes), 101)
  const left = await testbed.store.reader.listPreparedCertificates(10)
  assert.deepEqual(
    left.map(({ requestUuid }) => requestUuid),
    [young.uuid],
  )
})

test('at the start all are finished, though the clock was ahead when they were prepared', async t => {
  const testbed = await openTestbed(t)
  await prepared(testbed)
  testbed.clock.advance(-1_800_000)
  assert.equal(await finishPreparedCertificates(testbed, twoMinutes), 0)
  assert.equal(await finishPreparedCertificates(testbed), 1)
})

describeFinishing('SQLite', t => openTestbed(t))

onMigratedPostgresql(createDatabase =>
  describeFinishing('PostgreSQL', async t => openTestbed(t, { postgresUrl: await createDatabase() })),
)
