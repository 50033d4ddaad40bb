import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { pino } from 'pino'
import { publishRevocationList } from '../../src/workflows/publication/publish-revocation-list.ts'
import { as, startServer } from './server.ts'

const log: {
  readonly check?: string
  readonly msg: string
  readonly level: number
  readonly fault?: string
}[] = []
const server = await startServer({
  logger: pino({ level: 'info' }, { write: line => void log.push(JSON.parse(line)) }),
  healthChecks: {
    database: { isNeeded: true, check: async () => undefined },
    'card master key': { isNeeded: true, check: async () => failIn(2000) },
    provider: { isNeeded: false, check: async () => failIn(2001) },
  },
})
function failIn(year: number): void {
  if (server.clock.at.getFullYear() === year)
    throw new Error('secret detail', { cause: new Error('the reason', { cause: new Error('the words') }) })
}
after(() => server[Symbol.asyncDispose]())

/** As the description writes them. */
const routes: string[] = []
server.app.addHook('onRoute', ({ method, url, schema }) => {
  if (typeof method !== 'string' || method === 'HEAD' || schema?.hide === true) return
  routes.push(`${method} ${url.replace(/:(\w+)/g, '{$1}')}`)
})

test('lives without credentials', async () => {
  const response = await server.app.inject('/health/live')
  assert.deepEqual([response.statusCode, response.json()], [200, { status: 'live' }])
})

test('is ready while every check passes, and names the one that fails without detail', async () => {
  const ready = await server.app.inject('/health/ready')
  assert.equal(ready.statusCode, 200)
  assert.deepEqual(ready.json(), {
    status: 'ready',
    checks: { database: 'ok', 'card master key': 'ok', provider: 'ok' },
  })
  const today = server.clock.at
  server.clock.at = new Date('2000-06-01')
  const failed = await server.app.inject('/health/ready')
  server.clock.at = today
  assert.equal(failed.statusCode, 503)
  assert.deepEqual(failed.json(), {
    status: 'not ready',
    checks: { database: 'ok', 'card master key': 'failed', provider: 'ok' },
  })
})

test('stays ready, and says that it is degraded, where a check fails that it can do without', async () => {
  const today = server.clock.at
  server.clock.at = new Date('2001-06-01')
  const degraded = await server.app.inject('/health/ready')
  server.clock.at = today
  assert.equal(degraded.statusCode, 200)
  assert.deepEqual(degraded.json(), {
    status: 'degraded',
    checks: { database: 'ok', 'card master key': 'ok', provider: 'degraded' },
  })
})

test('logs a check when it begins to fail and when it passes again, however often it is asked', async () => {
  const today = server.clock.at
  const ask = () => server.app.inject('/health/ready')
  await ask()
  log.length = 0
  for (const year of ['2000', '2001']) {
    server.clock.at = new Date(`${year}-06-01`)
    await Promise.all([ask(), ask()])
    await ask()
    server.clock.at = today
    await Promise.all([ask(), ask()])
  }
  assert.deepEqual(
    log
      .filter(({ check }) => check !== undefined)
      .map(({ level, check, fault, msg }) => [level, check, fault, msg]),
    [
      [50, 'card master key', 'secret detail ← the reason ← the words', 'a health check failed'],
      [30, 'card master key', undefined, 'a health check passes again'],
      [40, 'provider', 'secret detail ← the reason ← the words', 'a health check is degraded'],
      [30, 'provider', undefined, 'a health check passes again'],
    ],
  )
})

test('waits for no check longer than two seconds', async t => {
  const never = new Promise<void>(() => undefined)
  await using stuck = await startServer({
    healthChecks: { database: { isNeeded: true, check: () => never } },
  })
  await stuck.app.ready()
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const answer = stuck.app.inject('/health/ready')
  const ticking = setInterval(() => t.mock.timers.tick(2000), 5)
  const response = await answer
  clearInterval(ticking)
  assert.equal(response.statusCode, 503)
})

