import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CardinalError } from '../../src/domain/error.ts'
import { finishPreparedCertificates } from '../../src/workflows/certificates/finish-prepared-certificates.ts'
import { prepareCertificates } from '../../src/workflows/certificates/prepare-certificates.ts'
import { disableUser } from '../../src/workflows/people/disable-user.ts'
import { enableUser } from '../../src/workflows/people/enable-user.ts'
import { completeRequest } from '../../src/workflows/requests/complete-request.ts'
import { createRequest } from '../../src/workflows/requests/create-request.ts'
import { openTestbed, type Testbed } from '../testbed/environment.ts'
import { onMigratedPostgresql } from '../testbed/migrated-postgresql.ts'
import { certificationRequest } from './certification-request.ts'
import {
  auditTrail,
  cardOf,
  enrolledCard,
  enrollment,
  issue,
  issueOne,
  operation,
  profileStatusOf,
  recordsOf,
  refused,
  requestOf,
  software,
} from './stories.ts'

type Open = (t: Parameters<typeof openTestbed>[0]) => Promise<Testbed>

const operatorOf = (testbed: Testbed) => ({ ...testbed, operator: 'root' })
const disable = (testbed: Testbed, name: string) => disableUser(operatorOf(testbed), name)

/** A request of alice's that may be carried out, by herself while she is enabled. */
async function approved(testbed: Testbed) {
  const alice = await testbed.callerOf('alice')
  const { uuid } = await createRequest(testbed, alice, enrollment(software))
  return { alice, uuid }
}

