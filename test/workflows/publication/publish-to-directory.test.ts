import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { CertificateState } from '../../../src/domain/certificate.ts'
import { auditEntry } from '../../../src/workflows/audit-entry.ts'
import type { CertificateDirectory } from '../../../src/workflows/ports/directory.ts'
import { findWaitingPublications } from '../../../src/workflows/publication/find-waiting-publications.ts'
import {
  type PublicationEnvironment,
  publishToDirectory,
} from '../../../src/workflows/publication/publish-to-directory.ts'
import { revokeCertificates } from '../../../src/workflows/steps/revoke-certificates.ts'
import { type Contoso, openDirectory, startContoso, valuesOf } from '../../directory/ldap/contoso.ts'
import { createTestbed, type Testbed } from '../../testbed/environment.ts'
import { leftOutWithout } from '../../testbed/left-out.ts'
import { auditTrail, type Enrolled, enrolledCard, enrolledProfile, recordsOf } from '../stories.ts'

const skip = leftOutWithout('samba')
const published = 'certificate-published-to-directory'
const withdrawn = 'certificate-withdrawn-from-directory'

let contoso: Contoso
let opened: ReturnType<typeof openDirectory>
let testbed: Testbed
let faults: string[]

/** alice and bob are those of the domain; heidi is in no directory. Certificates of software profiles are published. */
describe('publishing in a directory', { skip }, () => {
  before(async () => {
    contoso = await startContoso()
  })
  after(() => contoso?.samba.stop())
  beforeEach(async t => {
    opened = openDirectory(contoso)
    testbed = await createTestbed({
      organisation: demo => ({
        ...demo,
        users: demo.users.map(user => ({ ...user, ...uuidInDomain(user.account) })),
        groups: demo.groups.map(group =>
          group.name === 'Subscribers' ? { ...group, members: [...group.members, 'heidi'] } : group,
        ),
      }),
    })
    faults = []
    const template = await testbed.store.reader.findCertificateTemplate('User')
    assert.ok(template !== null)
    await inTransaction(tx => tx.saveCertificateTemplate({ ...template, publishToDirectory: true }))
    const { directory } = opened
    const { close } = testbed
    if ('after' in t) {
      t.after(async () => {
        await directory.close()
        await close()
      })
    }
  })

  test('adds a certificate once it is issued, and only once', async () => {
    const enrolled = await enrolledProfile(testbed, 'alice')
    assert.equal(await run(), 1)
    assert.equal(await run(), 0)
    assert.deepEqual(await inDomain('alice'), [Buffer.from(enrolled.certificate)])
    assert.equal(
      (await auditTrail(testbed, enrolled.request.uuid)).filter(each => each === published).length,
      1,
    )
    await revoke(enrolled)
    await run()
  })

  test('passes over the templates that do not ask for it', async () => {
    await enrolledCard(testbed, 'alice')
    assert.equal(await run(), 0)
    assert.deepEqual(await inDomain('alice'), [])
  })

  test('takes a revoked one away, and those of others stay', async () => {
    const [first, second] = [await enrolledProfile(testbed, 'alice'), await enrolledProfile(testbed, 'alice')]
    const other = await enrolledProfile(testbed, 'bob')
    assert.equal(await run(), 3)
    await revoke(first)
    assert.equal(await run(), 1)
    assert.deepEqual(await inDomain('alice'), [Buffer.from(second.certificate)])
    assert.deepEqual(await inDomain('bob'), [Buffer.from(other.certificate)])
    assert.equal((await auditTrail(testbed, first.request.uuid)).at(-1), withdrawn)
    await revoke(second)
    await revoke(other)
    assert.equal(await run(), 2)
    assert.deepEqual(await everDue(), [])
  })

  test('takes one away that was revoked before it got there', async () => {
    await revoke(await enrolledProfile(testbed, 'alice'))
    assert.equal(await run(), 1)
    assert.deepEqual(await inDomain('alice'), [])
    assert.deepEqual(await everDue(), [])
  })

  test('takes an expired one away, and not before its last moment is over', async () => {
    const enrolled = await enrolledProfile(testbed, 'alice')
    await run()
    const [record] = await recordsOf(testbed, enrolled.request.uuid)
    assert.ok(record !== undefined)
    testbed.clock.set(record.notAfter)
    assert.equal(await run(), 0)
    await setState(enrolled, 'issued')
    assert.equal(await run(), 1)
    assert.equal((await inDomain('alice')).length, 1)
    testbed.clock.advance(1)
    assert.equal(await run(), 1)
    assert.deepEqual(await inDomain('alice'), [])
    assert.deepEqual(await everDue(), [])
  })

  test('takes one on hold away, and puts it back', async () => {
    const enrolled = await enrolledProfile(testbed, 'alice')
    await run()
    for (const [state, count] of [
      ['on-hold', 0],
      ['issued', 1],
      ['on-hold', 0],
    ] as const) {
      await setState(enrolled, state)
      assert.equal(await run(), 1)
      assert.equal((await inDomain('alice')).length, count)
    }
    await revoke(enrolled)
    await run()
    assert.deepEqual(await everDue(), [])
  })

  test('keeps everything while the directory is down, and reports none of it as a fault', async () => {
    const [first, second] = [await enrolledProfile(testbed, 'alice'), await enrolledProfile(testbed, 'alice')]
    await run()
    await contoso.samba.kill()
    const third = await enrolledProfile(testbed, 'alice')
    await revoke(first)
    for (let times = 0; times < 3; times++) assert.equal(await run(), 0)
    const due = await testbed.store.reader.listDuePublications(testbed.clock.now(), 10)
    assert.deepEqual(
      due.map(({ attempts }) => attempts),
      [0, 0],
    )
    assert.deepEqual(faults, [])
    await contoso.samba.restart()
    opened.clock.advance(30_000)
    assert.equal(await run(), 2)
    const expected = [second, third].map(({ certificate }) => Buffer.from(certificate))
    assert.deepEqual((await inDomain('alice')).sort(Buffer.compare), expected.sort(Buffer.compare))
    for (const enrolled of [second, third]) await revoke(enrolled)
    await run()
  })

  test('lets one that the directory refuses wait longer each time, and the others go on', async () => {
    const refused = await enrolledProfile(testbed, 'heidi')
    const other = await enrolledProfile(testbed, 'alice')
    assert.equal(await run(), 1)
    assert.equal((await inDomain('alice')).length, 1)
    let pause = 5_000
    for (let attempt = 1; attempt <= 14; attempt++) {
      assert.equal(faults.length, attempt)
      assert.match(
        faults.at(-1) ?? '',
        /does not take the certificate [0-9A-F]+ of the user [0-9a-f-]+; tried again 2/,
      )
      testbed.clock.advance(pause - 1)
      assert.equal(await run(), 0)
      assert.equal(faults.length, attempt)
      testbed.clock.advance(1)
      await run()
      pause = Math.min(pause * 2, 3_600_000)
    }
    await revoke(refused)
    await revoke(other)
    assert.equal(await run(), 2)
    assert.deepEqual(await everDue(), [])
  })

  test('is counted, with the time since when, while it waits and not on its way', async () => {
    const { clock } = testbed
    assert.equal(await findWaitingPublications(testbed), null)
    const refused = await enrolledProfile(testbed, 'heidi')
    assert.equal(await findWaitingPublications(testbed), null)
    await run()
    const since = (await recordsOf(testbed, refused.request.uuid))[0]?.notBefore
    assert.deepEqual(await findWaitingPublications(testbed), { count: 1, since })
    clock.advance(3_600_000)
    const other = await enrolledProfile(testbed, 'alice')
    assert.deepEqual(await findWaitingPublications(testbed), { count: 1, since })
    // Nobody has come to it, as while the directory is down.
    clock.advance(60_000)
    assert.deepEqual(await findWaitingPublications(testbed), { count: 2, since })
    await run()
    assert.deepEqual(await findWaitingPublications(testbed), { count: 1, since })
    await revoke(refused)
    await revoke(other)
    assert.equal(await findWaitingPublications(testbed), null)
    clock.advance(60_000)
    assert.equal((await findWaitingPublications(testbed))?.since.getTime(), clock.now().getTime() - 60_000)
    await run()
    assert.equal(await findWaitingPublications(testbed), null)
  })

  test('does not blame the directory for a fault of the database', async () => {
    const enrolled = await enrolledProfile(testbed, 'alice')
    const fault = new Error('The disk is full.')
    let isFull = true
    const { transactor } = testbed.store
    const full: PublicationEnvironment = {
      ...environmentWith({}),
      store: {
        ...testbed.store,
        transactor: {
          async transaction(work) {
            if (!isFull) return await transactor.transaction(work)
            isFull = false
            throw fault
          },
        },
      },
    }
    await assert.rejects(publishToDirectory(full), fault)
    assert.deepEqual(faults, [])
    assert.deepEqual(
      (await everDue()).map(({ attempts }) => attempts),
      [0],
    )
    assert.equal(await run(), 1)
    await revoke(enrolled)
    await run()
  })

  test('takes one away again that was revoked at that very moment', async () => {
    const enrolled = await enrolledProfile(testbed, 'alice')
    const environment = environmentWith({
      async publishCertificate(user, der) {
        await opened.directory.publishCertificate(user, der)
        await revoke(enrolled)
      },
    })
    await publishToDirectory(environment)
    await run()
    assert.deepEqual(await inDomain('alice'), [])
    assert.deepEqual(await everDue(), [])
  })

  test('takes one away again that a slow server published after another had taken it away', async () => {
    const enrolled = await enrolledProfile(testbed, 'alice')
    const slow = environmentWith({
      async publishCertificate(user, der) {
        await revoke(enrolled)
        assert.equal(await run(), 1)
        await opened.directory.publishCertificate(user, der)
      },
    })
    await publishToDirectory(slow)
    await run()
    assert.deepEqual(await inDomain('alice'), [])
    assert.deepEqual(await everDue(), [])
  })

  test('does again what a crash kept it from noting', async () => {
    const enrolled = await enrolledProfile(testbed, 'alice')
    const crash = new Error('The power is gone.')
    const crashing: PublicationEnvironment = {
      ...environmentWith({}),
      store: {
        ...testbed.store,
        transactor: {
          transaction: async () => {
            throw crash
          },
        },
      },
    }
    await assert.rejects(publishToDirectory(crashing), crash)
    assert.equal((await inDomain('alice')).length, 1)
    assert.equal(await run(), 1)
    assert.deepEqual(await inDomain('alice'), [Buffer.from(enrolled.certificate)])
    await revoke(enrolled)
    await run()
  })

  test('gets through more than it reads at a time', async () => {
    const enrolled = await Promise.all(Array.from({ length: 101 }, () => enrolledProfile(testbed, 'bob')))
    assert.equal(await run(), 101)
    assert.equal((await inDomain('bob')).length, 101)
    for (const one of enrolled) await revoke(one)
    assert.equal(await run(), 101)
    assert.deepEqual(await inDomain('bob'), [])
  })
})

