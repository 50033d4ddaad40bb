import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, test } from 'node:test'
import type { InjectOptions } from 'fastify'
import { as, startServer } from './server.ts'

const server = await startServer()
after(() => server[Symbol.asyncDispose]())

const base = '/CertificateManagement/api/v1.0'
const template = '97cd65fa-af4b-4587-9309-0dd6bfd8b4e1'
const unknown = 'ffffffff-ffff-4fff-bfff-ffffffffffff'
const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/

const call = (options: InjectOptions) => server.app.inject(options)
const get = (url: string, headers: Record<string, string> = as('alice')) =>
  call({ method: 'GET', url, headers })
const post = (url: string, payload: InjectOptions['payload'], headers: Record<string, string> = {}) =>
  call({
    method: 'POST',
    url,
    headers: { ...as('alice'), ...headers },
    ...(payload === undefined ? {} : { payload }),
  })

function assertRefused(
  response: Awaited<ReturnType<typeof call>>,
  status: number,
  code: string,
  message: RegExp = /./,
): void {
  assert.equal(response.statusCode, status, response.body)
  assert.equal(response.headers['content-type'], 'application/json; charset=utf-8')
  assert.equal(Number(response.headers['content-length']), Buffer.byteLength(response.body))
  const body = response.json()
  assert.deepEqual(Object.keys(body), ['Message', 'ErrorCode', 'CorrelationId'])
  assert.equal(body.ErrorCode, code)
  assert.match(body.Message, message)
  assert.equal(body.CorrelationId, response.headers['x-correlation-id'])
}

for (const path of [
  `${base}/profiletemplates/${template}`,
  `/certificatemanagement/API/V1.0/ProfileTemplates/${template.toUpperCase()}/`,
  `/api/v1.0/profiletemplates/${template}`,
  `/API/v1.0/profiletemplates/%20%7B${template}%7D`,
  `${base}/profiletemplates/{${template}}`,
]) {
  test(`answers ${path}`, async () => {
    const response = await get(path)
    assert.equal(response.statusCode, 200)
    assert.equal(response.json().Uuid, template)
    assert.equal(response.headers['content-type'], 'application/json; charset=utf-8')
    assert.equal(Number(response.headers['content-length']), Buffer.byteLength(response.body))
  })
}

test('takes parameter names in any case', async () => {
  const response = await get(`${base}/ProfileTemplates?WorkFlow=unBLOCK&TargetUser=Current`)
  const names = response.json().map(({ Name }: { Name: string }) => Name)
  assert.deepEqual(names, ['FIM CM Sample Smart Card Logon Profile Template', 'Virtual Smartcard VPN'])
})

test('answers 204 without a body where a GET finds nothing', async () => {
  for (const path of [
    `requests/${unknown}`,
    'requests',
    'smartcards',
    `smartcards?cardid=${unknown}`,
    'profiles',
  ]) {
    const response = await get(`${base}/${path}`, as('bob'))
    assert.equal(response.statusCode, 204, path)
    assert.equal(response.body, '')
    assert.equal(response.headers['content-type'], undefined)
  }
})

test('answers HEAD with the headers of GET', async () => {
  const response = await call({ method: 'HEAD', url: `${base}/profiletemplates`, headers: as('alice') })
  assert.equal(response.statusCode, 200)
  assert.equal(response.body, '')
  assert.ok(Number(response.headers['content-length']) > 0)
})

test('gives what has no content no length either', async () => {
  const { certificationAuthority } = server.environment
  const url = `/pki/${certificationAuthority.uuid}.cer`
  const tag = { 'if-none-match': String((await get(url)).headers.etag) }
  for (const method of ['HEAD', 'GET'] as const) {
    for (const [options, status] of [
      [{ url: `${base}/requests`, headers: as('bob') }, 204],
      [{ url: `${base}/requests/${unknown}`, headers: as('bob') }, 204],
      [{ url, headers: tag }, 304],
    ] as const) {
      const response = await call({ method, ...options })
      assert.deepEqual([response.statusCode, response.body], [status, ''])
      assert.equal(response.headers['content-length'], undefined, `${method} ${options.url}`)
      assert.equal(response.headers['content-type'], undefined)
    }
  }
})

