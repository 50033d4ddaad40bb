import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { describedOperations } from '../../scripts/client-types/described-operations.ts'
import { makeCertificationRequest } from '../../src/client/certification-request.ts'
import { generateSoftwareKey, keyPairAlgorithm } from '../../src/client/enrollment-key.ts'
import { smartcardStatus } from '../../src/client/enumerations.ts'
import type { CardinalApiError } from '../../src/client/library/cardinal-api-error.ts'
import { type CardinalClient, createCardinalClient } from '../../src/client/library/create-cardinal-client.ts'
import { freePort, startServer, type TestServer } from '../testbed/server.ts'
import { description } from './walkthrough-client.ts'

const virtualSmartcardTemplate = '97cd65fa-af4b-4587-9309-0dd6bfd8b4e1'
const softwareTemplate = '12bd5120-86a2-4ee1-8d05-131066871578'
const logonTemplate = '2b7044cf-aa96-4911-b886-177947e9271b'

let server: TestServer
let alice: CardinalClient
let mona: CardinalClient
/** The operations that have succeeded. */
const called = new Set<string>()

before(async () => {
  server = await startServer()
  alice = await clientOf('alice')
  mona = await clientOf('mona')
})
after(() => server?.remove())

async function clientOf(user: string): Promise<CardinalClient> {
  const credentials = { user, password: await server.passwordOf(user) }
  return recording(createCardinalClient({ baseUrl: server.url, credentials, retries: 0 }))
}

function recording(client: CardinalClient): CardinalClient {
  return {
    ...client,
    async call(name, ...input) {
      const answer = await client.call(name, ...input)
      called.add(name)
      return answer
    },
  }
}

describe('what can be enrolled for', () => {
  test('is offered with policies and, for cards, how they are prepared', async () => {
    const templates = await alice.call('GET /v1.0/profiletemplates', { query: { workflow: 'Enroll' } })
    assert.ok(templates?.some(({ Uuid }) => Uuid === virtualSmartcardTemplate))
    const path = { id: virtualSmartcardTemplate }
    const template = await alice.call('GET /v1.0/profiletemplates/{id}', { path })
    assert.equal(template?.IsVirtualSmartcardProfileTemplate, true)
    const ofEnroll = { path: { ...path, type: 'Enroll' } }
    const policy = await alice.call('GET /v1.0/profiletemplates/{id}/policies/{type}', ofEnroll)
    assert.equal(policy?.DataCollection[0]?.Name, 'Request Reason')
    assert.deepEqual(
      await alice.call('GET /v1.0/profiletemplates/{id}/policy/workflow/{type}', ofEnroll),
      policy,
    )
    const configuration = 'GET /v1.0/profiletemplates/{id}/configuration/smartcards'
    assert.equal((await alice.call(configuration, { path }))?.UserPinPolicy.MinimumLength, 6)
    assert.equal(await alice.call(configuration, { path: { id: softwareTemplate } }), null)
  })
})