function describeEndedAccounts(engine: string, open: Open): void {
  test(`${engine}: who is disabled after the approval gets no certificate, until they are enabled`, async t => {
    const testbed = await open(t)
    const { alice, uuid } = await approved(testbed)
    await disable(testbed, 'alice')
    await refused(
      issue(testbed, alice, uuid, certificationRequest()),
      'UserStateForbids',
      /CONTOSO\\alice is disabled or expired: .*Enable the account first, or cancel the request/,
    )
    assert.equal((await requestOf(testbed, uuid)).status, 'approved')
    assert.deepEqual(await recordsOf(testbed, uuid), [])
    const audit = await testbed.store.reader.listAuditRecordsOfRequest(uuid)
    const { action, subject, actorUuid, facts } = audit.at(-1) ?? assert.fail()
    assert.deepEqual([action, subject, actorUuid], ['certificate-refused', alice.user.uuid, alice.user.uuid])
    assert.match(String(facts['fault']), /disabled or expired/)

    await enableUser(operatorOf(testbed), 'alice')
    await issueOne(testbed, alice, uuid)
    assert.equal((await completeRequest(testbed, alice, uuid)).status, 'completed')
  })

  test(`${engine}: whom the directory knows no more gets none`, async t => {
    const testbed = await open(t)
    const { alice, uuid } = await approved(testbed)
    const directory = { ...testbed.directory, findUserNow: async () => null }
    await refused(
      issue({ ...testbed, directory }, alice, uuid, certificationRequest()),
      'UserStateForbids',
      /does not know the target user any more/,
    )
  })

  test(`${engine}: a refusal is told to nobody who may not carry the request out, and not audited`, async t => {
    const testbed = await open(t)
    const { uuid } = await approved(testbed)
    await disable(testbed, 'alice')
    const bob = await testbed.callerOf('bob')
    await refused(issue(testbed, bob, uuid, certificationRequest()), 'NotPermitted')
    assert.deepEqual(await auditTrail(testbed, uuid), ['request-created'])
  })

  test(`${engine}: who is disabled between the look into the directory and the issuing gets none`, async t => {
    const testbed = await open(t)
    const { alice, uuid } = await approved(testbed)
    const directory = {
      ...testbed.directory,
      async findUserNow(user: string) {
        const found = await testbed.directory.findUserNow(user)
        await disable(testbed, 'alice')
        return found
      },
    }
    const issuing = issue({ ...testbed, directory }, alice, uuid, certificationRequest())
    await refused(issuing, 'UserStateForbids')
    assert.deepEqual(await recordsOf(testbed, uuid), [])
  })

  test(`${engine}: of many requests, none gets a certificate once disabling the account has returned`, async t => {
    const testbed = await open(t)
    const alice = await testbed.callerOf('alice')
    const der = certificationRequest()
    const uuids: string[] = []
    for (let count = 0; count < 12; count++) {
      uuids.push((await createRequest(testbed, alice, enrollment(software))).uuid)
    }
    const attempt = async (uuid: string) => {
      try {
        return (await issue(testbed, alice, uuid, der))[0]?.response == null ? 'none' : 'issued'
      } catch (error) {
        assert.ok(error instanceof CardinalError)
        return error.code
      }
    }
    const disabling = disable(testbed, 'alice')
    const early = uuids.slice(0, 6).map(attempt)
    await disabling
    const late = await Promise.all(uuids.slice(6).map(attempt))
    assert.deepEqual(new Set(late), new Set(['UserStateForbids']))
    for (const [index, outcome] of (await Promise.all(early)).entries()) {
      const records = await recordsOf(testbed, uuids[index] ?? '')
      assert.deepEqual(
        records.map(({ state }) => state),
        outcome === 'issued' ? ['issued'] : [],
      )
    }
  })

  test(`${engine}: what a crash left unsigned is not signed for who was disabled since`, async t => {
    const testbed = await open(t)
    const { alice, uuid } = await approved(testbed)
    const submission = { certificationRequests: [certificationRequest()], pfxPassword: '', comments: '' }
    await prepareCertificates(testbed, alice, uuid, submission)
    await disable(testbed, 'alice')
    assert.equal(await finishPreparedCertificates(testbed), 0)
    const [record] = await recordsOf(testbed, uuid)
    assert.deepEqual([record?.state, record?.certificate], ['failed', null])
    const audit = await testbed.store.reader.listAuditRecordsOfRequest(uuid)
    assert.equal(audit.at(-1)?.action, 'certificate-failed')
    assert.match(JSON.stringify(audit.at(-1)?.facts), /disabled or expired/)
  })

  test(`${engine}: what a crash left unsigned waits for a directory that is down`, async t => {
    const testbed = await open(t)
    const { alice, uuid } = await approved(testbed)
    const submission = { certificationRequests: [certificationRequest()], pfxPassword: '', comments: '' }
    await prepareCertificates(testbed, alice, uuid, submission)
    const reported: string[] = []
    const withoutDirectory = {
      ...testbed,
      directory: {
        ...testbed.directory,
        findUserNow: () => Promise.reject(new CardinalError('ServiceUnavailable', 'It is down.')),
      },
      faults: { report: (what: string, error: unknown) => void reported.push(`${what}: ${error}`) },
    }
    assert.equal(await finishPreparedCertificates(withoutDirectory), 0)
    assert.match(reported[0] ?? '', /unsigned wait: .*It is down/)
    assert.equal((await recordsOf(testbed, uuid))[0]?.state, 'prepared')
    assert.equal(await finishPreparedCertificates(testbed), 1)
  })

  test(`${engine}: what somebody disabled leaves behind is revoked and retired, and nothing new is begun`, async t => {
    const testbed = await open(t)
    const [kept, lost] = [await enrolledCard(testbed, 'alice'), await enrolledCard(testbed, 'alice')]
    await disable(testbed, 'alice')
    const mona = await testbed.callerOf('mona')
    const { targetUuid } = kept.request
    for (const type of ['enroll', 'renew', 'recover', 'unblock'] as const) {
      const input =
        type === 'enroll'
          ? enrollment(software, { targetUuid })
          : operation(type, { smartcardUuid: kept.smartcard.uuid })
      await refused(createRequest(testbed, mona, input), 'UserNotFound', /no enabled user/)
    }
    for (const [type, { smartcard, profileUuid }] of [
      ['retire', kept],
      ['revoke', lost],
    ] as const) {
      const about = operation(type, { smartcardUuid: smartcard.uuid })
      const { uuid } = await createRequest(testbed, mona, about)
      assert.equal((await completeRequest(testbed, mona, uuid)).status, 'completed')
      const status = type === 'retire' ? 'retired' : 'disabled'
      assert.equal((await cardOf(testbed, smartcard.uuid)).status, status)
      assert.equal(await profileStatusOf(testbed, profileUuid), status)
      const certificates = await testbed.store.reader.listCertificatesOfProfile(profileUuid)
      assert.deepEqual(
        certificates.map(({ state }) => state),
        ['revoked'],
      )
    }
  })
}

describeEndedAccounts('SQLite', t => openTestbed(t))

onMigratedPostgresql(createDatabase =>
  describeEndedAccounts('PostgreSQL', async t => openTestbed(t, { postgresUrl: await createDatabase() })),
)
