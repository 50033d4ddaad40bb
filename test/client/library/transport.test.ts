import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { CardinalApiError } from '../../../src/client/library/cardinal-api-error.ts'
import { createTransport, type TransportOptions } from '../../../src/client/library/transport.ts'
import { sessionCookie, sessionCookieName } from '../../../src/http/sign-in/session-cookie.ts'
import { freePort } from '../../testbed/server.ts'

type Played = { method: string; url: string; headers: IncomingMessage['headers'] }

async function serve(t: TestContext, listener: RequestListener) {
  const played: Played[] = []
  const server = createServer((request, response) => {
    played.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers })
    request.resume()
    request.on('end', () => listener(request, response))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const connect = (options: Partial<TransportOptions> = {}) =>
    createTransport({
      baseUrl: `http://127.0.0.1:${port}`,
      credentials: { user: 'alice', password: 'wonderland' },
      ...options,
    })
  return { played, connect, origin: `http://127.0.0.1:${port}` }
}

function json(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(JSON.stringify(body))
}

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

const get = { method: 'GET', path: 'v1.0/requests' } as const
const post = { method: 'POST', path: 'v1.0/requests', body: { type: 'Enroll' } } as const

test('signs in by name and password, and by the session from then on', async t => {
  const { played, connect } = await serve(t, (_request, response) =>
    json(response, 200, [], {
      'set-cookie': ['cardinal_session=abc; Path=/; HttpOnly; SameSite=Strict', 'other=1'],
    }),
  )
  const client = connect()
  await client.send(get)
  await client.send(get)
  const basic = `Basic ${Buffer.from('alice:wonderland').toString('base64')}`
  assert.equal(played[0]?.headers.authorization, basic)
  assert.equal(played[0]?.headers.cookie, undefined)
  assert.equal(played[1]?.headers.authorization, undefined)
  assert.equal(played[1]?.headers.cookie, 'cardinal_session=abc; other=1')
})

test('knows the session of the server by the names that it has with and without TLS', async t => {
  for (const isSecure of [true, false]) {
    const { played, connect } = await serve(t, (_request, response) =>
      json(response, 200, [], { 'set-cookie': sessionCookie('abc', isSecure) }),
    )
    const client = connect()
    for (let call = 0; call < 2; call++) await client.send(get)
    assert.equal(played[1]?.headers.authorization, undefined)
    assert.equal(played[1]?.headers.cookie, `${sessionCookieName(isSecure)}=abc`)
  }
})

test('goes on signing in where the cookie is a load balancer’s, and sends it along', async t => {
  const { played, connect } = await serve(t, (request, response) => {
    if (played.length === 3) json(response, 401, { Message: 'No.' })
    else json(response, 200, [], request.headers.cookie === undefined ? { 'set-cookie': 'lb=node2' } : {})
  })
  const client = connect({ credentials: { token: 'abc' } })
  for (let call = 0; call < 2; call++) await client.send(get)
  assert.equal((await failure(client.send(get))).status, 401)
  assert.deepEqual(
    played.map(({ headers }) => [headers.authorization, headers.cookie]),
    [
      ['Bearer abc', undefined],
      ['Bearer abc', 'lb=node2'],
      ['Bearer abc', 'lb=node2'],
    ],
  )
})

test('stays with the node that a load balancer chose where the session has ended', async t => {
  const { played, connect } = await serve(t, (request, response) => {
    if (played.length === 2) json(response, 401, {})
    else if (request.headers.authorization === undefined) json(response, 200, [])
    else json(response, 200, [], { 'set-cookie': ['lb=node2', 'cardinal_session=abc'] })
  })
  const client = connect()
  for (let call = 0; call < 2; call++) await client.send(get)
  assert.deepEqual(
    played.map(({ headers }) => [headers.authorization !== undefined, headers.cookie]),
    [
      [true, undefined],
      [false, 'lb=node2; cardinal_session=abc'],
      [true, 'lb=node2'],
    ],
  )
})

test('signs in anew where the session has ended, and sends even a POST again', async t => {
  const { played, connect } = await serve(t, (request, response) => {
    if (request.headers.cookie !== undefined) json(response, 401, { Message: 'The session has ended.' })
    else json(response, 200, 'fine', { 'set-cookie': 'cardinal_session=abc' })
  })
  const client = connect()
  await client.send(post)
  assert.equal((await client.send(post)).body, 'fine')
  assert.deepEqual(
    played.map(({ headers }) => (headers.cookie === undefined ? 'password' : 'session')),
    ['password', 'session', 'password'],
  )
})

