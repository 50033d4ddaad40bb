import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CertificationAuthority } from '../../../src/workflows/ports/certification-authority.ts'
import {
  publishDueRevocationList,
  publishRevocationList,
} from '../../../src/workflows/publication/publish-revocation-list.ts'
import { readAuthorityCertificate } from '../../../src/workflows/publication/read-authority-certificate.ts'
import { readRevocationList } from '../../../src/workflows/publication/read-revocation-list.ts'
import { completeRequest } from '../../../src/workflows/requests/complete-request.ts'
import { createRequest } from '../../../src/workflows/requests/create-request.ts'
import { decodeCertificateRevocationList } from '../../../src/x509/certificate-revocation-list.ts'
import { openTestbed, type Testbed } from '../../testbed/environment.ts'
import { enrolledProfile, operation, software, withPolicy } from '../stories.ts'

const hour = 3_600_000
const intervalHours = 24

/** Revocations wait for the next list, so that the test decides when there is one. */
const quietly = withPolicy(software, 'revoke', {
  revocationSettings: { reason: 'key-compromise', publishBaseCrl: false },
})

async function revokeOne(testbed: Testbed): Promise<void> {
  const { profileUuid } = await enrolledProfile(testbed, 'alice')
  const alice = await testbed.callerOf('alice')
  const { uuid } = await createRequest(testbed, alice, operation('revoke', { profileUuid }))
  await completeRequest(testbed, alice, uuid)
}

async function latest(testbed: Testbed) {
  const der = await readRevocationList(testbed, testbed.certificationAuthority.uuid)
  assert.ok(der)
  const { crlNumber, entries, thisUpdate, nextUpdate } = decodeCertificateRevocationList(der)
  return { number: Number(crlNumber), entries: entries.length, thisUpdate, nextUpdate }
}

const publishDue = (testbed: Testbed) =>
  publishDueRevocationList(testbed, testbed.certificationAuthority, intervalHours)

test('a list says when it was made and when the next one comes', async t => {
  const testbed = await openTestbed(t)
  testbed.clock.advance(999)
  await publishRevocationList(testbed, testbed.certificationAuthority)
  const thisUpdate = new Date(Math.floor(testbed.clock.now().getTime() / 1000) * 1000)
  const nextUpdate = new Date(thisUpdate.getTime() + 48 * hour)
  assert.deepEqual(await latest(testbed), { number: 1, entries: 0, thisUpdate, nextUpdate })
})

test('the first list is due at once, for the root too, and the next after the interval', async t => {
  const testbed = await openTestbed(t)
  assert.equal(await publishDue(testbed), true)
  assert.equal(await publishDueRevocationList(testbed, testbed.rootAuthority, intervalHours), true)
  assert.equal(await publishDue(testbed), false)
  testbed.clock.advance(intervalHours * hour - 1000)
  assert.equal(await publishDue(testbed), false)
  testbed.clock.advance(1000)
  assert.equal(await publishDue(testbed), true)
  assert.equal((await latest(testbed)).number, 2)
})

for (const milliseconds of [0, 1, 999, 1000, 60_000]) {
  test(`a revocation ${milliseconds} ms after the last list makes the next one due`, async t => {
    const testbed = await openTestbed(t, { organisation: quietly })
    await publishDue(testbed)
    testbed.clock.advance(milliseconds)
    await revokeOne(testbed)
    assert.equal((await latest(testbed)).entries, 0)
    assert.equal(await publishDue(testbed), true)
    assert.equal((await latest(testbed)).entries, 1)
    assert.equal(await publishDue(testbed), false)
  })
}

test('a revocation that was committed after a list with a later time makes the next one due', async t => {
  const testbed = await openTestbed(t, { organisation: quietly })
  const began = testbed.clock.now()
  testbed.clock.advance(5000)
  await publishDue(testbed)
  testbed.clock.set(began)
  await revokeOne(testbed)
  testbed.clock.advance(6000)
  assert.equal(await publishDue(testbed), true)
  assert.equal((await latest(testbed)).entries, 1)
})

test('an expired certificate leaves the list', async t => {
  const testbed = await openTestbed(t, { organisation: quietly })
  await revokeOne(testbed)
  await publishDue(testbed)
  assert.equal((await latest(testbed)).entries, 1)
  testbed.clock.advance(366 * 24 * hour)
  await publishDue(testbed)
  assert.equal((await latest(testbed)).entries, 0)
})

test('twenty that publish at once end with all revocations published, each number once', async t => {
  const testbed = await openTestbed(t, { organisation: quietly })
  await revokeOne(testbed)
  const all = Array.from({ length: 20 }, () => publishRevocationList(testbed, testbed.certificationAuthority))
  await Promise.all(all)
  const { number, entries } = await latest(testbed)
  assert.equal(entries, 1)
  assert.ok(number <= 20)
})

test('a publisher that is overtaken leaves no list without its revocation', async t => {
  const testbed = await openTestbed(t, { organisation: quietly })
  let overtake = async () => {}
  const slow: CertificationAuthority = {
    ...testbed.certificationAuthority,
    async signRevocationList(list) {
      const der = await testbed.certificationAuthority.signRevocationList(list)
      await overtake()
      return der
    },
  }
  overtake = async () => {
    overtake = async () => {}
    await revokeOne(testbed)
    await publishRevocationList(testbed, testbed.certificationAuthority)
  }
  await publishRevocationList(testbed, slow)
  assert.deepEqual((({ number, entries }) => ({ number, entries }))(await latest(testbed)), {
    number: 2,
    entries: 1,
  })
})

test('lists and certificates of both authorities are there to be fetched, of others none', async t => {
  const testbed = await openTestbed(t)
  const unknown = testbed.randomness.uuid()
  assert.equal(await readRevocationList(testbed, unknown), null)
  assert.equal(await readRevocationList(testbed, testbed.rootAuthority.uuid), null)
  for (const authority of [testbed.certificationAuthority, testbed.rootAuthority]) {
    assert.deepEqual(readAuthorityCertificate(testbed, authority.uuid), authority.certificate.der)
  }
  assert.equal(readAuthorityCertificate(testbed, unknown), null)
})