test('refuses a wrong identifier by the name of the parameter', async () => {
  assertRefused(await get(`${base}/requests/1234`), 400, 'InvalidParameter', /^id:/)
  assertRefused(await get(`${base}/requests/${'a'.repeat(900)}`), 400, 'InvalidParameter', /^id:/)
  const path = `${base}/requests/${unknown}/smartcards/x/diversifiedkey?cardid=${unknown}`
  assertRefused(await get(path), 400, 'InvalidParameter', /^scid:/)
})

test('refuses a parameter that is missing, wrong or doubled, by its name', async () => {
  const path = `${base}/requests/${unknown}/smartcards/${unknown}`
  assertRefused(await get(`${path}/diversifiedkey`), 400, 'InvalidParameter', /^cardid: is required/)
  assertRefused(await get(`${base}/requests?status=Done`), 400, 'InvalidParameter', /^status: .*Approved/)
  assertRefused(
    await get(`${base}/requests?status=Approved&STATUS=Denied`),
    400,
    'InvalidParameter',
    /^status:/,
  )
  const question = `${path}/authenticationresponse?cardid=${unknown}`
  assertRefused(
    await get(`${question}&challenge=AA&diversified=false`),
    400,
    'InvalidParameter',
    /^challenge:/,
  )
  const challenge = encodeURIComponent('1hFD+cz/0so=')
  assertRefused(
    await get(`${question}&challenge=${challenge}&diversified=2`),
    400,
    'InvalidParameter',
    /^diversified:/,
  )
  assertRefused(
    await get(`${base}/profiletemplates/${template}/policies/None`),
    400,
    'InvalidParameter',
    /^type:/,
  )
})

test('creates a request and says where it is, under the path that was called', async () => {
  const payload = {
    TYPE: 'enroll',
    ProfileTemplateUuid: `{${template}}`,
    dataCollection: [{ 'Request Reason': 'x' }],
  }
  for (const path of [`${base}/requests`, '/api/v1.0/Requests/?x=1']) {
    const response = await post(path, payload)
    assert.equal(response.statusCode, 201, response.body)
    assert.equal(response.headers['content-type'], 'application/json; charset=utf-8')
    const [, uuid = ''] = /^"api\/v1\.0\/requests\/(.+)"$/.exec(response.body) ?? []
    assert.match(uuid, guid)
    assert.equal(response.headers.location, `${path.replace(/\/?(\?.*)?$/, '')}/${uuid}`)
    assert.equal((await get(String(response.headers.location))).statusCode, 200)
  }
})

test('ignores properties that it does not know', async () => {
  const payload = {
    type: 'Enroll',
    profiletemplateuuid: template,
    datacollection: '[{“Request Reason”:”x”}]',
    more: {},
  }
  assert.equal((await post(`${base}/requests`, payload)).statusCode, 201)
})

test('says what a field must be in words, and of a parameter that it stands more than once', async () => {
  const enroll = { type: 'Enroll', profiletemplateuuid: template }
  for (const [payload, message] of [
    [{ ...enroll, priority: {} }, 'priority: must be a number, a string or null.'],
    [{ type: ['Enroll'] }, 'type: must be a string.'],
    [{ ...enroll, comment: 1 }, 'comment: must be a string or null.'],
  ] as const) {
    assert.equal((await post(`${base}/requests`, payload)).json().Message, message)
  }
  const certificatedata = `${base}/requests/${unknown}/certificatedata`
  for (const [certificaterequests, message] of [
    ['AAEC', 'certificaterequests: must be an array.'],
    [[null], 'certificaterequests[0]: must be a string.'],
    [Array.from({ length: 65 }, () => 'AAEC'), 'certificaterequests: must have at most 64 items.'],
  ] as const) {
    assert.equal((await post(certificatedata, { certificaterequests })).json().Message, message)
  }
  const path = `/api/v2.0/requests/${unknown}/smartcards/${unknown}/authentication-response`
  const response = await post(path, { challenge: 'AAEC', diversified: 'yes' })
  assert.equal(response.json().Message, 'diversified: must be true or false.')
  for (const query of ['status=Approved&status=Approved', 'status=A&STATUS=B&status=C']) {
    const refused = await get(`${base}/requests?${query}`)
    assertRefused(refused, 400, 'InvalidParameter', /^status: stands more than once\.$/)
  }
})

