import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CardinalError } from '../../../src/domain/error.ts'
import type { Environment } from '../../../src/workflows/environment.ts'
import { disableUser } from '../../../src/workflows/people/disable-user.ts'
import { enableUser } from '../../../src/workflows/people/enable-user.ts'
import type { Caller } from '../../../src/workflows/ports/caller.ts'
import { createRequest } from '../../../src/workflows/requests/create-request.ts'
import { answerAuthenticationResponse } from '../../../src/workflows/smartcards/answer-authentication-response.ts'
import { answerDiversifiedKey } from '../../../src/workflows/smartcards/answer-diversified-key.ts'
import { answerUnblockingKey } from '../../../src/workflows/smartcards/answer-unblocking-key.ts'
import { bindSmartcard } from '../../../src/workflows/smartcards/bind-smartcard.ts'
import { proposePin } from '../../../src/workflows/smartcards/propose-pin.ts'
import { openTestbed, type Testbed, type TestbedOptions } from '../../testbed/environment.ts'
import { onMigratedPostgresql } from '../../testbed/migrated-postgresql.ts'
import {
  auditTrail,
  enrolledCard,
  enrollment,
  newCardId,
  operation,
  refused,
  requestOf,
  virtualCard,
  withAll,
  withPolicy,
  withTemplate,
} from '../stories.ts'

interface Question {
  readonly requestUuid: string
  readonly smartcardUuid: string
  readonly cardId: string
}
type Ask = (environment: Environment, caller: Caller, question: Question) => Promise<unknown>

/** Every way to a secret of a card. The card is one of PIV, whose challenges have 16 bytes. */
const secrets: readonly [name: string, ask: Ask][] = [
  ['the admin key', answerDiversifiedKey],
  [
    'a response to a challenge',
    (environment, caller, question) =>
      answerAuthenticationResponse(environment, caller, {
        ...question,
        challenge: new Uint8Array(16),
        diversified: true,
      }),
  ],
  ['the PUK', answerUnblockingKey],
  ['the PIN', proposePin],
]

/** Enrolling and unblocking are carried out by an agent, and the server keeps the PIN. */
const withAgents: TestbedOptions = {
  organisation: withAll(
    withPolicy(virtualCard, 'enroll', {
      enrollAgentRequired: true,
      authorizedEnrollmentAgents: ['EnrollmentAgents'],
    }),
    withPolicy(virtualCard, 'unblock', {
      enrollAgentRequired: true,
      authorizedEnrollmentAgents: ['EnrollmentAgents'],
    }),
    withTemplate(virtualCard, ({ smartcard }) =>
      Object.assign(smartcard ?? {}, { userPinOption: 'server-distributed' }),
    ),
  ),
}

type Open = (t: Parameters<typeof openTestbed>[0], options: TestbedOptions) => Promise<Testbed>

const operatorOf = (testbed: Testbed) => ({ ...testbed, operator: 'root' })
const disable = (testbed: Testbed) => disableUser(operatorOf(testbed), 'alice')

/** A card that an agent has bound for alice: the moment at which secrets are asked for. */
async function boundByAgent(testbed: Testbed) {
  const [alice, agent] = [await testbed.callerOf('alice'), await testbed.callerOf('heidi')]
  const { uuid: requestUuid } = await createRequest(testbed, alice, enrollment(virtualCard))
  const cardId = newCardId()
  const { uuid: smartcardUuid } = await bindSmartcard(testbed, agent, {
    requestUuid,
    cardId,
    answerToReset: null,
    adminKeyType: 'PIV-AES-192',
  })
  return { alice, agent, question: { requestUuid, smartcardUuid, cardId } }
}

/** The testbed, with a directory that answers otherwise where it is asked anew. */
function withDirectory(testbed: Testbed, findUserNow: Environment['directory']['findUserNow']): Environment {
  return { ...testbed, directory: { ...testbed.directory, findUserNow } }
}