describe('a card', () => {
  const cardid = randomUUID()
  let request: string
  let card: string
  let profile: string

  test('is asked for', async () => {
    request = await newRequest(virtualSmartcardTemplate, { 'Request Reason': 'Need VPN Certs' })
    const read = await alice.call('GET /v1.0/requests/{id}', { path: { id: request } })
    assert.equal(read?.Uuid, request)
    const approved = await alice.call('GET /v1.0/requests', { query: { status: 'Approved' } })
    assert.ok(approved?.some(({ Uuid }) => Uuid === request))
    const behind = { query: { status: 'Approved', after: approved?.at(-1)?.Uuid ?? '' } }
    assert.equal(await alice.call('GET /v1.0/requests', behind), null)
  })

  test('is bound to the request', async () => {
    const body = { requestid: request, cardid, atr: '3b8d0180fba000000397425446590301c8' }
    card = uuidIn(await alice.call('POST /v1.0/smartcards', { body }))
    const path = { reqid: request, scid: card }
    const ofRequest = await alice.call('GET /v1.0/requests/{reqid}/smartcards/{scid}', { path })
    assert.equal(ofRequest?.Uuid, card)
  })

  test('gets its keys and its PIN', async () => {
    const path = { reqid: request, scid: card }
    const challenge = randomBytes(8).toString('base64')
    const key = await alice.call('GET /v1.0/requests/{reqid}/smartcards/{scid}/diversifiedkey', {
      path,
      query: { cardid },
    })
    assert.equal(Buffer.from(key ?? '', 'base64').length, 24)
    const response = await alice.call('GET /v1.0/requests/{reqid}/smartcards/{scid}/authenticationresponse', {
      path,
      query: { cardid, challenge, diversified: 'True' },
    })
    assert.equal(Buffer.from(response ?? '', 'base64').length, 8)
    const ofRequest = 'GET /v1.0/requests/{reqid}/smartcards/{scid}/serverproposedpin'
    assert.equal(await alice.call(ofRequest, { path, query: { cardid } }), null)
    const ofCard = 'GET /v1.0/smartcards/{id}/serverproposedpin'
    assert.equal(await alice.call(ofCard, { path: { id: card }, query: { cardid } }), null)
  })

  test('gets its certificates, and is in use', async () => {
    const path = { requestid: request }
    const options = await alice.call('GET /v1.0/requests/{requestid}/certificaterequestgenerationoptions', {
      path,
    })
    const certificaterequests = await Promise.all(
      (options ?? []).map(async each =>
        makeCertificationRequest(await generateSoftwareKey(keyPairAlgorithm(each)), each, description),
      ),
    )
    const body = { certificaterequests, comments: '' }
    const [issued] = await alice.call('POST /v1.0/requests/{requestid}/certificatedata', { path, body })
    assert.deepEqual([issued?.Error, issued?.isPkcs7], [null, true])
    const completed = await alice.call('PUT /v1.0/requests/{id}', {
      path: { id: request },
      body: { status: 'Completed' },
    })
    profile = completed.NewProfileUuid
    assert.equal(
      (await alice.call('GET /v1.0/smartcards/{id}', { path: { id: card } }))?.Status,
      smartcardStatus.active,
    )
  })

  test('is listed as one of several, and found alone by its own id', async () => {
    const all = await alice.call('GET /v1.0/smartcards')
    assert.ok(Array.isArray(all) && all.some(({ Uuid }) => Uuid === card))
    const behind = { query: { after: String(all.at(-1)?.Uuid) } }
    assert.equal(await alice.call('GET /v1.0/smartcards', behind), null)
    const one = await alice.call('GET /v1.0/smartcards', { query: { cardid } })
    assert.ok(one !== null && 'Uuid' in one && one.Uuid === card)
    assert.equal(await alice.call('GET /v1.0/smartcards', { query: { cardid: randomUUID() } }), null)
  })

  test('has a profile, certificates and operations', async () => {
    const ofCard = { path: { id: card } }
    const ofProfile = { path: { id: profile } }
    const ofRequest = { path: { requestid: request } }
    const active = await alice.call('GET /v1.0/profiles', { query: { status: 'Active' } })
    assert.ok(active?.some(({ Uuid }) => Uuid === profile))
    const behind = { query: { after: active?.at(-1)?.Uuid ?? '' } }
    assert.equal(await alice.call('GET /v1.0/profiles', behind), null)
    assert.equal((await alice.call('GET /v1.0/profiles/{id}', ofProfile))?.Uuid, profile)
    const profiles = await alice.call('GET /v1.0/requests/{requestid}/profiles', ofRequest)
    assert.equal(profiles?.[0]?.Uuid, profile)
    const path = { requestid: request, id: profile }
    const same = await alice.call('GET /v1.0/requests/{requestid}/profiles/{id}', { path })
    assert.equal(same?.Uuid, profile)
    assert.ok((await alice.call('GET /v1.0/profiles/{id}/operations', ofProfile))?.includes('renew'))
    assert.ok((await alice.call('GET /v1.0/smartcards/{id}/operations', ofCard))?.includes('unblock'))
    const [held] = (await alice.call('GET /v1.0/profiles/{id}/certificates', ofProfile)) ?? []
    assert.deepEqual(await alice.call('GET /v1.0/smartcards/{id}/certificates', ofCard), [held])
    const mine = await alice.call('GET /v1.0/certificates')
    assert.ok(mine?.some(({ SerialNumber }) => SerialNumber === held?.SerialNumber))
    const nowhere = { query: { after: randomUUID() } }
    await assert.rejects(alice.call('GET /v1.0/certificates', nowhere), { code: 'InvalidParameter' })
  })

  test('is retired by a request for it', async () => {
    const body = { type: 'Retire', smartcard: card, comment: '' }
    const retirement = uuidIn(await alice.call('POST /v1.0/requests', { body }))
    const path = { reqid: retirement, scid: card }
    const retired = await alice.call('PUT /v1.0/requests/{reqid}/smartcards/{scid}', {
      path,
      body: { status: 'Retired' },
    })
    assert.equal(retired.Uuid, card)
    const again = alice.call('POST /v1.0/requests', { body })
    await assert.rejects(again, { name: 'CardinalApiError', kind: 'refused', status: 409 })
  })
})

