import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, test } from 'node:test'
import type { InjectOptions } from 'fastify'
import { as, startServer } from './server.ts'

const server = await startServer()
after(() => server[Symbol.asyncDispose]())

const routes: string[] = []
server.app.addHook('onRoute', ({ method, url, schema }) => {
  const isOfApi = typeof method === 'string' && method !== 'HEAD' && schema?.hide !== true
  if (isOfApi) routes.push(`${method} ${url}`)
})
await server.app.ready()

/** Alice owns everything below; Bob is a subscriber like her. */
const people = {
  anonymous: null,
  owner: 'alice',
  other: 'bob',
  manager: 'mona',
  helpDesk: 'heidi',
  administrator: 'admin',
} as const
type Person = keyof typeof people

const v1 = '/CertificateManagement/api/v1.0'
const v2 = '/CertificateManagement/api/v2.0'
const virtualSmartcard = '97cd65fa-af4b-4587-9309-0dd6bfd8b4e1'
const aliceUuid = (await server.environment.directory.findUserByName('alice'))?.uuid ?? ''
const logonCard = '2b7044cf-aa96-4911-b886-177947e9271b'

/** What Alice has: a request that executes with a card of hers, and one that waits for approval. */
interface Possessions {
  readonly executing: string
  readonly pending: string
  readonly smartcard: string
  readonly profile: string
  readonly cardId: string
}

async function create(path: string, payload: object): Promise<string> {
  const response = await server.app.inject({
    method: 'POST',
    url: `${v1}/${path}`,
    headers: as('alice'),
    payload,
  })
  assert.equal(response.statusCode, 201, response.body)
  return response.json().split('/').at(-1)
}

async function newPossessions(): Promise<Possessions> {
  const cardId = randomUUID()
  const datacollection = [{ 'Request Reason': 'matrix' }]
  const executing = await create('requests', {
    type: 'Enroll',
    profiletemplateuuid: virtualSmartcard,
    datacollection,
  })
  const pending = await create('requests', { type: 'Enroll', profiletemplateuuid: logonCard })
  const smartcard = await create('smartcards', { requestid: executing, cardid: cardId })
  const profile = (await server.store.reader.findSmartcard(smartcard))?.profileUuid ?? ''
  return { executing, pending, smartcard, profile, cardId }
}

/** The address of a session that Alice has just begun. */
async function newSession(): Promise<string> {
  await server.app.inject({ method: 'POST', url: `${v2}/session`, headers: as('alice') })
  const [session] = await server.store.reader.listSessionsOfUser(aliceUuid, 1)
  return `${v2}/sessions/${session?.uuid}`
}

const apiToken = { name: 'matrix', scopes: ['read'], expires: '2026-08-01T00:00:00Z' }

/** The address of an API token that Alice has just created. */
async function newApiToken(): Promise<string> {
  const url = `${v2}/api-tokens`
  const response = await server.app.inject({ method: 'POST', url, headers: as('alice'), payload: apiToken })
  return `${url}/${response.json().uuid}`
}

/** The status that each person gets, and the error code where it is an error. */
type Outcomes = Readonly<Record<Person, string>>

const everybody = (outcome: string): Outcomes => ({
  anonymous: outcome,
  owner: outcome,
  other: outcome,
  manager: outcome,
  helpDesk: outcome,
  administrator: outcome,
})

const everyUser = (outcome: string): Outcomes => ({ ...everybody(outcome), anonymous: '401 NotSignedIn' })

/** What belongs to a user: the owner and those whose work is to look at what belongs to others. */
const overseers = (outcome: string): Outcomes => ({
  ...everyUser('403 NotPermitted'),
  owner: outcome,
  manager: outcome,
  administrator: outcome,
})

/** What only the executor of a request may do: here the owner, for no enrollment agent is asked for. */
const executor = (outcome: string): Outcomes => ({ ...everyUser('403 NotPermitted'), owner: outcome })

/** Sessions and API tokens: nobody else's work is to look at those. */
const ownerAndAdministrator = (outcome: string): Outcomes => ({
  ...everyUser('403 NotPermitted'),
  owner: outcome,
  administrator: outcome,
})

type Call = Omit<InjectOptions, 'headers' | 'method'>

interface Row {
  readonly call: (alice: Possessions) => Call | Promise<Call>
  readonly outcomes: Outcomes
}