test('publishes revocation lists and certificates to everybody', async () => {
  const { certificationAuthority, rootAuthority } = server.environment
  const missing = await server.app.inject(`/pki/${certificationAuthority.uuid}.crl`)
  assert.equal(missing.statusCode, 404)
  await publishRevocationList(server.environment, certificationAuthority)
  const list = await server.environment.store.reader.findLatestRevocationList(certificationAuthority.uuid)
  for (const [path, type, der] of [
    [`/pki/${certificationAuthority.uuid}.crl`, 'application/pkix-crl', list?.der],
    [
      `/PKI/${certificationAuthority.uuid.toUpperCase()}.cer`,
      'application/pkix-cert',
      certificationAuthority.certificate.der,
    ],
    [`/pki/${rootAuthority.uuid}.cer`, 'application/pkix-cert', rootAuthority.certificate.der],
  ] as const) {
    const response = await server.app.inject(path)
    assert.equal(response.statusCode, 200, path)
    assert.equal(response.headers['content-type'], type)
    assert.match(String(response.headers['cache-control']), /^public, max-age=\d+$/)
    assert.ok(der !== undefined && Buffer.from(der).equals(response.rawPayload))
    const again = await server.app.inject({
      url: path,
      headers: { 'if-none-match': String(response.headers.etag) },
    })
    assert.deepEqual([again.statusCode, again.body], [304, ''])
    const other = await server.app.inject({ url: path, headers: { 'if-none-match': '"other"' } })
    assert.equal(other.statusCode, 200)
  }
})

test('knows no other authority', async () => {
  for (const path of [
    '/pki/ffffffff-ffff-4fff-bfff-ffffffffffff.crl',
    '/pki/x.cer',
    '/pki/..%2f..%2fkey.cer',
    '/pki/x.key',
  ]) {
    assert.equal((await server.app.inject(path)).statusCode, 404, path)
  }
})

test('describes every route of the API as OpenAPI 3.1', async () => {
  const response = await server.app.inject('/openapi.json')
  assert.equal(response.statusCode, 200)
  const { openapi, paths } = response.json()
  assert.match(openapi, /^3\.1/)
  const described = Object.entries<object>(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map(method => `${method.toUpperCase()} ${path}`),
  )
  assert.deepEqual(described.sort(), routes.sort())
  assert.ok(described.includes('POST /CertificateManagement/api/v1.0/requests/{requestid}/certificatedata'))
  assert.ok(!described.some(route => route.startsWith('HEAD') || route.startsWith('OPTIONS')))
  const { required } =
    paths['/CertificateManagement/api/v1.0/requests'].post.requestBody.content['application/json'].schema
  assert.deepEqual(required, ['type'])
})

test('describes which operations need no sign-in', async () => {
  const { paths, security } = (await server.app.inject('/openapi.json')).json()
  assert.deepEqual(security, [{ basic: [] }, { bearer: [] }, { session: [] }])
  assert.deepEqual(paths['/health/live'].get.security, [])
  assert.equal(paths['/CertificateManagement/api/v1.0/requests'].get.security, undefined)
})

test('sends whoever opens the bare address to the page', async () => {
  const response = await server.app.inject('/')
  assert.equal(response.statusCode, 302)
  assert.equal(response.headers.location, '/docs')
})

test('shows the description as a page that runs its own scripts alone', async () => {
  const page = await server.app.inject('/docs')
  assert.equal(page.statusCode, 200)
  assert.match(String(page.headers['content-type']), /^text\/html/)
  assert.match(String(page.headers['content-security-policy']), /script-src 'self';/)
  assert.doesNotMatch(page.body, /<script>(?!<)|\son\w+=/)
  const sources = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source = '']) => source)
  assert.ok(sources.length >= 4)
  for (const source of sources) assert.equal((await server.app.inject(source)).statusCode, 200, source)
})

test('leaves nothing of the API open to somebody who is not signed in, the description aside', async () => {
  const { paths } = (await server.app.inject('/openapi.json')).json()
  for (const [path, methods] of Object.entries<object>(paths)) {
    if (!path.startsWith('/CertificateManagement')) continue
    for (const name of Object.keys(methods)) {
      const method = name.toUpperCase() as 'GET' | 'POST' | 'PUT' | 'DELETE'
      const response = await server.app.inject({ method, url: path.replaceAll(/[{}]/g, '') })
      const isSignOut = method === 'DELETE' && path.endsWith('/session')
      assert.equal(response.statusCode, isSignOut ? 204 : 401, `${method} ${path}`)
    }
  }
})

test('answers with a session of its own to alice', async () => {
  const response = await server.app.inject({ url: '/api/v2.0/session', headers: as('alice') })
  assert.deepEqual(response.json().roles, ['subscriber'])
})
