import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createPublicKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { authenticationResponse } from '../../src/card/secrets/admin-key.ts'
import type { SmartCard } from '../../src/card/smart-card.ts'
import { EnrollmentError } from '../../src/client/enrollment-error.ts'
import { isInterrupted } from '../../src/client/executable-request.ts'
import { CardinalApiError } from '../../src/client/library/cardinal-api-error.ts'
import type { CardinalClient } from '../../src/client/library/create-cardinal-client.ts'
import { renderJson, renderStep, renderSummary } from '../../src/client/walkthrough/render.ts'
import { runWalkthrough } from '../../src/client/walkthrough/run-walkthrough.ts'
import type { WalkthroughOptions } from '../../src/client/walkthrough/walkthrough-options.ts'
import { newWalkthroughState } from '../../src/client/walkthrough/walkthrough-state.ts'
import {
  stepTitles,
  WalkthroughError,
  type WalkthroughStep,
} from '../../src/client/walkthrough/walkthrough-step.ts'
import { description, newVirtualCard, startFake } from './contract-client.ts'
import { defaultAdminKey } from './fake-certificate-management.ts'

const pin = '73-Orchid'

function optionsFor(client: CardinalClient, changes: Partial<WalkthroughOptions> = {}) {
  const steps: WalkthroughStep[] = []
  const cards: SmartCard[] = []
  const options: WalkthroughOptions = {
    client,
    createCard: adminKey => {
      const card = newVirtualCard(adminKey)
      cards.push(card)
      return card
    },
    answers: { 'Request Reason': 'Need VPN Certs' },
    pin,
    description,
    report: step => void steps.push(step),
    ...changes,
  }
  return { options, steps, cards }
}

async function failure(options: WalkthroughOptions): Promise<WalkthroughError> {
  try {
    await runWalkthrough(options)
  } catch (error) {
    assert.ok(error instanceof WalkthroughError, String(error))
    return error
  }
  return assert.fail('The walkthrough succeeded.')
}

function codeOf(error: Error): string {
  assert.ok(error.cause instanceof EnrollmentError, String(error.cause))
  return error.cause.code
}

test('reports the 28 steps in their order, each with a title', async t => {
  const { client } = await startFake(t)
  const { options, steps } = optionsFor(client)
  await runWalkthrough(options)
  assert.deepEqual(
    steps.map(({ number }) => number),
    Array.from({ length: 28 }, (_, index) => index + 1),
  )
  assert.deepEqual(
    steps.map(({ title }) => title),
    Object.values(stepTitles),
  )
  assert.ok(steps.every(({ skipped }) => !skipped))
})

test('sends what the published walkthrough sends, in its order', async t => {
  const { server, client } = await startFake(t)
  const { options, cards } = optionsFor(client)
  const { requestUuid, smartcardUuid } = await runWalkthrough(options)
  const cardId = await cards[0]?.readCardId()
  const lines = server.played.map(({ method, path }) =>
    `${method} ${path}`
      .replaceAll(requestUuid, 'REQUEST')
      .replaceAll(smartcardUuid, 'CARD')
      .replace(/challenge=[^&]*/, 'challenge=…')
      .replace(String(cardId), 'CARDID'),
  )
  assert.deepEqual(lines, [
    'GET profiletemplates',
    'GET profiletemplates/97cd65fa-af4b-4587-9309-0dd6bfd8b4e1/policies/enroll',
    'POST requests',
    'GET requests/REQUEST',
    'GET profiletemplates/97cd65fa-af4b-4587-9309-0dd6bfd8b4e1/configuration/smartcards',
    'POST smartcards',
    'GET smartcards/CARD',
    'GET requests/REQUEST/smartcards/CARD/diversifiedkey?cardid=CARDID',
    'GET requests/REQUEST/smartcards/CARD/authenticationresponse?cardid=CARDID&challenge=…&diversified=False',
    'GET requests/REQUEST/smartcards/CARD/authenticationresponse?cardid=CARDID&challenge=…&diversified=True',
    'GET requests/REQUEST/certificaterequestgenerationoptions',
    'POST requests/REQUEST/certificatedata',
    'PUT requests/REQUEST',
    'GET requests/REQUEST',
    'GET smartcards/CARD',
    'GET smartcards/CARD/certificates',
  ])
  const bodies = server.played.filter(({ method }) => method !== 'GET').map(({ body }) => body)
  assert.deepEqual(bodies[0], {
    datacollection: '[{"Request Reason":"Need VPN Certs"}]',
    type: 'Enroll',
    profiletemplateuuid: '97cd65fa-af4b-4587-9309-0dd6bfd8b4e1',
    comment: '',
  })
  assert.deepEqual(bodies[1], {
    requestid: requestUuid,
    cardid: cardId,
    atr: '3b8d0180fba000000397425446590301c8',
  })
  assert.deepEqual(bodies[3], { status: 'Completed' })
})

