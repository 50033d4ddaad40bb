import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createCardinalClient } from '../../src/client/library/create-cardinal-client.ts'
import { trustCertificationAuthorities } from '../../src/client/trusted-authorities.ts'

test('refuses a server of a private authority until that authority is trusted', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'authority-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const { status } = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
  ])
  assert.equal(status, 0)
  const pem = readFileSync(cert, 'utf8')
  const server = createServer({ key: readFileSync(key), cert: pem }, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('[]')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const client = createCardinalClient({
    baseUrl: `https://127.0.0.1:${port}`,
    credentials: { user: 'alice', password: 'wonderland' },
    retries: 0,
  })
  const call = () => client.call('GET /v1.0/requests')
  await assert.rejects(call(), { kind: 'unreachable', message: /not trusted here/ })
  trustCertificationAuthorities(`bag attributes\n${pem}`)
  assert.deepEqual(await call(), [])
})

test('refuses a file without certificates', () => {
  assert.throws(() => trustCertificationAuthorities('-----BEGIN PRIVATE KEY-----'), /no certificate/)
})
