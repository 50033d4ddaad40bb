import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { leftOutWithout } from '../testbed/left-out.ts'
import { startServer, type TestServer } from '../testbed/server.ts'
import { run } from './command.ts'

/** Every route of MIM CM's API that this release has, below `/CertificateManagement/api/v1.0`. */
const routes = [
  'get /profiletemplates',
  'get /profiletemplates/{id}',
  'get /profiletemplates/{id}/policies/{type}',
  'get /profiletemplates/{id}/policy/workflow/{type}',
  'get /profiletemplates/{id}/configuration/smartcards',
  'post /requests',
  'get /requests',
  'get /requests/{id}',
  'put /requests/{id}',
  'get /requests/{requestid}/certificaterequestgenerationoptions',
  'post /requests/{requestid}/certificatedata',
  'post /smartcards',
  'get /smartcards',
  'get /smartcards/{id}',
  'get /requests/{reqid}/smartcards/{scid}',
  'put /requests/{reqid}/smartcards/{scid}',
  'get /requests/{reqid}/smartcards/{scid}/diversifiedkey',
  'get /requests/{reqid}/smartcards/{scid}/authenticationresponse',
  'get /requests/{reqid}/smartcards/{scid}/serverproposedpin',
  'get /smartcards/{id}/serverproposedpin',
  'get /profiles',
  'get /profiles/{id}',
  'get /requests/{requestid}/profiles',
  'get /requests/{requestid}/profiles/{id}',
  'get /profiles/{id}/operations',
  'get /smartcards/{id}/operations',
  'get /profiles/{id}/certificates',
  'get /smartcards/{id}/certificates',
  'get /certificates',
]
const directory = '/CertificateManagement/api/v1.0'

interface Operation {
  readonly responses: Record<string, { readonly description: unknown }>
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
}

let server: TestServer
let operations: readonly (readonly [route: string, operation: Operation])[]
before(async () => {
  server = await startServer()
  const answer = await fetch(`${server.url}/openapi.json`)
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
  const { openapi, info, paths } = JSON.parse(await answer.text())
  assert.match(openapi, /^3\.1\.\d+$/)
  assert.equal(info.title, 'Cardinal')
  assert.ok(info.version)
  operations = Object.entries<Record<string, Operation>>(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => [`${method} ${path}`, operation] as const),
  )
})
after(() => server?.remove())

test('the OpenAPI document lists every route of MIM CM and no other one', () => {
  const listed = operations
    .map(([route]) => route)
    .filter(route => route.includes(directory))
    .map(route => route.replace(directory, ''))
  assert.deepEqual(listed.sort(), [...routes].sort())
})

test('the OpenAPI document describes answers and path parameters of every operation', () => {
  for (const [route, { responses, parameters = [] }] of operations) {
    assert.ok(Object.keys(responses).length > 0, route)
    for (const { description } of Object.values(responses)) assert.equal(typeof description, 'string', route)
    const inPath = parameters.filter(parameter => parameter.in === 'path').map(({ name }) => `{${name}}`)
    assert.deepEqual(inPath.sort(), (route.match(/\{\w+\}/g) ?? []).sort(), route)
  }
})

test('a browser shows every operation on the page, by scripts of this server alone', {
  skip: leftOutWithout('chromium'),
}, async () => {
  const { code, stdout, stderr } = await run(
    'chromium',
    ...['--headless', '--no-sandbox', '--disable-gpu', '--virtual-time-budget=10000'],
    ...['--dump-dom', `${server.url}/docs`],
  )
  assert.equal(code, 0, stderr)
  assert.equal(stdout.match(/class="opblock-summary-path"/g)?.length, operations.length)
  for (const [route] of operations) {
    assert.ok(stdout.includes(`data-path="${route.slice(route.indexOf('/'))}"`), route)
  }
  const sources = [...stdout.matchAll(/<(?:script|link)[^>]* (?:src|href)="([^"]+)"/g)].map(([, url]) => url)
  assert.ok(sources.length > 0)
  for (const url of sources) assert.match(url ?? '', /^(\/|\.\/|data:)/)
})