test('leaves a card that holds its own key, the PIN that was chosen, and the certificate', async t => {
  const { client } = await startFake(t)
  const { options, cards } = optionsFor(client)
  const result = await runWalkthrough(options)
  const [card] = cards
  assert.ok(card !== undefined && cards.length === 1)
  const [key] = await card.listKeys()
  const certificate = new X509Certificate(await card.readCertificate(key?.keyId ?? ''))
  assert.equal(certificate.toString(), result.certificatePem)
  assert.deepEqual(
    certificate.publicKey.export({ type: 'spki', format: 'pem' }),
    createPublicKey(result.publicKeyPem).export({ type: 'spki', format: 'pem' }),
  )
  await assert.rejects(card.generateKeyPair({ algorithm: 'EC', curve: 'P-256' }), {
    code: 'security-status-not-satisfied',
    message: /Verify the PIN/,
  })
  await assert.rejects(card.verifyPin('12345678'), { code: 'wrong-pin' })
  await card.verifyPin(pin)
})

test('returns a chain that openssl verifies', async t => {
  const { client } = await startFake(t)
  const result = await runWalkthrough(optionsFor(client).options)
  const directory = mkdtempSync(join(tmpdir(), 'walkthrough-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const write = (name: string, text: string) => {
    writeFileSync(join(directory, name), text)
    return join(directory, name)
  }
  const { status, stdout, stderr } = spawnSync('openssl', [
    'verify',
    '-CAfile',
    write('root.pem', result.rootCertificatePem),
    '-untrusted',
    write('issuing.pem', result.issuingCertificatePem),
    write('leaf.pem', result.certificatePem),
  ])
  assert.equal(status, 0, `${stdout}${stderr}`)
  assert.equal(result.chainPem.match(/BEGIN CERTIFICATE/g)?.length, 3)
})

test('goes on after the server died at any call, before or after it carried the call out', async t => {
  for (let call = 0; call < 16; call++) {
    for (const carriesOut of [false, true]) {
      await t.test(`call ${call}, answer ${carriesOut ? 'lost' : 'never made'}`, inner =>
        interruptOnce(inner, { call, carriesOut }),
      )
    }
  }
})

async function interruptOnce(t: TestContext, diesAt: { call: number; carriesOut: boolean }): Promise<void> {
  const { server, client } = await startFake(t)
  const state = newWalkthroughState()
  const { options, steps, cards } = optionsFor(client, { state })
  server.diesAt = diesAt
  const error = await failure(options)
  assert.ok(isInterrupted(error.cause), error.message)
  server.diesAt = null
  steps.length = 0
  const result = await runWalkthrough(options)
  assert.deepEqual(
    steps.map(({ number }) => number),
    Array.from({ length: 28 }, (_, index) => index + 1),
  )
  assert.equal(cards.length, 1)
  assert.equal(server.cards.size, 1)
  assert.equal(server.issuedCount, 1)
  // A request whose creation went unanswered is the one thing that is made anew.
  assert.equal(server.requests.size, diesAt.call === 2 && diesAt.carriesOut ? 2 : 1)
  assert.equal(server.requests.get(result.requestUuid)?.status, 8)
}

test('goes on after it was itself stopped at any step', async t => {
  for (let stop = 1; stop <= 28; stop++) {
    await t.test(`step ${stop}`, async inner => {
      const { server, client } = await startFake(inner)
      const state = newWalkthroughState()
      let isStopped = false
      const { options, cards } = optionsFor(client, {
        state,
        report: ({ number }) => {
          if (number !== stop || isStopped) return
          isStopped = true
          throw new Error('Stopped.')
        },
      })
      await assert.rejects(runWalkthrough(options), /Stopped\.$/)
      const { requestUuid } = await runWalkthrough(options)
      assert.deepEqual([cards.length, server.cards.size, server.issuedCount], [1, 1, 1])
      assert.deepEqual([...server.requests.keys()], [requestUuid])
    })
  }
})

test('says at which step it stopped, and at which the server died', async t => {
  const { server, client } = await startFake(t)
  server.diesAt = { call: 5, carriesOut: false }
  const error = await failure(optionsFor(client).options)
  assert.equal(error.step, 14)
  assert.ok(error.cause instanceof CardinalApiError)
  assert.match(
    error.message,
    /^Step 14 failed: POST http:\/\/127\.0\.0\.1:\d+\/CertificateManagement\/api\/v1\.0\/smartcards failed: /,
  )
})

for (const [trick, message] of [
  ['other-key', /is for another key/],
  ['other-signer', /issuer did not sign it/],
  ['no-root', /does not end in a root/],
] as const) {
  test(`takes no certificate onto the card where the server plays foul: ${trick}`, async t => {
    const { server, client } = await startFake(t)
    server.trick = trick
    const { options, cards } = optionsFor(client)
    const error = await failure(options)
    assert.equal(error.step, 27)
    assert.equal(codeOf(error), 'certificate-untrustworthy')
    assert.match(error.message, message)
    assert.equal((await cards[0]?.listKeys())?.[0]?.hasCertificate, false)
  })
}

test('passes on why the server refused the certificate request', async t => {
  const { server, client } = await startFake(t)
  server.refusal = 'The key is too short.'
  const error = await failure(optionsFor(client).options)
  assert.equal(codeOf(error), 'certificate-refused')
  assert.match(error.message, /The key is too short\./)
})

test('waits for no approval, and goes on with the same request once it is approved', async t => {
  const { server, client } = await startFake(t)
  server.initialStatus = 16
  const state = newWalkthroughState()
  const { options } = optionsFor(client, { state })
  const error = await failure(options)
  assert.equal(error.step, 8)
  assert.equal(codeOf(error), 'approval-pending')
  for (const request of server.requests.values()) request.status = 3
  assert.equal((await runWalkthrough(options)).requestUuid, state.requestUuid)
})

test('notices that the card did not become active', async t => {
  const { server, client } = await startFake(t)
  server.forgetsCompletion = true
  const error = await failure(optionsFor(client).options)
  assert.equal(codeOf(error), 'not-active')
  assert.match(error.message, /^The final check failed: /)
})

test('asks for an answer that the policy wants, before it makes a request', async t => {
  const { server, client } = await startFake(t)
  const error = await failure(optionsFor(client, { answers: {} }).options)
  assert.equal(error.step, 4)
  assert.equal(codeOf(error), 'answer-missing')
  assert.match(error.message, /"Request Reason"/)
  assert.equal(server.requests.size, 0)
})

test('refuses a profile template that is not offered, or not one of virtual cards', async t => {
  const { client } = await startFake(t)
  for (const profileTemplateUuid of [
    '00000000-0000-0000-0000-000000000001',
    '12bd5120-86a2-4ee1-8d05-131066871578',
  ]) {
    const error = await failure(optionsFor(client, { profileTemplateUuid }).options)
    assert.equal(error.step, 2)
    assert.equal(codeOf(error), 'not-offered')
  }
})

test('does not go on with a request whose card is not at hand', async t => {
  const { server, client } = await startFake(t)
  const state = newWalkthroughState()
  server.diesAt = { call: 7, carriesOut: false }
  await failure(optionsFor(client, { state }).options)
  server.diesAt = null
  const missing = newWalkthroughState({ requestUuid: state.requestUuid })
  assert.equal(codeOf(await failure(optionsFor(client, { state: missing }).options)), 'card-mismatch')
  const other = newWalkthroughState({
    requestUuid: state.requestUuid,
    card: newVirtualCard(new Uint8Array(24)),
  })
  const error = await failure(optionsFor(client, { state: other }).options)
  assert.equal(error.step, 16)
  assert.equal(codeOf(error), 'card-mismatch')
})

test('leaves the default admin key on the card where the configuration does not diversify it', async t => {
  const { server, client } = await startFake(t)
  server.configurationChanges = { DiversifyAdminKey: false }
  const { options, steps, cards } = optionsFor(client)
  await runWalkthrough(options)
  const skipped = steps.filter(step => step.skipped)
  assert.deepEqual(
    skipped.map(step => `${step.number} ${step.note}`),
    ['18 not needed', '19 not needed', '20 not needed'],
  )
  const challenge = (await cards[0]?.requestChallenge()) ?? assert.fail()
  await cards[0]?.authenticateAdministrator(authenticationResponse(defaultAdminKey, challenge))
})

test('shows only templates whose users choose their PIN', async t => {
  const { server, client } = await startFake(t)
  server.configurationChanges = { UserPinOption: 2 }
  const error = await failure(optionsFor(client).options)
  assert.equal(error.step, 21)
  assert.equal(codeOf(error), 'not-offered')
})

test('shows no secret anywhere', async t => {
  const { server, client } = await startFake(t)
  const { options, steps } = optionsFor(client)
  const result = await runWalkthrough(options)
  const shown = [
    ...steps.map(step => renderStep(step, { color: true })),
    renderSummary(result),
    renderJson(steps, result),
  ].join('\n')
  // As it went over the wire, in an address, in other bases, and torn apart by no line break.
  const joined = shown.replace(/\n\s*/g, '')
  assert.ok(server.secrets.size >= 5, 'the default key, the own key, two responses and challenges')
  for (const secret of [...server.secrets, pin, 'secret']) {
    const bytes = Buffer.from(secret, 'base64')
    for (const form of [
      secret,
      encodeURIComponent(secret),
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
      Buffer.from(secret).toString('base64'),
    ]) {
      assert.ok(!joined.includes(form), `a secret is shown: ${form}`)
    }
  }
  assert.ok(joined.includes('********'))
})

test('shortens certificates and certificate requests, but for the one at the end', async t => {
  const { client } = await startFake(t)
  const { options, steps } = optionsFor(client)
  await runWalkthrough(options)
  const sent = steps.find(({ number }) => number === 26)
  assert.match(renderStep(sent ?? assert.fail()), /"MII[\w+/]{21}… \(\d+ characters\)"/)
  assert.ok(steps.every(step => renderStep(step).length < 2_000))
})

test('renders within 110 columns, without colours unless they are asked for', async t => {
  const { client } = await startFake(t)
  const { options, steps } = optionsFor(client)
  const result = await runWalkthrough(options)
  const plain = [...steps.map(step => renderStep(step)), renderSummary(result)].join('\n')
  assert.ok(!plain.includes('\u001b'))
  for (const line of plain.split('\n')) assert.ok(line.length <= 110, line)
  const [first] = steps
  assert.ok(first !== undefined)
  assert.ok(renderStep(first, { color: true }).startsWith('\u001b[1m 1  Ask which'))
  assert.equal(renderStep(first).split('\n')[1], '    > GET /CertificateManagement/api/v1.0/profiletemplates')
})

test('gives machines the steps and the result', async t => {
  const { client } = await startFake(t)
  const { options, steps } = optionsFor(client)
  const result = await runWalkthrough(options)
  const parsed = JSON.parse(renderJson(steps, result))
  assert.equal(parsed.steps.length, 28)
  assert.equal(parsed.result.thumbprint, result.thumbprint)
  assert.equal(JSON.parse(renderJson(steps.slice(0, 3), null)).result, null)
})
