import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCardinalClient } from '../../../src/client/library/create-cardinal-client.ts'
import { refusal, response, startMisbehavingServer } from './misbehaving-server.ts'

const path = { id: '00000000-0000-4000-8000-000000000000' }

test('names the property of an answer that is not as declared, and not what stands there', async t => {
  const { clientOf, baseUrl } = await startMisbehavingServer(t, [response(200, '{"Uuid":["secret"]}')])
  await assert.rejects(clientOf().call('GET /v1.0/smartcards/{id}', { path }), {
    name: 'CardinalApiError',
    kind: 'unusable-answer',
    status: 200,
    code: null,
    message:
      `GET ${baseUrl}/CertificateManagement/api/v1.0/smartcards/${path.id} answered 200, but the body.Uuid is not a ` +
      'string. The server speaks another version of the API.',
  })
})

test('demands of an answer of MIM CM’s own API what is needed, and no more', async t => {
  const needed = { Uuid: path.id, Status: 2, ProfileTemplateUuid: path.id, SerialNumber: '{1}' }
  const { Status, ...withoutStatus } = needed
  const { clientOf } = await startMisbehavingServer(
    t,
    [needed, { ...needed, Comment: null, Later: 1 }, { ...needed, Comment: 7 }, withoutStatus].map(body =>
      response(200, JSON.stringify(body)),
    ),
  )
  const client = clientOf()
  const call = () => client.call('GET /v1.0/smartcards/{id}', { path })
  assert.equal((await call())?.Status, Status)
  assert.equal((await call())?.Comment, null)
  await assert.rejects(call(), { kind: 'unusable-answer', message: /body\.Comment is not a string/ })
  await assert.rejects(call(), { kind: 'unusable-answer', message: /body\.Status is not a whole number/ })
})

test('takes 204 for null where an operation may answer so, and nowhere else', async t => {
  const { clientOf } = await startMisbehavingServer(t, [response(204, null)])
  const client = clientOf()
  assert.equal(await client.call('GET /v1.0/requests/{id}', { path }), null)
  assert.equal(await client.call('DELETE /v2.0/session'), null)
  await assert.rejects(client.call('GET /v2.0/session'), { kind: 'unusable-answer' })
})

test('a code that this release does not know is no code, and still there to be read', async t => {
  const { clientOf } = await startMisbehavingServer(t, [
    refusal(409, 'SmartcardOnFire'),
    refusal(409, 'toString'),
  ])
  const call = () => clientOf().call('GET /v2.0/session')
  await assert.rejects(call(), { kind: 'refused', status: 409, code: null, errorCode: 'SmartcardOnFire' })
  await assert.rejects(call(), { code: null, errorCode: 'toString' })
})

test('sends an API token with every call', async t => {
  const { clientOf, calls } = await startMisbehavingServer(t, [response(200, '[]')])
  const client = clientOf({ credentials: { token: 'abc_DEF' } })
  await client.call('GET /v1.0/requests')
  await client.call('GET /v1.0/requests')
  for (const call of calls) assert.match(call, /^authorization: Bearer abc_DEF\r$/im)
})

test('speaks by the fetch that it is given', async () => {
  const urls: string[] = []
  const client = createCardinalClient({
    baseUrl: 'https://cm.contoso.com/pki',
    credentials: { cookie: 'session=abc' },
    fetch: async url => {
      urls.push(String(url))
      return Response.json([])
    },
  })
  await client.call('GET /v1.0/requests', { query: { status: 'Approved' } })
  assert.deepEqual(urls, ['https://cm.contoso.com/pki/api/v1.0/requests?status=Approved'])
})

test('refuses options and calls that cannot work, without naming a secret', async () => {
  const options = { baseUrl: 'http://127.0.0.1:1', credentials: { token: 'a' } }
  const wrong = [
    { retries: -1 },
    { retries: Number.NaN },
    { timeout: 0 },
    { timeout: 2 ** 31 },
    { baseUrl: 'nowhere' },
    { credentials: { token: 'wonder\nland' } },
    { credentials: { token: '' } },
  ]
  for (const change of wrong) {
    assert.throws(
      () => createCardinalClient({ ...options, ...change }),
      (error: Error) => error instanceof TypeError && !error.message.includes('wonder'),
      JSON.stringify(change),
    )
  }
  const client = createCardinalClient(options)
  // @ts-expect-error What a program in JavaScript can write.
  await assert.rejects(client.call('toString', {}), TypeError)
  // @ts-expect-error What a program in JavaScript can write.
  await assert.rejects(client.call('GET /v1.0/requests/{id}', { path: {} }), /^TypeError: id is missing/)
})
