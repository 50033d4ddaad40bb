import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createCardinalClient } from '../../src/client/library/create-cardinal-client.ts'
import { trustCertificationAuthorities } from '../../src/client/trusted-authorities.ts'
import { startServer, type TestServer } from '../testbed/server.ts'
import { run } from './command.ts'

let folder: string
let server: TestServer
let authority: string
const inFolder = (name: string) => path.join(folder, name)

/** A server under another path, whose certificate comes from an authority that no machine trusts. */
before(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'cardinal-client-'))
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  writeFileSync(inFolder('server.cnf'), 'subjectAltName=IP:127.0.0.1\n')
  const commands = [
    [
      'req',
      '-x509',
      ...key,
      '-days',
      '2',
      '-subj',
      '/CN=Contoso Root',
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
    ],
    ['req', ...key, '-subj', '/CN=cm', '-keyout', 'tls.key', '-out', 'tls.csr'],
    [
      'x509',
      '-req',
      '-in',
      'tls.csr',
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-days',
      '2',
      '-extfile',
      'server.cnf',
    ],
  ].map(command => command.map(each => (/\.(key|pem|csr|cnf)$/.test(each) ? inFolder(each) : each)))
  let output = ''
  for (const command of commands) {
    const made = await run('openssl', ...command)
    assert.equal(made.code, 0, made.stderr)
    output = made.stdout
  }
  writeFileSync(inFolder('tls.pem'), output)
  authority = (await run('openssl', 'x509', '-in', inFolder('ca.pem'))).stdout
  server = await startServerWithAuthority()
})
after(async () => {
  await server?.remove()
  rmSync(folder, { recursive: true })
})

/** This process asks the server whether it is ready, and so has to trust it. */
async function startServerWithAuthority(): Promise<TestServer> {
  trustCertificationAuthorities(authority)
  return await startServer({
    settings: {
      CARDINAL_TLS_CERTIFICATE_FILE: inFolder('tls.pem'),
      CARDINAL_TLS_KEY_FILE: inFolder('tls.key'),
      CARDINAL_VIRTUAL_DIRECTORY: 'pki',
    },
  })
}

test('calls by TLS, below the virtual directory of the address', async () => {
  const client = createCardinalClient({
    baseUrl: `${server.url}/pki`,
    credentials: { user: 'alice', password: await server.passwordOf('alice') },
  })
  assert.equal(client.apiUrl, `${server.url}/pki/api`)
  assert.match((await client.call('GET /v2.0/session')).user.account, /\\alice$/)
})

test('finds no API at the published address of a server that has another one', async () => {
  const client = createCardinalClient({
    baseUrl: server.url,
    credentials: { user: 'alice', password: await server.passwordOf('alice') },
  })
  await assert.rejects(client.call('GET /v2.0/session'), { code: 'RouteNotFound' })
})

const library = new URL('../../src/client/library/create-cardinal-client.ts', import.meta.url)

/** Another program, which trusts what Node trusts and what its environment names. */
async function accountSeenWith(environment: Readonly<Record<string, string>>): Promise<string> {
  const program = `
    import { createCardinalClient } from ${JSON.stringify(library)}
    const { URL, PASSWORD } = process.env
    const client = createCardinalClient({ baseUrl: URL, credentials: { user: 'alice', password: PASSWORD }, retries: 0 })
    try {
      console.log((await client.call('GET /v2.0/session')).user.account)
    } catch (error) {
      console.log(error.name, error.kind, error.message)
    }`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...environment, URL: `${server.url}/pki`, PASSWORD: await server.passwordOf('alice') },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', text => {
    said += text
  })
  await once(child, 'close')
  return said
}

test('refuses a server whose authority is not trusted', async () => {
  assert.match(await accountSeenWith({}), /^CardinalApiError unreachable .*not trusted here/)
})

test('trusts the authority that NODE_EXTRA_CA_CERTS names', async () => {
  assert.match(await accountSeenWith({ NODE_EXTRA_CA_CERTS: inFolder('ca.pem') }), /\\alice\n$/)
})
