import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CardinalError } from '../../src/domain/error.ts'
import type { CertificationAuthority } from '../../src/workflows/ports/certification-authority.ts'
import type { Transaction } from '../../src/workflows/ports/store.ts'
import { approveRequest } from '../../src/workflows/requests/approve-request.ts'
import { cancelRequest } from '../../src/workflows/requests/cancel-request.ts'
import { completeRequest } from '../../src/workflows/requests/complete-request.ts'
import { createRequest } from '../../src/workflows/requests/create-request.ts'
import { answerDiversifiedKey } from '../../src/workflows/smartcards/answer-diversified-key.ts'
import { bindSmartcard } from '../../src/workflows/smartcards/bind-smartcard.ts'
import { openTestbed, type Testbed, type TestbedOptions } from '../testbed/environment.ts'
import { onMigratedPostgresql } from '../testbed/migrated-postgresql.ts'
import { certificationRequest, newEcKey, newRsaKey } from './certification-request.ts'
import {
  approvedRequest,
  auditTrail,
  cardOf,
  certificateOf,
  enrolledCard,
  enrollment,
  issue,
  issueOne,
  logonCard,
  newCardId,
  operation,
  profileStatusOf,
  recordsOf,
  refused,
  requestOf,
  software,
  virtualCard,
  withAll,
  withPolicy,
  withUser,
} from './stories.ts'

type Open = (t: Parameters<typeof openTestbed>[0], options?: TestbedOptions) => Promise<Testbed>

const twenty = Array.from({ length: 20 }, (_, index) => index)

/** What came of several attempts: the results, and the codes of those that were refused. */
async function outcomes<Result>(attempts: readonly Promise<Result>[]) {
  const settled = await Promise.allSettled(attempts)
  const results = settled.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []))
  const codes = settled.flatMap(one => {
    if (one.status === 'fulfilled') return []
    const error: unknown = one.reason
    assert.ok(error instanceof CardinalError, String(error))
    return [error.code]
  })
  return { results, codes }
}

async function boundEnrollment(testbed: Testbed, account: string, cardId = newCardId()) {
  const caller = await testbed.callerOf(account)
  const { uuid: requestUuid } = await approvedRequest(testbed, caller, enrollment(virtualCard))
  const { uuid } = await bindSmartcard(testbed, caller, { requestUuid, cardId, answerToReset: null })
  return { caller, requestUuid, smartcardUuid: uuid, cardId }
}

