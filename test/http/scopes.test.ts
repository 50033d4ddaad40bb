import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { RouteOptions } from 'fastify'
import { type Scope, scopes } from '../../src/domain/scope.ts'
import type { Access } from '../../src/http/api.ts'
import { as, startServer, type TestServer } from './server.ts'

const v2 = '/CertificateManagement/api/v2.0'
const unknown = 'ffffffff-ffff-4fff-bfff-ffffffffffff'

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

interface Route {
  readonly method: Method
  readonly url: string
  readonly access: Exclude<Access, 'public'>
}

async function start(areDutiesSeparated: boolean): Promise<{ server: TestServer; routes: readonly Route[] }> {
  const server = await startServer({}, undefined, { areDutiesSeparated })
  const routes: Route[] = []
  server.app.addHook('onRoute', ({ method, url, config }: RouteOptions) => {
    // Fastify makes HEAD of GET; its answers have no body that could say what refused.
    if (config === undefined || !isMethod(method)) return
    const { access } = config
    if (access !== 'public') routes.push({ method, url: url.replace(/:\w+/g, unknown), access })
  })
  await server.app.ready()
  return { server, routes }
}

function isMethod(method: unknown): method is Method {
  return ['GET', 'POST', 'PUT', 'DELETE'].some(known => known === method)
}

const { server, routes } = await start(false)
const separated = await start(true)
after(() => Promise.all([server, separated.server].map(each => each[Symbol.asyncDispose]())))

async function apiToken(held: readonly Scope[]): Promise<{ authorization: string }> {
  const payload = { name: held.join(' '), scopes: held, expires: '2026-07-02T12:00:00Z' }
  const response = await server.app.inject({
    method: 'POST',
    url: `${v2}/api-tokens`,
    headers: as('admin'),
    payload,
  })
  return { authorization: `Bearer ${response.json().token}` }
}

const byHeader = async (_: TestServer, account: string) => as(account)

async function bySession({ app }: TestServer, account: string): Promise<{ cookie: string }> {
  const response = await app.inject({ method: 'POST', url: `${v2}/session`, headers: as(account) })
  return { cookie: String(response.headers['set-cookie']).split(';')[0] ?? '' }
}

/** Which access refused the call; null where it was decided elsewhere, by the use case or before it. */
async function refusalOf(
  { app }: TestServer,
  { method, url }: Route,
  headers: object,
): Promise<string | null> {
  const response = await app.inject({
    method,
    url,
    headers: { ...headers, 'sec-fetch-site': 'same-origin' },
    ...(method !== 'GET' && { payload: {} }),
  })
  // A session is no way to begin another one.
  const beginsSession = method === 'POST' && url === `${v2}/session`
  if (!beginsSession) assert.notEqual(response.statusCode, 401, `${method} ${url}`)
  assert.ok(response.statusCode < 500, `${method} ${url}: ${response.body}`)
  if (response.statusCode !== 403 || response.body === '') return null
  return (
    /Rule: (?:scope ([\w-]+)|(personal) sign-in)\.$/.exec(response.json().Message)?.slice(1).join('') ?? null
  )
}

const name = ({ method, url }: Route) => `${method} ${url}`

test('every route that is not public has an access that is a scope or personal', () => {
  assert.ok(routes.length > 40)
  for (const route of routes) {
    assert.ok(['personal', ...scopes].includes(route.access), name(route))
    if (route.method === 'GET') {
      assert.ok(['read', 'personal', 'card-secret'].includes(route.access), name(route))
    } else assert.notEqual(route.access, 'read', name(route))
  }
})

describe('an API token reaches the routes of its scopes and no others:', () => {
  for (const held of [...scopes.map(scope => [scope]), [...scopes]]) {
    test(held.join(', '), async () => {
      const headers = await apiToken(held)
      for (const route of routes) {
        const { access } = route
        const isReached = access !== 'personal' && held.includes(access)
        assert.equal(await refusalOf(server, route, headers), isReached ? null : access, name(route))
      }
    })
  }
})

describe('a person reaches every route where duties are not separated, whatever the scheme:', () => {
  for (const account of ['admin', 'mona', 'alice']) {
    test(account, async () => {
      for (const route of routes) {
        for (const signIn of [byHeader, bySession]) {
          assert.equal(await refusalOf(server, route, await signIn(server, account)), null, name(route))
        }
      }
    })
  }
})

async function assign(account: string, role: 'auditor' | 'administrator'): Promise<void> {
  const { store, environment, clock } = separated.server
  const user = await environment.directory.findUserByName(account)
  await store.transactor.transaction(async transaction => {
    await transaction.saveRoleAssignment({ role, trustee: user?.sid ?? '' })
    await transaction.audit({
      at: clock.at,
      action: 'organisation-imported',
      actorUuid: null,
      requestUuid: null,
      subject: account,
      facts: {},
      correlationId: null,
    })
  })
}

describe('where duties are separated', () => {
  async function assertExcluded(account: string, isExcluded: (access: Access) => boolean): Promise<void> {
    for (const route of separated.routes) {
      for (const signIn of [byHeader, bySession]) {
        const headers = await signIn(separated.server, account)
        const expected = isExcluded(route.access) ? route.access : null
        assert.equal(await refusalOf(separated.server, route, headers), expected, name(route))
      }
    }
  }

  const onlyReads = (access: Access) => access !== 'read' && access !== 'personal'

  test('an administrator approves nothing', () => assertExcluded('admin', access => access === 'approve'))

  test('a manager does everything', () => assertExcluded('mona', () => false))

  test('an administrator who is a manager too approves nothing', async () => {
    await assign('mona', 'administrator')
    await assertExcluded('mona', access => access === 'approve')
  })

  test('an auditor only reads', async () => {
    await assign('bob', 'auditor')
    await assertExcluded('bob', onlyReads)
  })

  test('an auditor who is an administrator and a manager too only reads', async () => {
    await assign('mona', 'auditor')
    await assertExcluded('mona', onlyReads)
  })

  test('an auditor who is an administrator too ends nobody else’s session, but the own ones', async () => {
    const { app, store, environment } = separated.server
    await bySession(separated.server, 'alice')
    const alice = await environment.directory.findUserByName('alice')
    const [session] = await store.reader.listSessionsOfUser(alice?.uuid ?? '', 1)
    for (const [method, path] of [
      ['DELETE', `sessions/${session?.uuid}`],
      ['DELETE', 'sessions?user=alice'],
      ['GET', 'sessions?user=alice'],
      ['GET', 'api-tokens?user=alice'],
    ] as const) {
      const response = await app.inject({ method, url: `${v2}/${path}`, headers: as('mona') })
      assert.equal(response.statusCode, 403, path)
    }
    const own = await app.inject({ method: 'DELETE', url: `${v2}/sessions`, headers: as('mona') })
    assert.equal(own.statusCode, 204)
  })
})
