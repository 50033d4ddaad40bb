import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { publishRevocationList } from '../../src/workflows/publication/publish-revocation-list.ts'
import { newCertificationRequest } from './certification-request.ts'
import { as, startServer, type TestServer } from './server.ts'

const v1 = '/CertificateManagement/api/v1.0'
const v2 = '/CertificateManagement/api/v2.0'
const unknown = 'ffffffff-ffff-4fff-bfff-ffffffffffff'
const template = '97cd65fa-af4b-4587-9309-0dd6bfd8b4e1'

interface Answer {
  readonly $ref?: string
  readonly description?: string
  readonly content?: Readonly<Record<string, { readonly schema: object }>>
}

interface Operation {
  readonly operationId: string
  readonly responses: Readonly<Record<string, Answer>> & { readonly default?: Answer }
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>
    readonly responses: Readonly<Record<string, Answer>> & { readonly Error?: Answer }
  }
}

let server: TestServer
let document: Document
const validator = new Ajv2020({ strict: false, validateFormats: false })

before(async () => {
  server = await startServer()
  document = (await server.app.inject('/openapi.json')).json()
})
after(() => server?.[Symbol.asyncDispose]())

/** The schema, in which the names of the document's components are known. */
function compiled(schema: object) {
  return validator.compile({ ...schema, components: document.components })
}

/** The path as the document writes it, that of the most fixed segments first. */
function operationOf(method: string, url: string): Operation {
  const [path = ''] = url.split('?')
  const templates = Object.keys(document.paths).filter(each => {
    const pattern = each.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')
    return new RegExp(`^${pattern}$`).test(path)
  })
  return document.paths[templates[0] ?? '']?.[method.toLowerCase()] ?? assert.fail(`${method} ${path}`)
}

/** Calls, and checks that the answer is one of those that are described. */
async function call(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  status: number,
  options: InjectOptions = {},
): Promise<LightMyRequestResponse> {
  const response = await server.app.inject({ headers: as('alice'), method, url, ...options })
  const what = `${method} ${url}: ${response.statusCode} ${response.body}`
  assert.equal(response.statusCode, status, what)
  const { responses } = operationOf(method, url)
  const described = responses[status] ?? responses.default ?? assert.fail(what)
  const { content } = described.$ref === undefined ? described : (document.components.responses.Error ?? {})
  if (content === undefined) {
    assert.equal(response.body, '', what)
    return response
  }
  const [mediaType = ''] = String(response.headers['content-type']).split(';')
  const schema = content[mediaType]?.schema ?? assert.fail(`${what}: ${mediaType}`)
  const isValid = compiled(schema)
  const value = mediaType === 'application/json' ? response.json() : response.body
  assert.ok(isValid(value), `${what}: ${validator.errorsText(isValid.errors)}`)
  return response
}

test('every answer along the life of a card is one that is described', async () => {
  const payload = { type: 'Enroll', profiletemplateuuid: template }
  const cardid = randomUUID()
  const datacollection = [{ 'Request Reason': 'x' }]
  const uuidIn = (response: LightMyRequestResponse) => String(response.json()).split('/').at(-1) ?? ''
  await call('GET', `${v1}/requests`, 204)
  await call('GET', `${v1}/profiletemplates?workflow=enroll&targetuser=Current`, 200)
  await call('GET', `${v1}/profiletemplates/${template}`, 200)
  for (const type of ['Enroll', 'Retire', 'Recover', 'Renew', 'Revoke']) {
    await call('GET', `${v1}/profiletemplates/${template}/policies/${type}`, 200)
  }
  await call('GET', `${v1}/profiletemplates/${template}/configuration/smartcards`, 200)
  const request = uuidIn(
    await call('POST', `${v1}/requests`, 201, { payload: { ...payload, datacollection } }),
  )
  await call('GET', `${v1}/requests?status=approved`, 200)
  const card = uuidIn(
    await call('POST', `${v1}/smartcards`, 201, { payload: { requestid: request, cardid } }),
  )
  const ofCard = `${v1}/requests/${request}/smartcards/${card}`
  const challenge = encodeURIComponent(randomBytes(8).toString('base64'))
  await call('GET', ofCard, 200)
  await call('GET', `${ofCard}/diversifiedkey?cardid=${cardid}`, 200)
  const question = `cardid=${cardid}&challenge=${challenge}&diversified=true`
  await call('GET', `${ofCard}/authenticationresponse?${question}`, 200)
  await call('GET', `${ofCard}/serverproposedpin`, 204)
  const options = `${v1}/requests/${request}/certificaterequestgenerationoptions`
  const wanted: unknown[] = (await call('GET', options, 200)).json()
  const certificaterequests = wanted.map(() => newCertificationRequest().toString('base64'))
  await call('POST', `${v1}/requests/${request}/certificatedata`, 200, { payload: { certificaterequests } })
  await call('PUT', `${v1}/requests/${request}`, 200, { payload: { status: 'Completed' } })
  const [{ Uuid: profile }] = (await call('GET', `${v1}/profiles`, 200)).json()
  for (const path of ['requests', 'smartcards', `smartcards?cardid=${cardid}`, 'certificates']) {
    await call('GET', `${v1}/${path}`, 200)
  }
  for (const path of ['operations', 'certificates']) {
    await call('GET', `${v1}/profiles/${profile}/${path}`, 200)
    await call('GET', `${v1}/smartcards/${card}/${path}`, 200)
  }
  await call('GET', `${v1}/requests/${request}/profiles/${profile}`, 200)
})

