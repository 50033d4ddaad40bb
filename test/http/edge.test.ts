import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { as, startServer, type TestServer } from './server.ts'

const path = '/CertificateManagement/api/v1.0'
let server: TestServer
before(async () => {
  server = await startServer()
})
after(async () => {
  await server[Symbol.asyncDispose]()
})

test('refuses a path segment without end by name', async () => {
  for (const url of [`/pki/${'y'.repeat(1100)}.crl`, `${path}/requests/${'y'.repeat(5000)}`]) {
    const response = await server.app.inject({ url, headers: as('alice') })
    assert.equal(response.statusCode, 400, response.body)
    assert.match(response.json().Message, /^path: /)
  }
})

test('refuses more certificate requests than any template asks for before it looks at them', async () => {
  const response = await server.app.inject({
    method: 'POST',
    url: `${path}/requests/${randomUUID()}/certificatedata`,
    headers: as('alice'),
    payload: { certificaterequests: Array.from({ length: 65 }, () => 'MAA=') },
  })
  assert.equal(response.statusCode, 400)
  assert.match(response.json().Message, /^certificaterequests: /)
})

test('answers 204 to whoever reads what is not there, and 404 to whoever writes to it', async () => {
  const unknown = randomUUID()
  for (const url of [
    `requests/${unknown}/smartcards/${unknown}/diversifiedkey?cardid=${unknown}`,
    `requests/${unknown}/smartcards/${unknown}/serverproposedpin`,
    `smartcards/${unknown}/serverproposedpin`,
    `requests/${unknown}`,
  ]) {
    const response = await server.app.inject({ url: `${path}/${url}`, headers: as('alice') })
    assert.equal(response.statusCode, 204, url)
    assert.equal(response.body, '')
  }
  const put = { method: 'PUT', url: `${path}/requests/${unknown}`, headers: as('alice') } as const
  assert.equal((await server.app.inject({ ...put, payload: { status: 'Completed' } })).statusCode, 404)
})

test('takes an empty query parameter for one that was left out', async () => {
  const response = await server.app.inject({
    url: `${path}/requests?status=&targetuser=`,
    headers: as('alice'),
  })
  assert.equal(response.statusCode, 204, response.body)
})

test('binds no card by the identifier that stands for none', async () => {
  const response = await server.app.inject({
    method: 'POST',
    url: `${path}/smartcards`,
    headers: as('alice'),
    payload: { requestid: randomUUID(), cardid: '00000000-0000-0000-0000-000000000000' },
  })
  assert.equal(response.statusCode, 400)
  assert.match(response.json().Message, /^cardid: /)
})