test('forgets a cookie that the server takes back', async t => {
  const { played, connect } = await serve(t, (request, response) =>
    json(response, 200, [], {
      'set-cookie':
        request.headers.cookie === undefined ? 'cardinal_session=abc' : 'cardinal_session=; Max-Age=0',
    }),
  )
  const client = connect()
  for (let call = 0; call < 3; call++) await client.send(get)
  assert.deepEqual(
    played.map(({ headers }) => headers.cookie),
    [undefined, 'cardinal_session=abc', undefined],
  )
})

test('takes a session that stands already', async t => {
  const { played, connect } = await serve(t, (_request, response) => json(response, 200, []))
  await connect({ credentials: { cookie: 'session=xyz' } }).send(get)
  assert.equal(played[0]?.headers.cookie, 'session=xyz')
  assert.equal(played[0]?.headers.authorization, undefined)
})

test('signs in by what the caller makes, anew each time, and by the session from then on', async t => {
  const { played, connect } = await serve(t, (request, response) => {
    if (request.headers.cookie !== undefined && played.length === 3) json(response, 401, {})
    else json(response, 200, [], { 'set-cookie': 'cardinal_session=abc' })
  })
  let made = 0
  const client = connect({ credentials: { authorize: async () => `Negotiate ${++made}` } })
  for (let call = 0; call < 3; call++) await client.send(get)
  assert.deepEqual(
    played.map(({ headers }) => headers.authorization ?? headers.cookie),
    ['Negotiate 1', 'cardinal_session=abc', 'cardinal_session=abc', 'Negotiate 2'],
  )
})

test('passes on that the caller has nothing to sign in with, and sends nothing', async t => {
  const { played, connect } = await serve(t, (_request, response) => json(response, 200, []))
  const noTicket = new Error('There is no ticket.')
  const client = connect({ credentials: { authorize: () => Promise.reject(noTicket) } })
  await assert.rejects(client.send(get), noTicket)
  assert.equal(played.length, 0)
})

test('gives up where name and password are refused, without asking twice', async t => {
  const { played, connect } = await serve(t, (_request, response) =>
    json(response, 401, { Message: 'The password is wrong.', ErrorCode: 'NotSignedIn' }),
  )
  const error = await failure(connect().send(get))
  assert.equal(error.kind, 'refused')
  assert.equal(error.status, 401)
  assert.equal(error.errorCode, 'NotSignedIn')
  assert.match(
    error.message,
    /The password is wrong\. Check the name and password, or get a new ticket or token\./,
  )
  assert.equal(played.length, 1)
})

test('speaks to the published virtual directory, or to the one that the address names', async t => {
  const { played, connect, origin } = await serve(t, (_request, response) => json(response, 200, []))
  await connect().send(get)
  await connect({ baseUrl: `${origin}/pki/` }).send(get)
  assert.deepEqual(
    played.map(({ url }) => url),
    ['/CertificateManagement/api/v1.0/requests', '/pki/api/v1.0/requests'],
  )
})

test('passes on code, message and correlation id of an error', async t => {
  const { connect, origin } = await serve(t, (_request, response) =>
    json(response, 500, {
      Message: 'Something unexpected happened.',
      ErrorCode: 'InternalError',
      CorrelationId: '5f0c2a3e-0000-4000-8000-000000000001',
    }),
  )
  const error = await failure(connect().send(post))
  assert.equal(error.kind, 'refused')
  assert.equal(error.status, 500)
  assert.equal(error.errorCode, 'InternalError')
  assert.equal(error.correlationId, '5f0c2a3e-0000-4000-8000-000000000001')
  assert.equal(
    error.message,
    `POST ${origin}/CertificateManagement/api/v1.0/requests was answered 500 InternalError: ` +
      'Something unexpected happened. The server log says more. ' +
      '(correlation id 5f0c2a3e-0000-4000-8000-000000000001)',
  )
})

test('finds the correlation id in the header, too', async t => {
  const { connect } = await serve(t, (_request, response) =>
    json(response, 403, { Message: 'No.' }, { 'x-correlation-id': 'abc' }),
  )
  assert.equal((await failure(connect().send(get))).correlationId, 'abc')
})

test('says so where an HTML page answers instead of the API', async t => {
  for (const [status, kind] of [
    [200, 'unusable-answer'],
    [502, 'refused'],
  ] as const) {
    const { connect } = await serve(t, (_request, response) => {
      response.writeHead(status, { 'content-type': 'text/html' })
      response.end('<h1>It works!</h1>')
    })
    const error = await failure(connect().send(get))
    assert.equal(error.kind, kind)
    assert.equal(error.status, status)
    assert.match(error.message, /an HTML page/)
  }
})