function describeConcurrency(engine: string, open: Open): void {
  test(`${engine}: twenty identical submissions at once get one certificate`, async t => {
    const testbed = await open(t)
    const alice = await testbed.callerOf('alice')
    const { uuid } = await createRequest(testbed, alice, enrollment(software))
    const der = certificationRequest()
    const answers = await Promise.all(twenty.map(() => issue(testbed, alice, uuid, der)))
    const certificates = new Set(answers.map(answer => Buffer.from(certificateOf(answer)).toString('hex')))
    assert.equal(certificates.size, 1)
    const records = await recordsOf(testbed, uuid)
    assert.deepEqual(
      records.map(({ state }) => state),
      ['issued'],
    )
    const trail = await auditTrail(testbed, uuid)
    assert.equal(trail.filter(action => action === 'certificate-issued').length, 1)
    const profiles = await testbed.store.reader.listProfilesOfUser(alice.user.uuid, null, {
      after: null,
      limit: 10,
    })
    assert.equal(profiles.length, 1)
  })

  test(`${engine}: of different submissions at once one gets its certificate`, async t => {
    const key = {
      algorithm: 'EC',
      keySize: 256,
      hashAlgorithm: 'SHA256',
      keyStorageProviders: [],
      usages: [],
    }
    const testbed = await open(t, {
      organisation: file => {
        for (const template of file.certificateTemplates) Object.assign(template, { key })
        return file
      },
    })
    const alice = await testbed.callerOf('alice')
    const { uuid } = await createRequest(testbed, alice, enrollment(software))
    const answers = await Promise.all(
      twenty.map(() => issue(testbed, alice, uuid, certificationRequest({ key: newEcKey() }))),
    )
    assert.equal(answers.filter(([answer]) => answer?.response !== null).length, 1)
    assert.equal((await recordsOf(testbed, uuid)).length, 1)
  })

  test(`${engine}: of completing and canceling at once one wins, wholly`, async t => {
    const testbed = await open(t)
    for (const cancelsFirst of [true, false]) {
      const { caller, requestUuid, smartcardUuid } = await boundEnrollment(testbed, 'alice')
      await issueOne(testbed, caller, requestUuid)
      const complete = () => completeRequest(testbed, caller, requestUuid)
      const cancel = () => cancelRequest(testbed, caller, requestUuid)
      const { results, codes } = await outcomes(
        (cancelsFirst ? [cancel, complete] : [complete, cancel]).map(end => end()),
      )
      assert.deepEqual(codes, ['RequestStateForbids'])
      const { status, newProfileUuid } = await requestOf(testbed, requestUuid)
      assert.equal(results[0]?.status, status)
      const [record] = await recordsOf(testbed, requestUuid)
      assert.deepEqual(
        [
          (await cardOf(testbed, smartcardUuid)).status,
          await profileStatusOf(testbed, newProfileUuid),
          record?.state,
        ],
        status === 'completed' ? ['active', 'active', 'issued'] : ['retired', 'retired', 'revoked'],
      )
    }
  })

  test(`${engine}: of two users who bind one card at once one wins`, async t => {
    const testbed = await open(t)
    const cardId = newCardId()
    const attempts = await Promise.all(
      ['alice', 'bob', 'alice', 'bob'].map(async account => {
        const caller = await testbed.callerOf(account)
        const { uuid: requestUuid } = await approvedRequest(testbed, caller, enrollment(virtualCard))
        return () => bindSmartcard(testbed, caller, { requestUuid, cardId, answerToReset: null })
      }),
    )
    const { results, codes } = await outcomes(attempts.map(attempt => attempt()))
    assert.equal(results.length, 1)
    assert.deepEqual(codes, ['SmartcardInUse', 'SmartcardInUse', 'SmartcardInUse'])
    assert.equal((await testbed.store.reader.listSmartcardsByCardId(cardId)).length, 1)
  })

  test(`${engine}: one card bound twenty times at once is assigned once`, async t => {
    const testbed = await open(t)
    const alice = await testbed.callerOf('alice')
    const { uuid: requestUuid } = await approvedRequest(testbed, alice, enrollment(virtualCard))
    const binding = { requestUuid, cardId: newCardId(), answerToReset: null }
    const bound = await Promise.all(twenty.map(() => bindSmartcard(testbed, alice, binding)))
    assert.equal(new Set(bound.map(({ uuid }) => uuid)).size, 1)
    assert.deepEqual(await auditTrail(testbed, requestUuid), ['request-created', 'smartcard-bound'])
  })

  test(`${engine}: two approvals at once are both counted, and none twice`, async t => {
    const testbed = await open(t, {
      organisation: withAll(
        withUser('milo', { group: 'Managers' }),
        withPolicy(logonCard, 'enroll', { approvalsNeeded: 2 }),
      ),
    })
    const alice = await testbed.callerOf('alice')
    const { uuid } = await createRequest(testbed, alice, enrollment(logonCard))
    const mona = await testbed.callerOf('mona')
    const approve = { decision: 'approve', comment: '' } as const
    const byOne = await outcomes(twenty.map(() => approveRequest(testbed, mona, uuid, approve)))
    assert.deepEqual([byOne.results.length, new Set(byOne.codes)], [1, new Set(['DuplicateApproval'])])
    assert.equal((await requestOf(testbed, uuid)).status, 'pending')

    const second = await createRequest(testbed, alice, enrollment(logonCard))
    const milo = await testbed.callerOf('milo')
    const byBoth = await outcomes([mona, milo].map(one => approveRequest(testbed, one, second.uuid, approve)))
    assert.deepEqual(new Set(byBoth.results.map(({ status }) => status)), new Set(['pending', 'approved']))
    assert.equal((await requestOf(testbed, second.uuid)).status, 'approved')
  })

  test(`${engine}: of an approval and a denial at once one decides`, async t => {
    const testbed = await open(t, { organisation: withUser('milo', { group: 'Managers' }) })
    const alice = await testbed.callerOf('alice')
    const { uuid } = await createRequest(testbed, alice, enrollment(logonCard))
    const [mona, milo] = [await testbed.callerOf('mona'), await testbed.callerOf('milo')]
    const { results, codes } = await outcomes([
      approveRequest(testbed, mona, uuid, { decision: 'approve', comment: '' }),
      approveRequest(testbed, milo, uuid, { decision: 'deny', comment: '' }),
    ])
    assert.deepEqual(codes, ['RequestStateForbids'])
    assert.equal((await requestOf(testbed, uuid)).status, results[0]?.status)
    assert.equal((await testbed.store.reader.listApprovals(uuid)).length, 1)
  })

  test(`${engine}: questions for the key at once, across a change of the master key, get one key`, async t => {
    const testbed = await open(t)
    const { caller, ...question } = await boundEnrollment(testbed, 'alice')
    const next = { version: 2, secret: testbed.randomness.bytes(32) }
    const first = testbed.cardMasterKeys.current()
    const rotated = { current: () => next, version: (version: number) => (version === 2 ? next : first) }
    const keys = await Promise.all(
      twenty.map(index => {
        const cardMasterKeys = index % 2 === 0 ? rotated : { ...rotated, current: () => first }
        return answerDiversifiedKey({ ...testbed, cardMasterKeys }, caller, question)
      }),
    )
    assert.equal(new Set(keys.map(key => Buffer.from(key).toString('hex'))).size, 1)
    const card = await testbed.store.reader.findPhysicalCard(question.cardId)
    assert.ok(card?.masterKeyVersion === 1 || card?.masterKeyVersion === 2)
  })

  test(`${engine}: of two renewals that are completed at once one comes through`, async t => {
    const testbed = await open(t)
    const { smartcard } = await enrolledCard(testbed, 'alice')
    const alice = await testbed.callerOf('alice')
    const renewals = []
    for (const cardId of [newCardId(), newCardId()]) {
      const about = operation('renew', { smartcardUuid: smartcard.uuid })
      const { uuid: requestUuid } = await createRequest(testbed, alice, about)
      await bindSmartcard(testbed, alice, { requestUuid, cardId, answerToReset: null })
      await issueOne(testbed, alice, requestUuid)
      renewals.push(requestUuid)
    }
    const { results, codes } = await outcomes(renewals.map(uuid => completeRequest(testbed, alice, uuid)))
    assert.deepEqual([results.length, codes], [1, ['RequestStateForbids']])
    const cards = await testbed.store.reader.listSmartcardsOfUser(alice.user.uuid, { after: null, limit: 10 })
    assert.equal(cards.filter(({ status }) => status === 'active').length, 1)
  })

  test(`${engine}: a request canceled while its certificate is signed stays canceled`, async t => {
    const testbed = await open(t)
    const alice = await testbed.callerOf('alice')
    const { uuid } = await createRequest(testbed, alice, enrollment(software))
    const signing = pausedSigning(testbed.certificationAuthority)
    const issuing = issue(
      { ...testbed, certificationAuthority: signing.authority },
      alice,
      uuid,
      certificationRequest(),
    )
    await signing.begun
    await cancelRequest(testbed, alice, uuid)
    signing.goOn()
    await refused(issuing, 'RequestStateForbids', /ended before/)
    const [record] = await recordsOf(testbed, uuid)
    assert.deepEqual([record?.state, record?.certificate], ['failed', null])
    assert.equal((await requestOf(testbed, uuid)).status, 'canceled')
  })
}

