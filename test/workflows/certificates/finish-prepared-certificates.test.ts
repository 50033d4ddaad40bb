import assert from 'node:assert/strict'
import { test } from 'node:test'
import { finishPreparedCertificates } from '../../../src/workflows/certificates/finish-prepared-certificates.ts'
import { prepareCertificates } from '../../../src/workflows/certificates/prepare-certificates.ts'
import type { OrganisationFile } from '../../../src/workflows/organisation/organisation-file.ts'
import type { Caller } from '../../../src/workflows/ports/caller.ts'
import { cancelRequest } from '../../../src/workflows/requests/cancel-request.ts'
import { completeRequest } from '../../../src/workflows/requests/complete-request.ts'
import { createRequest } from '../../../src/workflows/requests/create-request.ts'
import { decodeCertificate } from '../../../src/x509/certificate.ts'
import { verifyCertificateSignature } from '../../../src/x509/certificate-chain.ts'
import { openTestbed, type Testbed } from '../../testbed/environment.ts'
import { certificationRequest } from '../certification-request.ts'
import { auditTrail, enrollment, issue, issueOne, recordsOf, refused, software } from '../stories.ts'

/** The steps up to and including what is kept before signing; the server ends there. */
async function crashBeforeSigning(
  testbed: Testbed,
  caller: Caller,
  der = certificationRequest(),
): Promise<string> {
  const { uuid } = await createRequest(testbed, caller, enrollment(software))
  const submission = { certificationRequests: [der], pfxPassword: '', comments: '' }
  await prepareCertificates(testbed, caller, uuid, submission)
  const [record] = await recordsOf(testbed, uuid)
  assert.deepEqual([record?.state, record?.certificate], ['prepared', null])
  return uuid
}

/** The demo organisation, whose certificates end long before their authority. */
function withShortCertificates(file: OrganisationFile): OrganisationFile {
  for (const template of file.certificateTemplates) Object.assign(template, { validityDays: 100 })
  return file
}

test('what a crash left unsigned is signed at the next start, once', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const der = certificationRequest()
  const uuid = await crashBeforeSigning(testbed, alice, der)
  assert.equal(await finishPreparedCertificates(testbed), 1)
  assert.equal(await finishPreparedCertificates(testbed), 0)

  const [record, ...others] = await recordsOf(testbed, uuid)
  assert.deepEqual(others, [])
  assert.equal(record?.state, 'issued')
  assert.ok(record.certificate)
  const certificate = decodeCertificate(record.certificate)
  assert.deepEqual(certificate.tbs, record.tbsCertificate)
  assert.ok(verifyCertificateSignature(certificate, testbed.certificationAuthority.certificate))
  assert.deepEqual(await issueOne(testbed, alice, uuid, der), record.certificate)
  assert.equal((await completeRequest(testbed, alice, uuid)).status, 'completed')
  const trail = await auditTrail(testbed, uuid)
  assert.equal(trail.filter(action => action === 'certificate-issued').length, 1)
})

test('a client that sends again before the next start gets the certificate that was prepared', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const der = certificationRequest()
  const uuid = await crashBeforeSigning(testbed, alice, der)
  const [prepared] = await recordsOf(testbed, uuid)
  const certificate = decodeCertificate(await issueOne(testbed, alice, uuid, der))
  assert.deepEqual(certificate.tbs, prepared?.tbsCertificate)
  assert.equal(await finishPreparedCertificates(testbed), 0)
})

test('many are finished, in more than one go', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  for (let count = 0; count < 101; count++) await crashBeforeSigning(testbed, alice)
  assert.equal(await finishPreparedCertificates(testbed), 101)
  assert.deepEqual(await testbed.store.reader.listPreparedCertificates(1), [])
})

test('processes that finish at once issue each certificate once', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const uuids = []
  for (let count = 0; count < 5; count++) uuids.push(await crashBeforeSigning(testbed, alice))
  await Promise.all([1, 2, 3].map(() => finishPreparedCertificates(testbed)))
  for (const uuid of uuids) {
    const trail = await auditTrail(testbed, uuid)
    assert.equal(trail.filter(action => action === 'certificate-issued').length, 1)
  }
})