test('refuses what calls itself JSON and is none', async t => {
  const { connect } = await serve(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end('{"Uuid":')
  })
  assert.equal((await failure(connect().send(get))).kind, 'unusable-answer')
})

test('lets no message write to the terminal or fill it', async t => {
  const { connect } = await serve(t, (_request, response) =>
    json(response, 400, { Message: `\u001b[2J\u202egnp${'x'.repeat(5_000)}` }),
  )
  const { message } = await failure(connect().send(get))
  assert.ok(!message.includes('\u001b') && !message.includes('\u202e'))
  assert.ok(message.length <= 1_000)
})

test('follows no redirection, which might carry the password elsewhere', async t => {
  const { played, connect } = await serve(t, (_request, response) => {
    response.writeHead(302, { location: 'https://login.contoso.com/' })
    response.end()
  })
  const error = await failure(connect().send(get))
  assert.equal(error.status, 302)
  assert.match(error.message, /points to https:\/\/login\.contoso\.com\//)
  assert.equal(played.length, 1)
})

test('stops to wait for a server that does not answer, and repeats nothing', async t => {
  const { played, connect } = await serve(t, () => {})
  // As long as a busy machine may take to carry the call to the server.
  const error = await failure(connect({ timeout: 500 }).send(get))
  assert.equal(error.kind, 'timed-out')
  assert.match(error.message, /no whole answer within 0\.5 s/)
  assert.equal(played.length, 1)
})

test('stops to wait in the middle of an answer', async t => {
  const { connect } = await serve(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write('[')
  })
  assert.equal((await failure(connect({ timeout: 50 }).send(get))).kind, 'timed-out')
})

test('leaves it to the caller to ask a busy server again', async t => {
  const { played, connect } = await serve(t, (_request, response) =>
    json(response, 503, { Message: 'Busy.' }),
  )
  assert.match((await failure(connect().send(get))).message, /Try again later/)
  assert.equal(played.length, 1)
})

test('says that nothing listens at the address', async () => {
  const client = createTransport({
    baseUrl: `http://127.0.0.1:${await freePort()}`,
    credentials: { user: 'alice', password: 'wonderland' },
  })
  const error = await failure(client.send(get))
  assert.equal(error.kind, 'unreachable')
  assert.match(error.message, /127\.0\.0\.1:\d+\/\S+ failed: nothing listens there\. Start the server/)
})

test('says that nothing is called at a port that fetch keeps away from', async () => {
  const client = createTransport({
    baseUrl: 'http://127.0.0.1:1',
    credentials: { user: 'alice', password: 'wonderland' },
  })
  const error = await failure(client.send(get))
  assert.equal(error.kind, 'unreachable')
  assert.match(error.message, /127\.0\.0\.1:1\/\S+ failed: nothing was called there: the port is one/)
})

test('reads no answer that is too large', async t => {
  const { connect } = await serve(t, (_request, response) => json(response, 200, 'x'.repeat(10_000)))
  const error = await failure(connect({ maximumAnswerBytes: 5_000 }).send(get))
  assert.equal(error.kind, 'unusable-answer')
  assert.match(error.message, /more than 5000 bytes/)
})

test('takes 204 for nothing', async t => {
  const { connect } = await serve(t, (_request, response) => void response.writeHead(204).end())
  assert.deepEqual(await connect().send(get), { status: 204, body: null })
})

test('sends once, whatever becomes of it', async t => {
  for (const request of [get, post]) {
    const { played, connect } = await serve(t, answered => void answered.socket.destroy())
    assert.equal((await failure(connect().send(request))).kind, 'unreachable')
    assert.equal(played.length, 1)
  }
})

test('keeps queries, which carry challenges, out of its messages', async t => {
  const { connect } = await serve(t, (_request, response) => json(response, 403, { Message: 'No.' }))
  const error = await failure(connect().send({ method: 'GET', path: 'v1.0/smartcards?challenge=abc' }))
  assert.ok(!error.message.includes('challenge') && !error.url.includes('challenge'))
})

test('refuses addresses and credentials that cannot work', () => {
  const create = (baseUrl: string, user = 'alice') =>
    createTransport({ baseUrl, credentials: { user, password: 'wonderland' } })
  assert.throws(() => create('localhost:8080'), /http:\/\/ or https:\/\//)
  assert.throws(() => create('nowhere'), /is no address/)
  assert.throws(() => create('http://alice:wonderland@localhost'), /given apart/)
  assert.throws(() => create('http://localhost', 'al:ice'), /colon/)
  assert.throws(
    () => createTransport({ baseUrl: 'http://localhost', credentials: { cookie: 'nothing' } }),
    /name=value/,
  )
})