function describeSecrets(engine: string, open: Open): void {
  for (const [name, ask] of secrets) {
    test(`${engine}: ${name} is not told of a card of somebody who was disabled, until they are enabled`, async t => {
      const testbed = await open(t, withAgents)
      const { agent, question, alice } = await boundByAgent(testbed)
      const before = await auditTrail(testbed, question.requestUuid)
      await disable(testbed)
      await refused(
        ask(testbed, agent, question),
        'UserStateForbids',
        /CONTOSO\\alice is disabled or expired: .*no secret of its cards is told.*Enable the account first/,
      )
      assert.deepEqual(await auditTrail(testbed, question.requestUuid), [...before, 'card-secret-refused'])
      const audit = await testbed.store.reader.listAuditRecordsOfRequest(question.requestUuid)
      const { actorUuid, subject, facts } = audit.at(-1) ?? assert.fail()
      assert.deepEqual([actorUuid, subject], [agent.user.uuid, question.smartcardUuid])
      assert.match(JSON.stringify(facts), /disabled or expired/)
      // Nothing was reserved or made for the answer that was not given.
      assert.equal(
        await testbed.store.reader.findToldUnblockingKey(question.cardId, question.requestUuid),
        null,
      )

      await enableUser(operatorOf(testbed), 'alice')
      assert.ok(await ask(testbed, agent, question))
      const gone = withDirectory(testbed, async () => null)
      await refused(ask(gone, agent, question), 'UserStateForbids', /does not know the target user any more/)
      const expired = withDirectory(testbed, async () => ({ ...alice.user, enabled: false }))
      await refused(ask(expired, agent, question), 'UserStateForbids')
    })
  }

  test(`${engine}: a card of somebody who was disabled is not unblocked, and the request does not begin`, async t => {
    const testbed = await open(t, {})
    const { smartcard } = await enrolledCard(testbed, 'alice')
    const heidi = await testbed.callerOf('heidi')
    const input = operation('unblock', { smartcardUuid: smartcard.uuid })
    const { uuid: requestUuid } = await createRequest(testbed, await testbed.callerOf('alice'), input)
    await disable(testbed)
    const question = { requestUuid, smartcardUuid: smartcard.uuid, cardId: smartcard.cardId }
    const alice = await testbed.callerOf('alice')
    await refused(answerDiversifiedKey(testbed, alice, question), 'UserStateForbids')
    assert.equal((await requestOf(testbed, requestUuid)).status, 'approved')
    // Who may not carry it out does not learn how the account stands, and nothing is asked for them.
    const unasked = withDirectory(testbed, () => assert.fail('The directory was asked.'))
    await refused(answerDiversifiedKey(unasked, heidi, question), 'NotPermitted')
    assert.deepEqual(await auditTrail(testbed, requestUuid), ['request-created', 'card-secret-refused'])
  })

  for (const type of ['retire', 'revoke'] as const) {
    test(`${engine}: a card of somebody who was disabled can be wiped by a ${type} request, without the directory`, async t => {
      const testbed = await open(t, {})
      const { smartcard } = await enrolledCard(testbed, 'alice')
      await disable(testbed)
      const mona = await testbed.callerOf('mona')
      const input = operation(type, { smartcardUuid: smartcard.uuid })
      const { uuid: requestUuid } = await createRequest(testbed, mona, input)
      const question = { requestUuid, smartcardUuid: smartcard.uuid, cardId: smartcard.cardId }
      const unasked = withDirectory(testbed, () => assert.fail('The directory was asked.'))
      assert.equal((await answerDiversifiedKey(unasked, mona, question)).length, 24)
      const challenge = { ...question, challenge: new Uint8Array(8), diversified: true }
      assert.equal((await answerAuthenticationResponse(unasked, mona, challenge)).length, 8)
      await refused(proposePin(unasked, mona, question), 'PolicyForbids')
    })
  }

  test(`${engine}: a directory that cannot be asked keeps every secret, and is asked once for each`, async t => {
    const testbed = await open(t, withAgents)
    const { agent, question } = await boundByAgent(testbed)
    const before = await auditTrail(testbed, question.requestUuid)
    let asked = 0
    const down = withDirectory(testbed, () => {
      asked++
      return Promise.reject(new CardinalError('ServiceUnavailable', 'It is down.'))
    })
    for (const [, ask] of secrets) await refused(ask(down, agent, question), 'ServiceUnavailable')
    assert.equal(asked, secrets.length)
    assert.deepEqual(await auditTrail(testbed, question.requestUuid), before)
  })

  test(`${engine}: who is disabled between the look into the directory and the answer is told of no more`, async t => {
    const testbed = await open(t, withAgents)
    const { agent, question } = await boundByAgent(testbed)
    const late = withDirectory(testbed, async uuid => {
      const found = await testbed.directory.findUserNow(uuid)
      await disable(testbed)
      return found
    })
    await refused(answerDiversifiedKey(late, agent, question), 'UserStateForbids')
  })
}

describeSecrets('SQLite', (t, options) => openTestbed(t, options))

onMigratedPostgresql(createDatabase =>
  describeSecrets('PostgreSQL', async (t, options) =>
    openTestbed(t, { ...options, postgresUrl: await createDatabase() }),
  ),
)