describe('the additions', () => {
  test('an approval by who may approve', async () => {
    const path = { id: await newRequest(logonTemplate, {}) }
    const approval = { path, body: { decision: 'Approve', comment: 'Fine.' } }
    const refused = alice.call('POST /v2.0/requests/{id}/approvals', approval)
    await assert.rejects(refused, (error: CardinalApiError) => {
      assert.deepEqual([error.code, error.status], ['NotPermitted', 403])
      assert.match(error.correlationId ?? '', /^[0-9a-f-]{36}$/)
      return true
    })
    const approved = await mona.call('POST /v2.0/requests/{id}/approvals', approval)
    assert.deepEqual([approved.status, approved.approvalsNeeded], ['approved', 1])
  })

  test('the keys of a PIV card, and which PUK it has where a request before left that open', async () => {
    const cardId = randomUUID()
    const bind = async () => {
      const id = await newRequest(virtualSmartcardTemplate, { 'Request Reason': 'Need VPN Certs' })
      const body = { cardId, adminKeyType: 'PIV-AES-192' } as const
      const { uuid } = await alice.call('POST /v2.0/requests/{id}/smartcards', { path: { id }, body })
      return { id, smartcard: uuid }
    }
    const unblockingKey = 'POST /v2.0/requests/{id}/smartcards/{smartcard}/unblocking-key' as const

    const former = await bind()
    const told = await alice.call(unblockingKey, { path: former })
    assert.deepEqual([told.current, told.lastTold], [null, null])
    assert.match(told.next ?? '', /^\d{8}$/)
    await alice.call('PUT /v1.0/requests/{id}', { path: { id: former.id }, body: { status: 'Canceled' } })

    const path = await bind()
    const { key } = await alice.call('POST /v2.0/requests/{id}/smartcards/{smartcard}/admin-key', { path })
    assert.equal(Buffer.from(key, 'base64').length, 24)
    const { response } = await alice.call(
      'POST /v2.0/requests/{id}/smartcards/{smartcard}/authentication-response',
      { path, body: { challenge: randomBytes(16).toString('base64'), diversified: true } },
    )
    assert.equal(Buffer.from(response, 'base64').length, 16)
    const open = await alice.call(unblockingKey, { path })
    assert.deepEqual([open.current, open.lastTold, open.next], [null, told.next, null])
    const confirmed = await alice.call(`${unblockingKey}/confirmation`, {
      path,
      body: { unblockingKey: open.lastTold ?? '' },
    })
    assert.equal(confirmed, null)
    const settled = await alice.call(unblockingKey, { path })
    assert.equal(settled.current, told.next)
    assert.match(settled.next ?? '', /^\d{8}$/)
  })

  test('an API token, which signs a client in until it is revoked', async () => {
    const expires = new Date(Date.now() + 86_400_000).toISOString()
    const body = { name: 'nightly report', scopes: ['read'], expires }
    const { uuid, token } = await alice.call('POST /v2.0/api-tokens', { body })
    assert.ok((await alice.call('GET /v2.0/api-tokens')).some(each => each.uuid === uuid))
    const program = createCardinalClient({ baseUrl: server.url, credentials: { token } })
    assert.ok((await program.call('GET /v1.0/requests'))?.length)
    await assert.rejects(program.call('POST /v1.0/requests', { body: { type: 'Enroll' } }), {
      code: 'NotPermitted',
    })
    assert.equal(await alice.call('DELETE /v2.0/api-tokens/{uuid}', { path: { uuid } }), null)
    await assert.rejects(program.call('GET /v1.0/requests'), { code: 'NotSignedIn', status: 401 })
  })

  test('sessions, which are listed and ended', async () => {
    const heidi = await clientOf('heidi')
    const other = await clientOf('heidi')
    assert.match((await heidi.call('POST /v2.0/session')).user.account, /\\heidi$/)
    await other.call('POST /v2.0/session')
    const others = async () => (await heidi.call('GET /v2.0/sessions')).filter(each => !each.isCurrent)
    const [theirs] = await others()
    assert.ok(theirs !== undefined)
    await heidi.call('DELETE /v2.0/sessions/{uuid}', { path: { uuid: theirs.uuid } })
    assert.deepEqual(await others(), [])
    // The client signs in anew, by name and password.
    assert.match((await other.call('GET /v2.0/session')).user.account, /\\heidi$/)
    await other.call('POST /v2.0/session')
    assert.equal((await others()).length, 1)
    assert.equal(await heidi.call('DELETE /v2.0/sessions'), null)
    assert.deepEqual(await others(), [])
    assert.equal(await heidi.call('DELETE /v2.0/session'), null)
  })
})

