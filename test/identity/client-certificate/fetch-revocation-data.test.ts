import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { createRevocationDataFetch } from '../../../src/identity/client-certificate/fetch-revocation-data.ts'

const fetchData = createRevocationDataFetch({
  milliseconds: 200,
  revocationListBytes: 1000,
  ocspResponseBytes: 100,
})

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return `http://127.0.0.1:${address.port}/data`
}

test('gets a list, and posts an OCSP request', async t => {
  const url = await serve(t, async (request, response) => {
    const body = await buffer(request)
    response.end(`${request.method} ${request.headers['content-type'] ?? 'nothing'} ${body.toString('hex')}`)
  })
  assert.equal(Buffer.from((await fetchData(url, null)) ?? []).toString(), 'GET nothing ')
  assert.equal(
    Buffer.from((await fetchData(url, Uint8Array.of(1, 2))) ?? []).toString(),
    'POST application/ocsp-request 0102',
  )
})

const bad: Readonly<Record<string, RequestListener>> = {
  'another status': (_request, response) => response.writeHead(404).end('list'),
  'a redirection': (request, response) =>
    request.url === '/data' ? response.writeHead(302, { location: '/list' }).end() : response.end('list'),
  'too much': (_request, response) => response.end('a'.repeat(1001)),
  'too much without saying how much': (_request, response) => {
    for (let part = 0; part < 20; part++) response.write('a'.repeat(100))
    response.end()
  },
  'nothing for too long': () => undefined,
  'an octet now and then': (_request, response) => {
    const timer = setInterval(() => response.write('a'), 20)
    response.once('close', () => clearInterval(timer))
  },
  'half of an answer': (_request, response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('half', () => response.destroy())
  },
}
for (const [what, listener] of Object.entries(bad)) {
  test(`takes nothing from who sends ${what}`, async t => {
    assert.equal(await fetchData(await serve(t, listener), null), null)
  })
}

test('takes less of an OCSP responder', async t => {
  const url = await serve(t, (_request, response) => response.end('a'.repeat(101)))
  assert.equal(await fetchData(url, Uint8Array.of(1)), null)
  assert.equal((await fetchData(url, null))?.length, 101)
})

test('asks nobody by another scheme, or with credentials in the address', async t => {
  const calls: unknown[] = []
  const url = await serve(t, request => calls.push(request.url))
  for (const each of [
    url.replace('http', 'https'),
    url.replace('//', '//a:b@'),
    'file:///etc/passwd',
    'nonsense',
    `${url}${'a'.repeat(2048)}`,
  ]) {
    assert.equal(await fetchData(each, null), null)
  }
  assert.deepEqual(calls, [])
})

test('takes nothing where nobody listens', async t => {
  const url = await serve(t, () => undefined)
  assert.equal(await fetchData(url.replace(/:\d+/, ':1'), null), null)
})
