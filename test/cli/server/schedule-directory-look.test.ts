import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { scheduleDirectoryLook } from '../../../src/cli/server/schedule-directory-look.ts'
import { scheduleDirectoryPublication } from '../../../src/cli/server/schedule-directory-publication.ts'
import { LdapFault } from '../../../src/directory/ldap/ldap-fault.ts'
import { CardinalError } from '../../../src/domain/error.ts'
import { auditEntry } from '../../../src/workflows/audit-entry.ts'
import { openTestbed } from '../../testbed/environment.ts'
import { enrolledProfile } from '../../workflows/stories.ts'

const sound = { check: async () => {}, listMissingSids: async () => [] }

async function open(t: TestContext) {
  const told: unknown[] = []
  const log = (facts: unknown, text?: string) => void told.push([facts, text])
  const faults = { report: (what: string) => void told.push(what) }
  const testbed = await openTestbed(t)
  t.mock.timers.enable({ apis: ['setInterval'] })
  return { testbed, environment: { ...testbed, faults }, told, logger: { warn: log, error: log } }
}

test('a directory that cannot be asked is told at start, with the setting at fault, and once a day', async t => {
  const { environment, told, logger } = await open(t)
  const cause = new LdapFault('operation', 'ldap.baseDn OU=Nope does not exist')
  const check = () =>
    Promise.reject(new CardinalError('ServiceUnavailable', 'It cannot be asked.', { cause }))
  const look = scheduleDirectoryLook(environment, { ...sound, check }, logger)
  t.mock.timers.tick(86_400_000)
  await look.stop()
  const line = [
    { fault: 'It cannot be asked. ← ldap.baseDn OU=Nope does not exist' },
    'the directory cannot be asked: nobody of it can sign in',
  ]
  assert.deepEqual(told, [line, line])
  await scheduleDirectoryLook(environment, sound, logger).stop()
  assert.equal(told.length, 2)
})

test('who holds something and is no more in the directory is told at the start, with what it held', async t => {
  const { testbed, environment, told, logger } = await open(t)
  const gone = 'S-1-5-21-1-2-3-1234'
  await testbed.store.transactor.transaction(async transaction => {
    await transaction.audit(auditEntry(testbed, null, 'organisation-imported', { subject: 'test' }))
    await transaction.saveRoleAssignment({ role: 'administrator', trustee: gone })
    await transaction.saveRoleAssignment({ role: 'manager', trustee: 'S-1-5-21-1-2-3-1235' })
  })
  const asked: string[] = []
  const directory = {
    ...sound,
    async listMissingSids(sids: readonly string[]) {
      asked.push(...sids)
      return [gone]
    },
  }
  const look = scheduleDirectoryLook(environment, directory, logger)
  t.mock.timers.tick(86_400_000)
  await look.stop()
  assert.deepEqual(told, [
    [
      { count: 1, trustees: [{ sid: gone, holds: ['role administrator'] }] },
      'users or groups that hold these are no more in the directory; where others were made under their names, import the organisation file again',
    ],
  ])
  // The groups of the server's own are not the directory's.
  assert.deepEqual(asked.sort(), [gone, 'S-1-5-21-1-2-3-1235'])
})

test('certificates that wait to be published are told, with their number and since when', async t => {
  const { testbed, environment, told, logger } = await open(t)
  const { request } = await enrolledProfile(testbed, 'alice')
  const [record] = await testbed.store.reader.listCertificatesOfRequest(request.uuid)
  assert.ok(record !== undefined)
  await testbed.store.transactor.transaction(async transaction => {
    await transaction.audit(auditEntry(testbed, null, 'organisation-imported', { subject: 'test' }))
    await transaction.requestPublication(record.uuid, testbed.clock.now())
  })
  testbed.clock.advance(60_000)
  await scheduleDirectoryLook(environment, sound, logger).stop()
  assert.deepEqual(told, [
    [
      { certificates: 1, since: record.notBefore.toISOString() },
      'certificates wait to be written into entries of the directory, or taken out of them',
    ],
  ])
})

test('a database that fails is told once for as long as it lasts, and as what it is', async t => {
  const { environment, told } = await open(t)
  let isBroken = true
  const { reader } = environment.store
  const broken = {
    ...environment,
    store: {
      ...environment.store,
      reader: {
        ...reader,
        listDuePublications: async () => {
          if (isBroken) throw new Error('The disk is full.')
          return []
        },
      },
    },
  }
  const nothing = async () => {}
  const directory = { ...sound, publishCertificate: nothing, withdrawCertificate: nothing }
  const publication = scheduleDirectoryPublication(broken, directory)
  const second = async () => {
    t.mock.timers.tick(1_000)
    await new Promise(resolve => setImmediate(resolve))
  }
  for (let times = 0; times < 3; times++) await second()
  const line = 'the database fails while certificates are published in the directory; they wait'
  assert.deepEqual(told, [line])
  isBroken = false
  await second()
  isBroken = true
  await second()
  assert.deepEqual(told, [line, line])
  await publication.stop()
})