test('what may not be signed any more is failed, and says why', async t => {
  const testbed = await openTestbed(t, { organisation: withShortCertificates })
  const alice = await testbed.callerOf('alice')
  const der = certificationRequest()
  const uuid = await crashBeforeSigning(testbed, alice, der)
  testbed.clock.advance(101 * 86_400_000)
  assert.equal(await finishPreparedCertificates(testbed), 0)
  const [record] = await recordsOf(testbed, uuid)
  assert.deepEqual([record?.state, record?.certificate], ['failed', null])
  const audit = await testbed.store.reader.listAuditRecordsOfRequest(uuid)
  assert.equal(audit.at(-1)?.action, 'certificate-failed')
  assert.match(JSON.stringify(audit.at(-1)?.facts), /ended already/)
  assert.equal(await finishPreparedCertificates(testbed), 0)
  const [answer] = await issue(testbed, alice, uuid, der)
  assert.match(answer?.error ?? '', /failed/)
  await refused(completeRequest(testbed, alice, uuid), 'CertificatesMissing')
  assert.equal((await cancelRequest(testbed, alice, uuid)).status, 'canceled')
})

for (const [when, edge, offset] of [
  ['has not begun', 'notBefore', -1],
  ['is over', 'notAfter', 1],
] as const) {
  test(`what a crash left waits where the time of the authority ${when}, as a wrong clock says`, async t => {
    const testbed = await openTestbed(t)
    const alice = await testbed.callerOf('alice')
    const uuid = await crashBeforeSigning(testbed, alice)
    const right = testbed.clock.now()
    testbed.clock.set(new Date(testbed.certificationAuthority.certificate[edge].getTime() + offset))
    const reported: unknown[] = []
    const faults = { report: (_what: string, error: unknown) => void reported.push(error) }
    assert.equal(await finishPreparedCertificates({ ...testbed, faults }), 0)
    assert.match(String(reported), /ca1\.contoso\.com.* is valid from .* the clock of the server says/)
    assert.equal((await recordsOf(testbed, uuid))[0]?.state, 'prepared')
    testbed.clock.set(right)
    assert.equal(await finishPreparedCertificates(testbed), 1)
  })
}

test('a process whose clock is wrong does not fail what another one has issued', async t => {
  const testbed = await openTestbed(t, { organisation: withShortCertificates })
  const alice = await testbed.callerOf('alice')
  const uuid = await crashBeforeSigning(testbed, alice)
  const { certificationAuthority } = testbed
  let isFirst = true
  const late = {
    ...testbed,
    store: {
      ...testbed.store,
      reader: {
        ...testbed.store.reader,
        async listPreparedCertificates(limit: number) {
          const records = await testbed.store.reader.listPreparedCertificates(limit)
          if (isFirst) await finishPreparedCertificates({ ...testbed, certificationAuthority })
          isFirst = false
          testbed.clock.advance(101 * 86_400_000)
          return records
        },
      },
    },
  }
  assert.equal(await finishPreparedCertificates(late), 0)
  const [record] = await recordsOf(testbed, uuid)
  assert.equal(record?.state, 'issued')
})

test('a canceled request is not finished', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const uuid = await crashBeforeSigning(testbed, alice)
  await cancelRequest(testbed, alice, uuid)
  assert.equal(await finishPreparedCertificates(testbed), 0)
  const [record] = await recordsOf(testbed, uuid)
  assert.equal(record?.state, 'failed')
})

test('an authority that cannot sign at the start leaves what is prepared for the next one', async t => {
  const testbed = await openTestbed(t)
  const alice = await testbed.callerOf('alice')
  const uuid = await crashBeforeSigning(testbed, alice)
  const certificationAuthority = {
    ...testbed.certificationAuthority,
    sign: async () => {
      throw new Error('The signer is gone.')
    },
  }
  await assert.rejects(finishPreparedCertificates({ ...testbed, certificationAuthority }), /signer is gone/)
  assert.equal((await recordsOf(testbed, uuid))[0]?.state, 'prepared')
  assert.equal(await finishPreparedCertificates(testbed), 1)
})