for (const [what, payload, message] of [
  ['a missing type', {}, /^type: is required/],
  ['an unknown type', { type: 'Enrol' }, /^type: must be one of Enroll/],
  ['a type that is no text', { type: 1 }, /^type:/],
  ['a wrong template', { type: 'Enroll', profiletemplateuuid: 'x' }, /^profiletemplateuuid:/],
  ['a wrong card', { type: 'Unblock', smartcard: 'x' }, /^smartcard:/],
  ['a wrong target', { type: 'Enroll', target: 'x' }, /^target:/],
  ['a wrong priority', { type: 'Enroll', profiletemplateuuid: template, priority: 'high' }, /^priority:/],
  ['a wrong data collection', { type: 'Enroll', datacollection: '[{' }, /^datacollection:/],
  ['a key that stands twice', '{"type":"Enroll","Type":"Retire"}', /^type: stands more than once/],
] as const) {
  test(`refuses a request with ${what}`, async () => {
    const headers = { 'content-type': 'application/json' }
    assertRefused(await post(`${base}/requests`, payload, headers), 400, 'InvalidParameter', message)
  })
}

test('refuses a body that is no JSON object', async () => {
  const headers = { 'content-type': 'application/json' }
  for (const body of ['{"type":', '[]', '"Enroll"', 'null', '4']) {
    assertRefused(await post(`${base}/requests`, body, headers), 400, 'MalformedBody')
  }
  assertRefused(await post(`${base}/requests`, '', headers), 400, 'InvalidParameter', /^type: is required/)
})

test('refuses another media type', async () => {
  for (const type of [
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'application/jsonx',
    'x',
  ]) {
    assertRefused(await post(`${base}/requests`, '{}', { 'content-type': type }), 415, 'UnsupportedMediaType')
  }
  const withCharset = { 'content-type': 'Application/JSON; Charset=UTF-8' }
  assertRefused(await post(`${base}/requests`, '{}', withCharset), 400, 'InvalidParameter')
})

test('refuses a body in another character set or coding, and names it', async () => {
  const withType = (type: string, headers = {}) =>
    post(`${base}/requests`, '{}', { 'content-type': type, ...headers })
  for (const charset of ['utf-16', 'UTF-16LE', 'iso-8859-1', 'us-ascii', 'bogus', 'utf-80']) {
    for (const type of [
      `application/json; charset=${charset}`,
      `application/json;CharSet="${charset}"`,
      `Application/Json; x="; charset=utf-8" ; charset=${charset}`,
      `application/json; charset=utf-8; charset=${charset}`,
    ]) {
      assertRefused(await withType(type), 415, 'UnsupportedMediaType', new RegExp(`"${charset}"`))
    }
  }
  for (const type of [
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'application/json; charset=Utf8',
    'application/json; x="; charset=utf-16"',
    'application/json; charsets=utf-16',
  ]) {
    assertRefused(await withType(type), 400, 'InvalidParameter', /^type: is required/)
  }
  for (const coding of ['gzip', 'br', 'deflate, gzip', 'x']) {
    const refused = await withType('application/json', { 'content-encoding': coding })
    assertRefused(refused, 415, 'UnsupportedMediaType', new RegExp(`"${coding}"`))
    assert.equal(refused.headers['accept-encoding'], 'identity')
  }
  const identity = await withType('application/json', { 'content-encoding': 'Identity' })
  assertRefused(identity, 400, 'InvalidParameter', /^type: is required/)
  assert.ok((await withType(`application/json; charset=${'x'.repeat(5000)}`)).body.length < 500)
})

test('refuses a body that is too large', async () => {
  const payload = { certificaterequests: ['A'.repeat(600_000)] }
  assertRefused(await post(`${base}/requests/${unknown}/certificatedata`, payload), 413, 'BodyTooLarge')
})