function uuidInDomain(account: string): { uuid?: string } {
  if (account !== 'alice' && account !== 'bob') return {}
  return { uuid: contoso.uuids[account] }
}

function environmentWith(changes: Partial<CertificateDirectory>): PublicationEnvironment {
  return {
    ...testbed,
    certificateDirectory: { ...opened.directory, ...changes },
    faults: { report: what => void faults.push(what) },
  }
}

function run(): Promise<number> {
  return publishToDirectory(environmentWith({}))
}

function inDomain(name: string): Promise<Buffer[]> {
  return valuesOf(contoso, name, 'userCertificate')
}

/** What will have to be looked at some time. */
async function everDue() {
  return await testbed.store.reader.listDuePublications(new Date('9000-01-01'), 10)
}

type Work = Parameters<Testbed['store']['transactor']['transaction']>[0]

async function inTransaction(work: Work): Promise<void> {
  await testbed.store.transactor.transaction(async transaction => {
    await transaction.audit(auditEntry(testbed, null, 'organisation-imported', { subject: 'test' }))
    await work(transaction)
  })
}

async function revoke({ request }: Enrolled): Promise<void> {
  const mona = await testbed.callerOf('mona')
  const records = await recordsOf(testbed, request.uuid)
  await testbed.store.transactor.transaction(transaction =>
    revokeCertificates(testbed, transaction, mona, records, 'key-compromise'),
  )
}

async function setState({ request }: Enrolled, state: CertificateState): Promise<void> {
  const [record] = await recordsOf(testbed, request.uuid)
  await inTransaction(tx => tx.updateCertificateState(record?.uuid ?? '', state, null))
}
