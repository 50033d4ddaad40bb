import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { as, startServer, type TestServer } from './server.ts'

const list = '/CertificateManagement/api/v1.0/profiletemplates'

async function listen(server: TestServer): Promise<number> {
  const address = await server.app.listen({ host: '127.0.0.1', port: 0 })
  return Number(new URL(address).port)
}

async function exchange(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.end(text)
  const parts: Buffer[] = []
  socket.on('data', part => parts.push(part))
  await once(socket, 'close')
  return Buffer.concat(parts).toString()
}

test('answers what is not HTTP in the form of every error', async () => {
  await using server = await startServer()
  const port = await listen(server)
  const answer = await exchange(port, 'NONSENSE\r\n\r\n')
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  assert.match(head, /^HTTP\/1\.1 400 /)
  assert.match(head, /Connection: close/)
  assert.equal(JSON.parse(body).ErrorCode, 'MalformedBody')
  const long = await exchange(port, `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`)
  assert.match(long, /The headers are too long/)
})

test('answers a call to no host, to two or to no name of one in the form of every error', async () => {
  await using server = await startServer()
  const port = await listen(server)
  for (const hosts of [[], ['a', 'a'], ['a/b'], ['a@b'], ['[::1'], ['a:b'], ['a b']]) {
    const head = hosts.map(host => `Host: ${host}\r\n`).join('')
    const answer = await exchange(port, `GET /health/live HTTP/1.1\r\n${head}Connection: close\r\n\r\n`)
    assert.match(answer, /^HTTP\/1\.1 400 /, head)
    assert.match(answer, /"Message":"[^"]*Host[^"]*","ErrorCode":"MalformedBody","CorrelationId":"/, head)
  }
  for (const host of ['a', 'xn--bcher-kva.example:8080', '[::1]:80', '127.0.0.1', '']) {
    const call = `GET /health/live HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
    assert.match(await exchange(port, call), /^HTTP\/1\.1 200 /, host)
  }
  assert.match(await exchange(port, 'GET /health/live HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 /)
})

test('passes over an expectation that it does not know', async () => {
  await using server = await startServer()
  const port = await listen(server)
  const call = 'GET /health/live HTTP/1.1\r\nHost: x\r\nExpect: more\r\nConnection: close\r\n\r\n'
  assert.match(await exchange(port, call), /^HTTP\/1\.1 200 /)
})

test('writes one WWW-Authenticate line for each way to sign in', async () => {
  await using server = await startServer()
  const port = await listen(server)
  const answer = await exchange(port, `GET ${list} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  assert.equal([...answer.matchAll(/^www-authenticate: /gim)].length, 3)
})

test('refuses a body that is larger than it says, and one that is too large', async () => {
  await using server = await startServer()
  const port = await listen(server)
  const head = `POST /api/v1.0/requests HTTP/1.1\r\nHost: x\r\nAuthorization: Test alice\r\nContent-Type: application/json\r\n`
  const large = await exchange(port, `${head}Content-Length: 99999999\r\n\r\n{}`)
  assert.match(large, /^HTTP\/1\.1 413 [\s\S]*BodyTooLarge/)
})

test('reads a body that is too large away, so that whoever still sends it is there for the refusal', {
  timeout: 60_000,
}, async () => {
  await using server = await startServer()
  const port = await listen(server)
  const body = Buffer.alloc(8 * 1024 * 1024, 0x20)
  const head = `POST /api/v1.0/requests HTTP/1.1\r\nHost: x\r\nAuthorization: Test alice\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
  const socket = connect(port, '127.0.0.1')
  const answered = once(socket, 'data')
  const failure = await new Promise(resolve =>
    socket.write(Buffer.concat([Buffer.from(head), body]), resolve),
  )
  assert.equal(failure ?? null, null)
  const [answer] = await answered
  assert.match(String(answer), /^HTTP\/1\.1 413 /)
  assert.doesNotMatch(String(answer), /connection: close/i)
  socket.destroy()
})

test('lets calls in flight end while it closes, and refuses new ones', { timeout: 60_000 }, async () => {
  await using server = await startServer()
  const { reader } = server.store
  const list0 = reader.listProfileTemplates.bind(reader)
  const entered = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  Object.assign(reader, {
    listProfileTemplates: async () => {
      entered.resolve()
      await released.promise
      return await list0()
    },
  })
  const port = await listen(server)
  const slow = fetch(`http://127.0.0.1:${port}${list}`, { headers: as('alice') })
  const idle = connect(port, '127.0.0.1')
  await once(idle, 'connect')
  idle.write('GET /health/live HTTP/1.1\r\n')
  await entered.promise
  const closed = server.app.close()
  await new Promise(resolve => setImmediate(resolve))
  const parts: Buffer[] = []
  idle.on('data', part => parts.push(part))
  idle.write('Host: x\r\n\r\n')
  await once(idle, 'close')
  const refused = Buffer.concat(parts).toString()
  assert.match(refused, /^HTTP\/1\.1 503 /)
  assert.match(refused, /connection: close/i)
  assert.match(refused, /"ErrorCode":"ServiceUnavailable"/)
  released.resolve()
  assert.equal((await slow).status, 200)
  await closed
})