/** An authority that begins to sign, says so, and goes on when it is told to. */
function pausedSigning(inner: CertificationAuthority) {
  const begun = Promise.withResolvers<void>()
  const resumed = Promise.withResolvers<void>()
  const authority: CertificationAuthority = {
    ...inner,
    async sign(prepared) {
      begun.resolve()
      await resumed.promise
      return await inner.sign(prepared)
    },
  }
  return { authority, begun: begun.promise, goOn: () => resumed.resolve() }
}

/** A moment that can be waited for again and again. */
function announced() {
  let moment = Promise.withResolvers<void>()
  return {
    announce: () => moment.resolve(),
    announced: () => moment.promise,
    restart() {
      moment = Promise.withResolvers<void>()
    },
  }
}

/** The store, with some methods of its transactions watched. */
function watchedStore(
  { store }: Testbed,
  watch: (transaction: Transaction) => Partial<Transaction>,
): Testbed['store'] {
  return {
    ...store,
    transactor: {
      transaction: work =>
        store.transactor.transaction(transaction => work({ ...transaction, ...watch(transaction) })),
    },
  }
}

describeConcurrency('SQLite', openTestbed)

onMigratedPostgresql(createDatabase => {
  const open: Open = async (t, options) => openTestbed(t, { ...options, postgresUrl: await createDatabase() })

  describeConcurrency('PostgreSQL', open)

  // SQLite runs one writing transaction at a time, so that there is no such moment.
  test('PostgreSQL: a request canceled while its certificate is kept leaves no valid certificate', async t => {
    const testbed = await open(t)
    const alice = await testbed.callerOf('alice')
    const { uuid } = await createRequest(testbed, alice, enrollment(software))
    const signing = pausedSigning(testbed.certificationAuthority)
    const keeping = announced()
    const issuing = outcomes([
      issue(
        {
          ...testbed,
          certificationAuthority: signing.authority,
          store: watchedStore(testbed, transaction => ({
            async lockRequest(requestUuid) {
              keeping.announce()
              return await transaction.lockRequest(requestUuid)
            },
          })),
        },
        alice,
        uuid,
        certificationRequest({ key: newRsaKey() }),
      ),
    ])
    await signing.begun
    keeping.restart()
    // In the midst of canceling: its list of certificates is read, the signed certificate arrives.
    const canceling = {
      ...testbed,
      store: watchedStore(testbed, transaction => ({
        async listCertificatesOfRequest(requestUuid) {
          const records = await transaction.listCertificatesOfRequest(requestUuid)
          signing.goOn()
          await Promise.race([issuing, keeping.announced()])
          return records
        },
      })),
    }
    await cancelRequest(canceling, alice, uuid)
    const { results, codes } = await issuing
    const [record] = await recordsOf(testbed, uuid)
    if (results.length > 0) assert.equal(record?.state, 'revoked')
    else assert.deepEqual([codes, record?.state], [['RequestStateForbids'], 'failed'])
  })
})
