import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { encodeSidExtension } from '../../src/x509/extensions/sid-extension.ts'
import { leftOutWithout } from '../testbed/left-out.ts'
import { generateTestKey } from '../x509/test-authority.ts'
import { inject } from './authorization/schemes.ts'
import { certificatePem, privateKeyPem, startServerOfSchemes } from './authorization/server-of-schemes.ts'
import { createTlsClient } from './authorization/tls-client.ts'

const lines: string[] = []
const server = await startServerOfSchemes({}, { write: line => void lines.push(line) })
after(() => server[Symbol.asyncDispose]())
await server.app.listen({ host: '127.0.0.1', port: 0 })

const url = '/CertificateManagement/api/v2.0/session'
const basic = (name: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
})
const alice = await server.directory.findUserByName('alice')
assert.ok(alice !== null)

/** All that the log says of a call, without what every line has. */
function loggedOf(correlationId: string): object[] {
  return lines.flatMap(line => {
    const { level, time, pid, hostname, msg, ...facts } = JSON.parse(line)
    if (facts.correlationId !== correlationId) return []
    assert.equal(level, 30)
    assert.ok(String(msg).length > 10 && !String(facts.reason).includes(' '))
    return [facts]
  })
}

const address = '127.0.0.1'

describe('the log names the reason of a refusal by the correlation id of its answer', () => {
  for (const { what, headers, facts, skip = false } of [
    {
      what: 'a ticket',
      headers: { authorization: 'Negotiate c2VjcmV0' },
      facts: { reason: 'malformed-token' },
      skip: leftOutWithout('kerberos'),
    },
    {
      what: 'an access token',
      headers: { authorization: 'Bearer secret.secret.secret' },
      facts: { reason: 'malformed-token' },
    },
    {
      what: 'an API token',
      headers: { authorization: `Bearer cardinal_secret${'A'.repeat(37)}` },
      facts: { reason: 'unknown-api-token' },
    },
    {
      what: 'a header without a token',
      headers: { authorization: 'Bearer "secret"' },
      facts: { reason: 'malformed-bearer' },
    },
    {
      what: 'a scheme that is not switched on',
      headers: { authorization: 'Digest secret' },
      facts: { reason: 'scheme-not-offered' },
    },
    {
      what: 'a password',
      headers: basic('CONTOSO\\alice', 'secret'),
      facts: { reason: 'wrong-password', account: 'CONTOSO\\alice', user: alice.uuid },
    },
    {
      what: 'a password that is not UTF-8',
      headers: { authorization: `Basic ${Buffer.from('alice:secret\xe9', 'latin1').toString('base64')}` },
      facts: { reason: 'malformed-basic', account: 'alice' },
    },
    {
      what: 'no name and no password',
      headers: { authorization: 'Basic Og==' },
      facts: { reason: 'malformed-basic' },
    },
    {
      what: 'a name that nobody has',
      headers: basic('\u202enobody', 'secret'),
      facts: { reason: 'unknown-name', account: '?nobody' },
    },
  ]) {
    test(`of ${what}`, { skip }, async () => {
      const correlationId = randomUUID()
      const { status, body } = await inject(server.app, {
        url,
        headers: { ...headers, 'x-correlation-id': correlationId },
      })
      assert.deepEqual([status, JSON.parse(body).CorrelationId], [401, correlationId])
      const [logged, ...others] = loggedOf(correlationId)
      const { cause, ...shown } = { cause: null, ...logged }
      assert.deepEqual([shown, others], [{ ...facts, address, correlationId }, []])
      assert.doesNotMatch(lines.join(''), /secret|c2Vjcm/)
    })
  }

  test('of a sign-in by browser', async () => {
    const correlationId = randomUUID()
    const { status, body } = await inject(server.app, {
      url: '/sign-in/callback?code=secret&state=secret',
      headers: { 'x-correlation-id': correlationId },
    })
    assert.ok(status === 403 && body.includes(correlationId))
    const [logged, ...others] = loggedOf(correlationId)
    const { cause, ...shown } = { cause: null, ...logged }
    assert.deepEqual(shown, { code: 'NotSignedIn', reason: 'no-transaction', address, correlationId })
    assert.deepEqual(others, [])
    assert.doesNotMatch(lines.join(''), /secret/)
  })

  test('of a client certificate', async () => {
    const correlationId = randomUUID()
    const key = generateTestKey('P-256')
    const stranger = `${alice.sid.split('-').slice(0, -1).join('-')}-999999`
    const cert = certificatePem(server.company, key, { extensions: [encodeSidExtension(stranger)] })
    const client = createTlsClient(server.url(), { cert, key: privateKeyPem(key) })
    after(() => client.close())
    const { status } = await client.send({ url, headers: { 'x-correlation-id': correlationId } })
    assert.equal(status, 401)
    assert.deepEqual(loggedOf(correlationId), [{ reason: 'unknown-user', address, correlationId }])
  })
})

test('each of many calls with the same wrong password has its line', async () => {
  const ids = Array.from({ length: 5 }, () => randomUUID())
  const headers = basic('bob', 'secret')
  await Promise.all(
    ids.map(id => inject(server.app, { url, headers: { ...headers, 'x-correlation-id': id } })),
  )
  for (const id of ids) {
    const reasons = loggedOf(id).map(line => ('reason' in line ? line.reason : null))
    assert.deepEqual(reasons, ['wrong-password'])
  }
})
