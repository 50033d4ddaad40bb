import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CardinalApiError } from '../../../src/client/library/cardinal-api-error.ts'
import { createCardinalClient } from '../../../src/client/library/create-cardinal-client.ts'
import {
  type Answer,
  closed,
  refusal,
  reset,
  response,
  silent,
  startMisbehavingServer,
} from './misbehaving-server.ts'

const fine = response(200, '[]')

async function failure(call: Promise<unknown>): Promise<CardinalApiError> {
  try {
    await call
  } catch (error) {
    assert.ok(error instanceof CardinalApiError, String(error))
    assert.ok(!error.message.includes('wonderland'))
    return error
  }
  return assert.fail('The call succeeded.')
}

const passing: readonly [what: string, answer: Answer][] = [
  ['a connection that is reset', reset],
  ['a connection that is closed without an answer', closed],
  ['half an answer', socket => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[')],
  ['what is no HTTP', socket => void socket.end('SSH-2.0-OpenSSH_9.2\r\n')],
  ['429', refusal(429, 'TooManyRequests')],
  ['502 of a gateway', response(502, '<h1>Bad Gateway</h1>', { 'Content-Type': 'text/html' })],
  ['503', refusal(503, 'ServiceUnavailable')],
  ['504', response(504, null, { 'Content-Length': '0' })],
]

for (const [what, answer] of passing) {
  test(`repeats a GET after ${what}`, async t => {
    const { clientOf, calls, waits } = await startMisbehavingServer(t, [answer, fine])
    assert.deepEqual(await clientOf().call('GET /v1.0/requests'), [])
    assert.deepEqual([calls.length, waits.length], [2, 1])
  })

  test(`never repeats a change after ${what}`, async t => {
    const { clientOf, calls } = await startMisbehavingServer(t, [answer, fine])
    const client = clientOf()
    const path = { id: '00000000-0000-4000-8000-000000000000' }
    const changes = [
      client.call('POST /v1.0/requests', { body: { type: 'Enroll' } }),
      client.call('PUT /v1.0/requests/{id}', { path, body: { status: 'Completed' } }),
      client.call('DELETE /v2.0/session'),
    ]
    await Promise.allSettled(changes)
    assert.equal(calls.length, changes.length)
  })
}

const lasting: readonly [what: string, answer: Answer][] = [
  ['400', refusal(400, 'InvalidParameter')],
  ['401', refusal(401, 'NotSignedIn')],
  ['409', refusal(409, 'ConcurrentChange')],
  ['500', refusal(500, 'InternalError')],
  ['throttled sign-in', refusal(429, 'SignInThrottled', { 'Retry-After': '1' })],
  ['an answer that is no JSON', response(200, 'welcome', { 'Content-Type': 'text/plain' })],
  ['an answer of another form', response(200, '{"requests":[]}')],
]

for (const [what, answer] of lasting) {
  test(`does not repeat a GET after ${what}`, async t => {
    const { clientOf, calls } = await startMisbehavingServer(t, [answer, fine])
    await failure(clientOf().call('GET /v1.0/requests'))
    assert.equal(calls.length, 1)
  })
}

test('gives up after as many repetitions as it was told, ever more slowly', async t => {
  for (const [retries, expected] of [
    [0, []],
    [1, [150]],
    [4, [150, 300, 600, 1200]],
  ] as const) {
    const { clientOf, calls, waits } = await startMisbehavingServer(t, [reset])
    const error = await failure(clientOf({ retries }).call('GET /v1.0/requests'))
    assert.deepEqual([error.kind, error.status, error.code], ['unreachable', null, null])
    assert.equal(calls.length, retries + 1)
    assert.deepEqual(waits, expected)
  }
})

test('waits by chance between half and the whole of its time', async t => {
  for (const [chance, expected] of [
    [0, 100],
    [0.999, 199.9],
  ] as const) {
    const waits: number[] = []
    const { clientOf } = await startMisbehavingServer(t, [reset, fine])
    const wait = async (milliseconds: number) => void waits.push(milliseconds)
    await clientOf({ pacing: { wait, random: () => chance } }).call('GET /v1.0/requests')
    assert.deepEqual(waits.map(Math.fround), [Math.fround(expected)])
  }
})

test('never comes back before the time that the server names, in seconds or as a date', async t => {
  for (const headers of [
    { 'Retry-After': '7' },
    { Date: 'Wed, 01 Jul 2026 12:00:00 GMT', 'Retry-After': 'Wed, 01 Jul 2026 12:00:07 GMT' },
  ]) {
    const { clientOf, waits } = await startMisbehavingServer(t, [
      refusal(503, 'ServiceUnavailable', headers),
      fine,
    ])
    await clientOf().call('GET /v1.0/requests')
    assert.deepEqual(waits, [7_100])
  }
})

test('gives a longer wait than half a minute back to the caller', async t => {
  const { clientOf, calls, waits } = await startMisbehavingServer(t, [
    refusal(429, 'TooManyRequests', { 'Retry-After': '60' }),
  ])
  const error = await failure(clientOf().call('GET /v1.0/requests'))
  assert.deepEqual([error.kind, error.status, error.code], ['refused', 429, 'TooManyRequests'])
  assert.deepEqual([error.retryAfter, error.correlationId], [60, 'abc'])
  assert.deepEqual([calls.length, waits], [1, []])
})

test('takes a Retry-After that is none for no word about it', async t => {
  for (const value of ['soon', '-1', '1.5', '99999999999999', 'Wed, 01 Jul 2026 12:00:07 GMT']) {
    const { clientOf, waits } = await startMisbehavingServer(t, [
      refusal(503, 'ServiceUnavailable', { 'Retry-After': value }),
      fine,
    ])
    await clientOf().call('GET /v1.0/requests')
    assert.deepEqual(waits, [150], value)
  }
})

test('an abort ends the call that waits for its answer, with the reason of the signal', async t => {
  const abort = new AbortController()
  const reason = new Error('The user has closed the window.')
  const { clientOf, calls } = await startMisbehavingServer(t, [() => abort.abort(reason)])
  await assert.rejects(clientOf().call('GET /v1.0/requests', { signal: abort.signal }), reason)
  assert.equal(calls.length, 1)
})

test('an abort ends the call in the middle of an answer', async t => {
  const abort = new AbortController()
  const { clientOf } = await startMisbehavingServer(t, [
    socket => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n[')
      setImmediate(() => abort.abort())
    },
  ])
  await assert.rejects(clientOf().call('GET /v1.0/requests', { signal: abort.signal }), {
    name: 'AbortError',
  })
})

test('an abort ends the wait before a repetition', async t => {
  const abort = new AbortController()
  const reason = new Error('enough')
  const { baseUrl, calls } = await startMisbehavingServer(t, [
    socket => {
      refusal(503, 'ServiceUnavailable', { 'Retry-After': '20' })(socket)
      socket.once('close', () => abort.abort(reason))
    },
  ])
  // With the real clock, which would have it wait for twenty seconds.
  const client = createCardinalClient({ baseUrl, credentials: { user: 'alice', password: 'wonderland' } })
  await assert.rejects(client.call('GET /v1.0/requests', { signal: abort.signal }), reason)
  assert.equal(calls.length, 1)
})

test('a signal that is aborted already lets nothing be sent', async t => {
  const { clientOf, calls } = await startMisbehavingServer(t, [fine])
  const signal = AbortSignal.abort()
  await assert.rejects(clientOf().call('POST /v1.0/requests', { body: { type: 'Enroll' }, signal }), {
    name: 'AbortError',
  })
  assert.equal(calls.length, 0)
})

test('a server that does not answer in time is told apart from one that is not there, and asked once', async t => {
  const { clientOf, calls } = await startMisbehavingServer(t, [silent])
  // As long as a busy machine may take to carry the call to the server.
  const error = await failure(clientOf({ timeout: 500 }).call('GET /v1.0/requests'))
  assert.deepEqual([error.name, error.kind, error.code], ['CardinalApiError', 'timed-out', null])
  assert.match(error.message, /no whole answer within 0\.5 s/)
  assert.equal(calls.length, 1)
})