test('names the certificate request that is wrong', async () => {
  const path = `${base}/requests/${unknown}/certificatedata`
  for (const wrong of ['MIIDZDC…', '', 4]) {
    const payload = { certificaterequests: ['AAEC\r\n', wrong] }
    assertRefused(await post(path, payload), 400, 'InvalidParameter', /^certificaterequests\[1\]:/)
  }
  assertRefused(await post(path, {}), 400, 'InvalidParameter', /^certificaterequests: is required/)
  assertRefused(
    await post(path, { certificaterequests: 'AAEC' }),
    400,
    'InvalidParameter',
    /^certificaterequests:/,
  )
})

test('lists the states that end a request where another one is asked for', async () => {
  const url = `${base}/requests/${unknown}`
  const put = (payload: object) => call({ method: 'PUT', url, headers: as('alice'), payload })
  assertRefused(await put({ status: 'Approved' }), 400, 'InvalidParameter', /^status: .*Completed, Canceled/)
  assertRefused(await put({}), 400, 'InvalidParameter', /^status: is required/)
  assertRefused(await put({ Status: 'cancelled' }), 404, 'RequestNotFound')
})

test('sets the status of a card with and without a body', async () => {
  const url = `${base}/requests/${unknown}/smartcards/${unknown}`
  assertRefused(await call({ method: 'PUT', url, headers: as('alice') }), 404, 'RequestNotFound')
  const wrong = { method: 'PUT', url, headers: as('alice'), payload: { status: 'Lost' } } as const
  assertRefused(await call(wrong), 400, 'InvalidParameter', /^status: .*Retired/)
})

test('answers an unknown path with RouteNotFound, an invalid one with InvalidParameter', async () => {
  assertRefused(await get(`${base}/nothing`), 404, 'RouteNotFound')
  assertRefused(await get('/nothing'), 404, 'RouteNotFound')
  assertRefused(await get('/%zz'), 400, 'InvalidParameter', /^path:/)
})

test('answers a method that a route does not have with what it has', async () => {
  for (const [method, path, allow] of [
    ['DELETE', `${base}/requests/${unknown}`, 'GET, HEAD, PUT'],
    ['PUT', `${base}/requests`, 'GET, HEAD, POST'],
    ['GET', `${base}/requests/${unknown}/certificatedata`, 'POST'],
    ['OPTIONS', `${base}/certificates`, 'GET, HEAD'],
    ['POST', '/health/live', 'GET, HEAD'],
    ['POST', `/pki/${unknown}.crl`, 'GET, HEAD'],
    ['POST', '/docs/any/thing', 'GET, HEAD'],
    ['POST', '/', 'GET, HEAD'],
  ] as const) {
    const response = await call({ method, url: path, headers: as('alice') })
    assertRefused(response, 405, 'MethodNotAllowed')
    assert.equal(response.headers.allow, allow)
  }
})

test('answers methods that no route has on every path that there is, however it is written', async () => {
  for (const method of ['TRACE', 'PROPFIND', 'QUERY', 'PATCH', 'LOCK', 'MKCOL']) {
    for (const [path, allow] of [
      [`${base}/requests`, 'GET, HEAD, POST'],
      ['/API/V1.0/Requests/?status=Approved', 'GET, HEAD, POST'],
      [`http://localhost${base}/requests`, 'GET, HEAD, POST'],
      [`${base}/requests/{${unknown.toUpperCase()}}/smartcards/${unknown}`, 'GET, HEAD, PUT'],
      ['/api/v2.0/session', 'GET, HEAD, POST, DELETE'],
    ] as const) {
      const response = await call({ method: method as 'GET', url: path })
      assertRefused(response, 405, 'MethodNotAllowed')
      assert.equal(response.headers.allow, allow, `${method} ${path}`)
    }
    for (const path of [`${base}/nothing`, '/health', `${base}/requests/a/b/c`, '/pki/x.key', '//']) {
      assertRefused(await call({ method: method as 'GET', url: path }), 404, 'RouteNotFound')
    }
  }
})