test('every answer of the additions, of the server itself and of the authority is one that is described', async () => {
  await call('POST', `${v2}/session`, 200)
  await call('GET', `${v2}/session`, 200)
  await call('GET', `${v2}/sessions`, 200)
  const expires = new Date(server.clock.at.getTime() + 86_400_000).toISOString()
  const payload = { name: 'x', scopes: ['read', 'card-secret'], expires }
  const { uuid } = (await call('POST', `${v2}/api-tokens`, 201, { payload })).json()
  await call('GET', `${v2}/api-tokens`, 200)
  await call('DELETE', `${v2}/api-tokens/${uuid}`, 204)
  await call('GET', '/health/live', 200)
  await call('GET', '/health/ready', 200)
  const { certificationAuthority } = server.environment
  await publishRevocationList(server.environment, certificationAuthority)
  for (const file of ['crl', 'cer']) {
    const url = `/pki/${certificationAuthority.uuid}.${file}`
    const { headers } = await call('GET', url, 200)
    await call('GET', url, 304, { headers: { 'if-none-match': String(headers.etag) } })
  }
})

test('every refusal is one that is described, and a GET of what is unknown a 204', async () => {
  const ofCard = `${v1}/requests/${unknown}/smartcards/${unknown}`
  for (const path of [
    ...[`profiletemplates/${unknown}`, `requests/${unknown}`, `smartcards/${unknown}`, `profiles/${unknown}`],
    ...[`smartcards?cardid=${unknown}`, `smartcards/${unknown}/serverproposedpin`],
    ...[`requests/${unknown}/profiles`, `profiles/${unknown}/operations`],
    `requests/${unknown}/certificaterequestgenerationoptions`,
  ]) {
    await call('GET', `${v1}/${path}`, 204)
  }
  await call('GET', `${ofCard}/diversifiedkey?cardid=${unknown}`, 204)
  const question = `cardid=${unknown}&challenge=1hFD%2Bcz%2F0so%3D&diversified=true`
  await call('GET', `${ofCard}/authenticationresponse?${question}`, 204)
  await call('GET', `${v1}/requests`, 401, { headers: {} })
  await call('GET', `${v1}/requests/x`, 400)
  await call('POST', `${v1}/requests`, 400, { payload: {} })
  await call('POST', `${v1}/requests`, 415, {
    headers: { ...as('alice'), 'content-type': 'x/y' },
    payload: '1',
  })
  await call('PUT', `${v1}/requests/${unknown}`, 404, { payload: { status: 'Completed' } })
  await call('POST', `${v2}/requests/${unknown}/approvals`, 404, { payload: { decision: 'deny' } })
  await call('GET', `${v2}/sessions?user=admin`, 403)
  await call('GET', `/pki/${unknown}.crl`, 404)
})

test('every schema can be compiled, and every reference leads somewhere', () => {
  const schemas: object[] = Object.values(document.components.schemas)
  const references: string[] = []
  JSON.stringify(document, (key, value) => {
    if (key === '$ref') references.push(value)
    if (key === 'schema') schemas.push(value)
    return value
  })
  assert.ok(references.length > 80)
  for (const reference of references) {
    const [, kind, name = ''] = /^#\/components\/(schemas|responses)\/(\w+)$/.exec(reference) ?? []
    assert.ok(kind === 'schemas' || kind === 'responses', reference)
    assert.ok(Object.hasOwn(document.components[kind], name), reference)
  }
  for (const schema of schemas) compiled(schema)
})

test('every operation has a name of its own, which the virtual directory is no part of', async () => {
  const namesIn = ({ paths }: Document) =>
    Object.values(paths).flatMap(methods => Object.values(methods).map(({ operationId }) => operationId))
  const names = namesIn(document)
  assert.equal(new Set(names).size, names.length)
  for (const name of names) assert.match(name, /^(get|post|put|delete)[A-Z]\w+$/)
  assert.ok(names.includes('getV1RequestsById'))
  await using other = await startServer({ virtualDirectory: 'other.pki' })
  assert.deepEqual(namesIn((await other.app.inject('/openapi.json')).json()), names)
})

test('every operation answers errors, and words that are known are listed', () => {
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const { responses } of Object.values(methods)) assert.ok(responses.default, path)
  }
  const { responses } = operationOf('GET', '/sign-in')
  assert.deepEqual(Object.keys(responses), ['303', 'default'])
  const text = JSON.stringify(document)
  for (const words of [
    '"enum":["New","Active","Disabled","Suspended","Retired"]',
    '"enum":["read","request","approve","card-secret","administer"]',
    '"enum":["Enroll","Duplicate",',
    '"enum":["MalformedBody","InvalidParameter",',
  ]) {
    assert.ok(text.includes(words), words)
  }
  assert.doesNotMatch(text, /"words":/)
})
