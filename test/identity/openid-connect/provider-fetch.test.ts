import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { createProviderFetch } from '../../../src/identity/openid-connect/provider-fetch.ts'

const folder = await mkdtemp(join(tmpdir(), 'provider-fetch-'))
const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
await promisify(execFile)('openssl', [
  ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
  ...[
    '-subj',
    '/CN=provider',
    '-addext',
    'subjectAltName=IP:127.0.0.1',
    '-keyout',
    keyFile,
    '-out',
    certificateFile,
  ],
])
const certificate = await readFile(certificateFile, 'utf8')
const server = createServer({ key: await readFile(keyFile), cert: certificate }, (request, response) => {
  response
    .writeHead(request.url === '/empty' ? 204 : 200, { 'content-type': 'application/json' })
    .end('{"a":1}')
})
await once(server.listen(0, '127.0.0.1'), 'listening')
const { port } = server.address() as AddressInfo
after(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true })
})

test('trusts a provider that a given authority vouches for, under its own name', async () => {
  const fetch = createProviderFetch({ authorities: certificate })
  assert.deepEqual(await (await fetch(`https://127.0.0.1:${port}/`)).json(), { a: 1 })
  assert.equal((await fetch(`https://127.0.0.1:${port}/empty`)).status, 204)
  await assert.rejects(fetch(`https://localhost:${port}/`), { name: 'ProviderError', message: /localhost/ })
})

test('trusts no other provider', async () => {
  const fetch = createProviderFetch({ authorities: null })
  await assert.rejects(fetch(`https://127.0.0.1:${port}/`), { name: 'ProviderError', message: /self-signed/ })
})

test('calls nobody by plain http who is not this machine', async () => {
  const fetch = createProviderFetch({ authorities: null })
  for (const address of ['http://192.0.2.1/', 'file:///etc/passwd', 'data:application/json,{}', 'nowhere']) {
    await assert.rejects(fetch(address), { name: 'ProviderError', message: /no https address/ })
  }
})
