import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusal, response, startMisbehavingServer } from './misbehaving-server.ts'

const path = { id: '00000000-0000-4000-8000-000000000000' }

test('a layer sees each call once, as it is sent and answered, whatever is repeated beneath it', async t => {
  const { clientOf, calls } = await startMisbehavingServer(t, [
    refusal(503, 'ServiceUnavailable'),
    response(200, '[]'),
    response(201, '"api/v1.0/requests/x"'),
  ])
  const seen: unknown[] = []
  const client = clientOf().through(async (request, send) => {
    const answer = await send(request)
    seen.push([request.method, request.path, request.body, answer.status, answer.body])
    return answer
  })
  await client.call('GET /v1.0/requests', { query: { status: 'Approved' } })
  await client.call('POST /v1.0/requests', { body: { type: 'Enroll' } })
  assert.deepEqual(seen, [
    ['GET', 'v1.0/requests?status=Approved', undefined, 200, []],
    ['POST', 'v1.0/requests', { type: 'Enroll' }, 201, 'api/v1.0/requests/x'],
  ])
  assert.equal(calls.length, 3)
})

test('a layer that ends a call lets nothing be sent', async t => {
  const { clientOf, calls } = await startMisbehavingServer(t, [response(200, '[]')])
  const enough = new Error('enough')
  const client = clientOf().through(() => Promise.reject(enough))
  await assert.rejects(client.call('DELETE /v2.0/session'), enough)
  assert.equal(calls.length, 0)
})

test('layers stand around each other, and leave the client that they were put around as it was', async t => {
  const { clientOf } = await startMisbehavingServer(t, [response(204, null)])
  const order: string[] = []
  const client = clientOf()
  const inner = client.through((request, send) => {
    order.push('inner')
    return send(request)
  })
  const outer = inner.through((request, send) => {
    order.push('outer')
    return send(request)
  })
  assert.equal(outer.apiUrl, client.apiUrl)
  await outer.call('GET /v1.0/requests/{id}', { path })
  await client.call('GET /v1.0/requests/{id}', { path })
  assert.deepEqual(order, ['outer', 'inner'])
})

test('what a layer answers is checked as the answer of the server is', async t => {
  const { clientOf } = await startMisbehavingServer(t, [response(204, null)])
  const client = clientOf().through(async () => ({ status: 200, body: { Uuid: 7 } }))
  await assert.rejects(client.call('GET /v1.0/requests/{id}', { path }), { kind: 'unusable-answer' })
})