test('refuses a method and an unknown path before it reads a body or looks at credentials', async () => {
  const headers = { 'content-type': 'text/plain', authorization: 'Test nobody' }
  const options = { headers, payload: 'x' }
  assertRefused(
    await call({ method: 'DELETE', url: `${base}/requests`, ...options }),
    405,
    'MethodNotAllowed',
  )
  assertRefused(await call({ method: 'POST', url: `${base}/nothing`, ...options }), 404, 'RouteNotFound')
})

test('takes over a GUID as correlation id, and nothing else', async () => {
  const own = randomUUID()
  const response = await get('/nothing', { 'x-correlation-id': own.toUpperCase() })
  assert.equal(response.headers['x-correlation-id'], own)
  const braced = await get('/nothing', { 'x-correlation-id': `{${own.toUpperCase()}}` })
  assert.equal(braced.headers['x-correlation-id'], own)
  assert.equal(response.json().CorrelationId, own)
  const forged = await get('/nothing', { 'x-correlation-id': `${own}\tx` })
  assert.match(String(forged.headers['x-correlation-id']), guid)
  assert.notEqual(forged.headers['x-correlation-id'], own)
  assert.match(String((await get(`${base}/profiletemplates`)).headers['x-correlation-id']), guid)
})

test('keeps answers out of caches, frames and guesses', async () => {
  const { headers } = await get(`${base}/profiletemplates`)
  assert.equal(headers['cache-control'], 'no-store')
  assert.equal(headers['x-content-type-options'], 'nosniff')
  assert.equal(headers['referrer-policy'], 'no-referrer')
  assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/)
})

test('answers 404 to every route of the API while it is switched off', async () => {
  await using off = await startServer({ apiEnabled: false })
  for (const url of [
    `${base}/profiletemplates`,
    '/api/v1.0/requests',
    '/CertificateManagement/api/v2.0/session',
    `${base}/x`,
  ]) {
    for (const method of ['GET', 'POST'] as const) {
      assertRefused(await off.app.inject({ method, url, headers: as('alice') }), 404, 'ApiDisabled')
    }
    const method = 'PROPFIND' as 'GET'
    assertRefused(await off.app.inject({ method, url, headers: as('alice') }), 404, 'RouteNotFound')
  }
  assert.equal((await off.app.inject('/health/live')).statusCode, 200)
  assert.equal((await off.app.inject('/nothing')).json().ErrorCode, 'RouteNotFound')
})

test('serves under another virtual directory', async () => {
  await using other = await startServer({ virtualDirectory: 'pki-api' })
  const path = `api/v1.0/profiletemplates/${template}`
  for (const url of [`/pki-api/${path}`, `/PKI-API/${path}`, `/${path}`]) {
    assert.equal((await other.app.inject({ url, headers: as('alice') })).statusCode, 200)
  }
  assert.equal(
    (await other.app.inject({ url: `/CertificateManagement/${path}`, headers: as('alice') })).statusCode,
    404,
  )
})

test('hides what went wrong, and logs it under the correlation id', async () => {
  const lines: string[] = []
  const { pino } = await import('pino')
  await using broken = await startServer({
    logger: pino({ level: 'info' }, { write: line => void lines.push(line) }),
    healthChecks: {},
  })
  broken.environment.store.reader.listProfileTemplates = async () => {
    throw new Error('disk on fire')
  }
  const response = await broken.app.inject({ url: `${base}/profiletemplates`, headers: as('alice') })
  assertRefused(response, 500, 'InternalError')
  assert.doesNotMatch(response.body, /fire|Error:|at /)
  const line = lines.map(text => JSON.parse(text)).find(entry => entry.msg === 'InternalError')
  assert.equal(line.correlationId, response.headers['x-correlation-id'])
  assert.match(line.err.stack, /disk on fire[\s\S]*at /)
})

test('refuses at start a route that does not say who may call it', async () => {
  await using open = await startServer()
  assert.throws(() => open.app.get('/undeclared', async () => 'x'), /does not declare its access/)
})