describe('an error', () => {
  const nobody = { id: randomUUID() }
  const someUuid = { uuid: randomUUID() }

  test('bears the code that the server documents', async () => {
    const request = { path: nobody, body: { status: 'Canceled' } }
    const token = { name: 'report', scopes: ['read'], expires: 'soon' }
    const cases = [
      ['InvalidParameter', () => alice.call('POST /v1.0/requests', { body: { type: 'Enrol' } })],
      ['InvalidParameter', () => alice.call('GET /v1.0/requests/{id}', { path: { id: '../profiles' } })],
      ['RequestNotFound', () => alice.call('PUT /v1.0/requests/{id}', request)],
      ['InvalidParameter', () => alice.call('POST /v2.0/api-tokens', { body: token })],
      ['SessionNotFound', () => alice.call('DELETE /v2.0/sessions/{uuid}', { path: someUuid })],
      ['ApiTokenNotFound', () => alice.call('DELETE /v2.0/api-tokens/{uuid}', { path: someUuid })],
    ] as const
    for (const [code, call] of cases) await assert.rejects(call, { kind: 'refused', code })
  })

  test('of a wrong password is NotSignedIn, and of an address without the API RouteNotFound', async () => {
    const credentials = { user: 'alice', password: 'not this one' }
    const stranger = createCardinalClient({ baseUrl: server.url, credentials })
    await assert.rejects(stranger.call('GET /v1.0/requests'), { code: 'NotSignedIn', status: 401 })
    const elsewhere = createCardinalClient({ baseUrl: `${server.url}/elsewhere`, credentials })
    await assert.rejects(elsewhere.call('GET /v1.0/requests'), { code: 'RouteNotFound', status: 404 })
  })

  test('of a server that is not there is none of the server', async () => {
    const client = createCardinalClient({
      baseUrl: `http://127.0.0.1:${await freePort()}`,
      credentials: { token: 'a' },
      retries: 0,
    })
    await assert.rejects(client.call('GET /v1.0/requests'), { kind: 'unreachable', status: null, code: null })
  })
})

test('every operation that the server describes was called, and succeeded', async () => {
  const document: unknown = await (await fetch(`${server.url}/openapi.json`)).json()
  const described = describedOperations(document).map(({ name }) => name)
  assert.ok(described.length > 40)
  assert.deepEqual([...called].sort(), described.sort())
})

async function newRequest(template: string, answers: Readonly<Record<string, string>>): Promise<string> {
  const datacollection = Object.entries(answers).map(([name, value]) => ({ [name]: value }))
  const body = { type: 'Enroll', profiletemplateuuid: template, datacollection, comment: '' }
  return uuidIn(await alice.call('POST /v1.0/requests', { body }))
}

/** `api/v1.0/requests/<guid>` */
function uuidIn(address: string): string {
  return address.split('/').at(-1) ?? ''
}
