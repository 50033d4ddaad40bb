import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { scheduleMinuteWork } from '../../../src/cli/server/schedule-minute-work.ts'
import type { CertificateState } from '../../../src/domain/certificate.ts'
import { prepareCertificates } from '../../../src/workflows/certificates/prepare-certificates.ts'
import type { CertificationAuthority } from '../../../src/workflows/ports/certification-authority.ts'
import { createRequest } from '../../../src/workflows/requests/create-request.ts'
import { openTestbed, type Testbed } from '../../testbed/environment.ts'
import { certificationRequest } from '../../workflows/certification-request.ts'
import { enrollment, recordsOf, software } from '../../workflows/stories.ts'

const minute = 60_000
const limited = { timeout: 30_000 }

/** A server's work of every minute, whose minutes pass when the test says so. */
async function start(t: TestContext, change: (testbed: Testbed) => Partial<Testbed> = () => ({})) {
  const testbed = await openTestbed(t)
  const reported: string[] = []
  const warned: unknown[] = []
  const environment = {
    ...testbed,
    ...change(testbed),
    faults: { report: (what: string) => void reported.push(what) },
  }
  const left = await prepared(testbed)
  t.mock.timers.enable({ apis: ['setInterval'] })
  const work = await scheduleMinuteWork(
    environment,
    { certificationAuthority: { crlPublishIntervalHours: 1 / 60 } },
    { warn: (facts: unknown) => void warned.push(facts) },
  )
  const pass = () => {
    testbed.clock.advance(minute)
    t.mock.timers.tick(minute)
  }
  return { testbed, reported, warned, left, work, pass }
}

async function prepared(testbed: Testbed): Promise<string> {
  const alice = await testbed.callerOf('alice')
  const { uuid } = await createRequest(testbed, alice, enrollment(software))
  const submission = { certificationRequests: [certificationRequest()], pfxPassword: '', comments: '' }
  await prepareCertificates(testbed, alice, uuid, submission)
  return uuid
}

async function stateOf(testbed: Testbed, uuid: string): Promise<CertificateState | undefined> {
  return (await recordsOf(testbed, uuid))[0]?.state
}

async function listNumber(
  { store }: Testbed,
  authority: CertificationAuthority,
): Promise<number | undefined> {
  return (await store.reader.findLatestRevocationList(authority.uuid))?.number
}

test('at the start what a crash left is finished, and revocation lists are there', async t => {
  const { testbed, left, warned, work } = await start(t)
  assert.equal(await stateOf(testbed, left), 'issued')
  assert.deepEqual(warned, [{ finished: 1 }])
  for (const authority of [testbed.rootAuthority, testbed.certificationAuthority]) {
    assert.equal(await listNumber(testbed, authority), 1)
  }
  await work.stop()
})

test('what is left unsigned later is finished in the minute after its second one', limited, async t => {
  const { testbed, work, pass, warned } = await start(t)
  const later = await prepared(testbed)
  testbed.clock.advance(2 * minute - 1)
  t.mock.timers.tick(minute)
  // The last thing that is done in a minute.
  await until(async () => (await listNumber(testbed, testbed.certificationAuthority)) === 2)
  assert.equal(await stateOf(testbed, later), 'prepared')
  pass()
  await work.stop()
  assert.equal(await stateOf(testbed, later), 'issued')
  assert.deepEqual(warned, [{ finished: 1 }, { finished: 1 }])
})

test('a revocation list that is due is published, though certificates cannot be finished, and the other way round', async t => {
  let isBroken = false
  const { work, pass, reported } = await start(t, ({ store, rootAuthority }) => ({
    store: {
      ...store,
      reader: {
        ...store.reader,
        listPreparedCertificates: limit =>
          isBroken ? Promise.reject(new Error('broken')) : store.reader.listPreparedCertificates(limit),
      },
    },
    rootAuthority: {
      ...rootAuthority,
      signRevocationList: list =>
        isBroken ? Promise.reject(new Error('broken')) : rootAuthority.signRevocationList(list),
    },
  }))
  isBroken = true
  pass()
  await work.stop()
  assert.deepEqual(reported, [
    'certificates that were left unsigned wait',
    'a revocation list could not be published',
  ])
})

test('nothing is done twice at a time, and stopping waits for what is under way', limited, async t => {
  const signed = Promise.withResolvers<void>()
  let signing = 0
  const { testbed, work, pass } = await start(t, ({ certificationAuthority }) => ({
    certificationAuthority: {
      ...certificationAuthority,
      async sign(linted) {
        signing++
        if (signing > 1) await signed.promise
        return await certificationAuthority.sign(linted)
      },
    },
  }))
  const later = await prepared(testbed)
  testbed.clock.advance(minute)
  for (let minutes = 0; minutes < 3; minutes++) pass()
  const stopped = work.stop()
  await until(async () => signing === 2)
  signed.resolve()
  await stopped
  assert.equal(signing, 2)
  assert.equal(await stateOf(testbed, later), 'issued')
  pass()
  assert.equal(signing, 2)
})

async function until(isSo: () => Promise<unknown>): Promise<void> {
  while (!(await isSo())) await new Promise(setImmediate)
}