/** By method and route; what stands in parentheses tells several calls of one route apart. */
const rows: Readonly<Record<string, Row>> = {
  [`GET ${v1}/profiletemplates`]: {
    call: () => ({ url: `${v1}/profiletemplates` }),
    // Enrolling oneself: subscribers may, nobody else has the right on a template.
    outcomes: { ...everyUser('204'), owner: '200', other: '200' },
  },
  [`GET ${v1}/profiletemplates/:id`]: {
    call: () => ({ url: `${v1}/profiletemplates/${virtualSmartcard}` }),
    outcomes: everyUser('200'),
  },
  [`GET ${v1}/profiletemplates/:id/policies/:type`]: {
    call: () => ({ url: `${v1}/profiletemplates/${virtualSmartcard}/policies/enroll` }),
    outcomes: everyUser('200'),
  },
  [`GET ${v1}/profiletemplates/:id/policy/workflow/:type`]: {
    call: () => ({ url: `${v1}/profiletemplates/${virtualSmartcard}/policy/workflow/enroll` }),
    outcomes: everyUser('200'),
  },
  [`GET ${v1}/profiletemplates/:id/configuration/smartcards`]: {
    call: () => ({ url: `${v1}/profiletemplates/${virtualSmartcard}/configuration/smartcards` }),
    outcomes: everyUser('200'),
  },
  [`POST ${v1}/requests`]: {
    // The card is not active yet: whoever may ask is told that.
    call: alice => ({ url: `${v1}/requests`, payload: { type: 'Unblock', smartcard: alice.smartcard } }),
    outcomes: {
      ...everyUser('403 NotPermitted'),
      owner: '409 SmartcardStateForbids',
      manager: '409 SmartcardStateForbids',
      helpDesk: '409 SmartcardStateForbids',
    },
  },
  [`POST ${v1}/requests (for oneself)`]: {
    call: () => ({ url: `${v1}/requests`, payload: { type: 'Enroll', profiletemplateuuid: logonCard } }),
    outcomes: { ...everyUser('403 NotPermitted'), owner: '201', other: '201' },
  },
  [`POST ${v1}/requests (for Alice)`]: {
    call: () => ({
      url: `${v1}/requests`,
      payload: { type: 'Enroll', profiletemplateuuid: logonCard, target: aliceUuid },
    }),
    outcomes: { ...everyUser('403 NotPermitted'), owner: '201', manager: '201' },
  },
  [`GET ${v1}/requests`]: {
    call: () => ({ url: `${v1}/requests?status=Executing` }),
    outcomes: { ...everyUser('204'), owner: '200', manager: '200', administrator: '200' },
  },
  [`GET ${v1}/requests/:id`]: {
    call: alice => ({ url: `${v1}/requests/${alice.executing}` }),
    outcomes: overseers('200'),
  },
  [`PUT ${v1}/requests/:id`]: {
    call: alice => ({ url: `${v1}/requests/${alice.executing}`, payload: { status: 'Completed' } }),
    outcomes: executor('409 CertificatesMissing'),
  },
  [`PUT ${v1}/requests/:id (Canceled)`]: {
    // The initiators whom the policy names may cancel what they could have made.
    call: alice => ({ url: `${v1}/requests/${alice.executing}`, payload: { status: 'Canceled' } }),
    outcomes: { ...everyUser('403 NotPermitted'), owner: '200', manager: '200' },
  },
  [`PUT ${v1}/requests/:id (Abandoned)`]: {
    call: alice => ({ url: `${v1}/requests/${alice.pending}`, payload: { status: 'Abandoned' } }),
    outcomes: {
      ...everyUser('403 NotPermitted'),
      owner: '409 RequestStateForbids',
      manager: '409 RequestStateForbids',
    },
  },
  [`GET ${v1}/requests/:requestid/certificaterequestgenerationoptions`]: {
    call: alice => ({ url: `${v1}/requests/${alice.executing}/certificaterequestgenerationoptions` }),
    outcomes: overseers('200'),
  },
  [`POST ${v1}/requests/:requestid/certificatedata`]: {
    call: alice => ({
      url: `${v1}/requests/${alice.executing}/certificatedata`,
      payload: { certificaterequests: ['MAA='] },
    }),
    outcomes: executor('400 InvalidParameter'),
  },
  [`POST ${v1}/smartcards`]: {
    call: alice => ({
      url: `${v1}/smartcards`,
      payload: { requestid: alice.executing, cardid: alice.cardId },
    }),
    outcomes: executor('201'),
  },
  [`GET ${v1}/smartcards`]: {
    call: alice => ({ url: `${v1}/smartcards?cardid=${alice.cardId}` }),
    outcomes: overseers('200'),
  },
  [`GET ${v1}/smartcards/:id`]: {
    call: alice => ({ url: `${v1}/smartcards/${alice.smartcard}` }),
    outcomes: overseers('200'),
  },
  [`GET ${v1}/requests/:reqid/smartcards/:scid`]: {
    call: alice => ({ url: `${v1}/requests/${alice.executing}/smartcards/${alice.smartcard}` }),
    outcomes: overseers('200'),
  },
  [`PUT ${v1}/requests/:reqid/smartcards/:scid`]: {
    call: alice => ({ url: `${v1}/requests/${alice.executing}/smartcards/${alice.smartcard}` }),
    outcomes: executor('409 SmartcardStateForbids'),
  },
  [`GET ${v1}/requests/:reqid/smartcards/:scid/diversifiedkey`]: {
    call: alice => ({
      url: `${v1}/requests/${alice.executing}/smartcards/${alice.smartcard}/diversifiedkey?cardid=${alice.cardId}`,
    }),
    outcomes: executor('200'),
  },
  [`GET ${v1}/requests/:reqid/smartcards/:scid/authenticationresponse`]: {
    call: ({ executing, smartcard, cardId }) => ({
      url: `${v1}/requests/${executing}/smartcards/${smartcard}/authenticationresponse`,
      query: { cardid: cardId, challenge: '1hFD+cz/0so=', diversified: 'True' },
    }),
    outcomes: executor('200'),
  },
  [`POST ${v2}/requests/:id/smartcards`]: {
    call: alice => ({
      url: `${v2}/requests/${alice.executing}/smartcards`,
      payload: { cardId: alice.cardId, adminKeyType: 'GIDS-3DES' },
    }),
    outcomes: executor('201'),
  },
  [`POST ${v2}/requests/:id/smartcards/:smartcard/admin-key`]: {
    call: alice => ({
      url: `${v2}/requests/${alice.executing}/smartcards/${alice.smartcard}/admin-key`,
    }),
    outcomes: executor('200'),
  },
  [`POST ${v2}/requests/:id/smartcards/:smartcard/authentication-response`]: {
    call: alice => ({
      url: `${v2}/requests/${alice.executing}/smartcards/${alice.smartcard}/authentication-response`,
      payload: { challenge: '1hFD+cz/0so=', diversified: true },
    }),
    outcomes: executor('200'),
  },
  [`POST ${v2}/requests/:id/smartcards/:smartcard/unblocking-key`]: {
    call: alice => ({
      url: `${v2}/requests/${alice.executing}/smartcards/${alice.smartcard}/unblocking-key`,
    }),
    outcomes: executor('403 PolicyForbids'),
  },
  [`GET ${v1}/requests/:reqid/smartcards/:scid/serverproposedpin`]: {
    call: alice => ({
      url: `${v1}/requests/${alice.executing}/smartcards/${alice.smartcard}/serverproposedpin`,
    }),
    outcomes: executor('204'),
  },
  [`GET ${v1}/smartcards/:id/serverproposedpin`]: {
    call: alice => ({ url: `${v1}/smartcards/${alice.smartcard}/serverproposedpin` }),
    // The request is looked for among the caller's own: who has none learns nothing of others.
    outcomes: everyUser('204'),
  },
  [`GET ${v1}/profiles`]: {
    call: () => ({ url: `${v1}/profiles` }),
    outcomes: { ...everyUser('204'), owner: '200' },
  },
  [`GET ${v1}/profiles/:id`]: {
    call: alice => ({ url: `${v1}/profiles/${alice.profile}` }),
    outcomes: overseers('200'),
  },
  [`GET ${v1}/requests/:requestid/profiles`]: {
    call: alice => ({ url: `${v1}/requests/${alice.executing}/profiles` }),
    outcomes: overseers('200'),
  },
  [`GET ${v1}/requests/:requestid/profiles/:id`]: {
    call: alice => ({ url: `${v1}/requests/${alice.executing}/profiles/${alice.profile}` }),
    outcomes: overseers('200'),
  },
  [`GET ${v1}/profiles/:id/operations`]: {
    call: alice => ({ url: `${v1}/profiles/${alice.profile}/operations` }),
    outcomes: overseers('204'),
  },
  [`GET ${v1}/smartcards/:id/operations`]: {
    call: alice => ({ url: `${v1}/smartcards/${alice.smartcard}/operations` }),
    outcomes: overseers('204'),
  },
  [`GET ${v1}/profiles/:id/certificates`]: {
    call: alice => ({ url: `${v1}/profiles/${alice.profile}/certificates` }),
    outcomes: overseers('204'),
  },
  [`GET ${v1}/smartcards/:id/certificates`]: {
    call: alice => ({ url: `${v1}/smartcards/${alice.smartcard}/certificates` }),
    outcomes: overseers('204'),
  },
  [`GET ${v1}/certificates`]: { call: () => ({ url: `${v1}/certificates` }), outcomes: everyUser('204') },
  [`POST ${v2}/requests/:id/approvals`]: {
    call: alice => ({ url: `${v2}/requests/${alice.pending}/approvals`, payload: { decision: 'Approve' } }),
    outcomes: { ...everyUser('403 NotPermitted'), manager: '200' },
  },
  [`POST ${v2}/session`]: { call: () => ({ url: `${v2}/session` }), outcomes: everyUser('200') },
  [`GET ${v2}/session`]: { call: () => ({ url: `${v2}/session` }), outcomes: everyUser('200') },
  [`DELETE ${v2}/session`]: { call: () => ({ url: `${v2}/session` }), outcomes: everybody('204') },
  [`GET ${v2}/sessions`]: { call: () => ({ url: `${v2}/sessions` }), outcomes: everyUser('200') },
  [`GET ${v2}/sessions (of Alice)`]: {
    call: () => ({ url: `${v2}/sessions?user=${aliceUuid}` }),
    outcomes: ownerAndAdministrator('200'),
  },
  [`GET ${v2}/sessions (of nobody)`]: {
    call: () => ({ url: `${v2}/sessions?user=nobody` }),
    outcomes: { ...everyUser('403 NotPermitted'), administrator: '404 UserNotFound' },
  },
  [`DELETE ${v2}/sessions/:uuid`]: {
    call: async () => ({ url: await newSession() }),
    outcomes: ownerAndAdministrator('204'),
  },
  [`DELETE ${v2}/sessions/:uuid (of nobody)`]: {
    call: () => ({ url: `${v2}/sessions/${randomUUID()}` }),
    outcomes: everyUser('404 SessionNotFound'),
  },
  [`DELETE ${v2}/sessions`]: { call: () => ({ url: `${v2}/sessions` }), outcomes: everyUser('204') },
  [`DELETE ${v2}/sessions (of Alice)`]: {
    call: () => ({ url: `${v2}/sessions?user=contoso%5CAlice` }),
    outcomes: ownerAndAdministrator('204'),
  },
  [`POST ${v2}/api-tokens`]: {
    call: () => ({ url: `${v2}/api-tokens`, payload: apiToken }),
    outcomes: everyUser('201'),
  },
  [`GET ${v2}/api-tokens`]: { call: () => ({ url: `${v2}/api-tokens` }), outcomes: everyUser('200') },
  [`GET ${v2}/api-tokens (of Alice)`]: {
    call: () => ({ url: `${v2}/api-tokens?user=${aliceUuid}` }),
    outcomes: ownerAndAdministrator('200'),
  },
  [`DELETE ${v2}/api-tokens/:uuid`]: {
    call: async () => ({ url: await newApiToken() }),
    outcomes: ownerAndAdministrator('204'),
  },
  [`DELETE ${v2}/api-tokens/:uuid (of nobody)`]: {
    call: () => ({ url: `${v2}/api-tokens/${randomUUID()}` }),
    outcomes: everyUser('404 ApiTokenNotFound'),
  },
  'GET /health/live': { call: () => ({ url: '/health/live' }), outcomes: everybody('200') },
  'GET /health/ready': { call: () => ({ url: '/health/ready' }), outcomes: everybody('200') },
  'GET /sign-in': { call: () => ({ url: '/sign-in' }), outcomes: everybody('404 RouteNotFound') },
  'GET /sign-in/callback': {
    call: () => ({ url: '/sign-in/callback' }),
    outcomes: everybody('404 RouteNotFound'),
  },
  'POST /sign-out': { call: () => ({ url: '/sign-out' }), outcomes: everybody('200') },
  'GET /pki/:authorityUuid.crl': {
    call: () => ({ url: `/pki/${server.environment.rootAuthority.uuid}.crl` }),
    outcomes: everybody('404 RouteNotFound'),
  },
  'GET /pki/:authorityUuid.cer': {
    call: () => ({ url: `/pki/${server.environment.rootAuthority.uuid}.cer` }),
    outcomes: everybody('200'),
  },
}

/** What calls that change nothing are tried on. */
const shared = await newPossessions()

test('has a row for every route, and no row without a route', () => {
  const covered = new Set(Object.keys(rows).map(key => key.replace(/ \(.*/, '')))
  assert.deepEqual([...covered].sort(), routes.sort())
})

for (const [route, { call, outcomes }] of Object.entries(rows)) {
  test(`answers ${route} to whom it may`, async () => {
    const found: Record<string, string> = {}
    for (const [person, account] of Object.entries(people)) {
      const [method] = route.split(' ') as ['GET' | 'POST' | 'PUT' | 'DELETE']
      const response = await server.app.inject({
        method,
        ...(await call(method === 'GET' ? shared : await newPossessions())),
        headers: account === null ? {} : as(account),
      })
      const code = response.statusCode < 400 ? '' : ` ${response.json().ErrorCode}`
      found[person] = `${response.statusCode}${code}`
    }
    assert.deepEqual(found, outcomes)
  })
}
