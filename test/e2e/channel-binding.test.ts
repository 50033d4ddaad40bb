import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import os from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { connect } from 'node:tls'
import { trustCertificationAuthorities } from '../../src/client/trusted-authorities.ts'
import {
  type MitRealm,
  type MitService,
  startMitRealm,
  type TokenOptions,
} from '../testbed/kerberos/mit-realm.ts'
import { leftOutWithout } from '../testbed/left-out.ts'
import { type Settings, startServer, type TestServer } from '../testbed/server.ts'
import { type CertificateFiles, createServerCertificate } from './client-certificate-authority.ts'
import { run, runCardinal } from './command.ts'

const templates = '/CertificateManagement/api/v1.0/profiletemplates'
const sessions = '/CertificateManagement/api/v2.0/sessions'
const skip = leftOutWithout('kerberos', 'krb5-kdc')

const services: readonly MitService[] = [
  { host: 'aes128-sha1.test', encryptionType: 'aes128-cts-hmac-sha1-96' },
  { host: 'aes256-sha1.test', encryptionType: 'aes256-cts-hmac-sha1-96' },
  { host: 'aes128-sha2.test', encryptionType: 'aes128-cts-hmac-sha256-128' },
  { host: 'aes256-sha2.test', encryptionType: 'aes256-cts-hmac-sha384-192' },
  {
    host: 'mixed.test',
    encryptionType: 'aes256-cts-hmac-sha384-192',
    sessionEncryptionType: 'aes128-cts-hmac-sha1-96',
  },
]
const byRc4: MitService = { host: 'rc4.test', encryptionType: 'arcfour-hmac' }
const rc4Session: MitService = {
  host: 'rc4-session.test',
  encryptionType: 'aes256-cts-hmac-sha1-96',
  sessionEncryptionType: 'arcfour-hmac',
}
const host = 'aes256-sha1.test'

describe('tickets of MIT Kerberos that are bound to the TLS connection', { skip }, () => {
  let folder: string
  let realm: MitRealm
  let own: CertificateFiles
  let proxy: CertificateFiles
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'cardinal-channel-binding-'))
    realm = await startMitRealm('alice', [...services, byRc4, rc4Session])
    own = await certificateIn('own')
    proxy = await certificateIn('proxy')
    trustCertificationAuthorities(await readFile(own.certificate, 'utf8'))
  })
  after(async () => {
    await realm?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  async function certificateIn(name: string): Promise<CertificateFiles> {
    await mkdir(path.join(folder, name))
    return await createServerCertificate(path.join(folder, name))
  }

  const withTls = () => ({
    CARDINAL_TLS_CERTIFICATE_FILE: own.certificate,
    CARDINAL_TLS_KEY_FILE: own.key,
  })
  const settingsOf = (settings: Settings): Settings => ({
    CARDINAL_DEMO: 'true',
    CARDINAL_NEGOTIATE_KEYTAB_FILE: realm.keytabFile,
    // It allows what the tests of rc4-hmac need.
    KRB5_CONFIG: realm.environment.KRB5_CONFIG,
    ...settings,
  })

  async function call(server: TestServer, service: string, options: TokenOptions) {
    const token = await realm.makeToken(service, options)
    const url = `${server.url}${templates}`
    const headers = { authorization: `Negotiate ${token.toString('base64')}` }
    const sent = url.startsWith('https:')
      ? httpsRequest(url, { headers, rejectUnauthorized: false })
      : httpRequest(url, { headers })
    const [response] = await once(sent.end(), 'response')
    const cookies: readonly string[] = response.headers['set-cookie'] ?? []
    return { status: Number(response.statusCode), cookies, body: await text(response) }
  }

  async function assertTaken(server: TestServer, service: string, options: TokenOptions) {
    const { status, cookies, body } = await call(server, service, options)
    assert.equal(status, 200, body)
    assert.equal(cookies.length, 1)
  }

  /** Whoever is refused gets the answer that all get, and nothing begins. */
  async function assertRefused(server: TestServer, service: string, options: TokenOptions, reason: string) {
    const [before, begun] = [server.output().length, await sessionsOf(server)]
    const { status, cookies, body } = await call(server, service, options)
    assert.deepEqual([status, cookies], [401, []])
    assert.match(
      body,
      /"The credentials were not accepted\. Sign in anew; the administrator finds the reason/,
    )
    assert.doesNotMatch(body, /bind|bound|channel/i)
    const [, logged] = await server.untilSaid(/"reason":"([^"]+)"/, before)
    assert.equal(logged, reason)
    assert.deepEqual(await sessionsOf(server), begun)
  }

  async function sessionsOf(server: TestServer): Promise<unknown> {
    const password = await server.passwordOf('alice')
    const authorization = `Basic ${Buffer.from(`alice:${password}`).toString('base64')}`
    const answer = await fetch(`${server.url}${sessions}`, { headers: { authorization } })
    assert.equal(answer.status, 200)
    return await answer.json()
  }

  describe('at a server that asks of those clients who support it', () => {
    let server: TestServer
    before(async () => {
      server = await startServer({ settings: settingsOf(withTls()) })
    })
    after(() => server?.remove())

    for (const { host: service } of services) {
      test(`${service}: takes what is bound to its certificate or to nothing, and nothing else`, async () => {
        await assertTaken(server, service, { bindings: await bindingsSeenAt(server) })
        await assertTaken(server, service, {})
        const wrong = { bindings: await bindingsOf(proxy) }
        await assertRefused(server, service, wrong, 'channel-binding-mismatch')
      })
    }

    test('refuses what is bound to nothing by a client that says it supports that', async () => {
      await assertTaken(server, host, { bindings: await bindingsSeenAt(server), isBindingAware: true })
      await assertRefused(server, host, { isBindingAware: true }, 'channel-binding-missing')
    })

    test('takes what is encrypted without AES, as far as the Kerberos library takes it', async () => {
      for (const { host: service } of [byRc4, rc4Session]) {
        await assertTaken(server, service, { bindings: await bindingsOf(proxy) })
      }
    })

    test('serves curl --negotiate, which binds nothing', async () => {
      const { port } = new URL(server.url)
      const result = await run(
        'env',
        ...Object.entries(realm.environment).map(([name, value]) => `${name}=${value}`),
        ...['curl', '--silent', '--insecure', '--noproxy', '*', '--negotiate', '--user', ':'],
        ...['--resolve', `${host}:${port}:127.0.0.1`, '--write-out', '\n%{http_code}'],
        `https://${host}:${port}${templates}`,
      )
      assert.match(result.stdout, /\n200$/)
    })

    test('reads the key that the service got meanwhile', async () => {
      await realm.renewKey('aes128-sha1.test')
      await assertTaken(server, 'aes128-sha1.test', { bindings: await bindingsSeenAt(server) })
      const wrong = { bindings: await bindingsOf(proxy) }
      await assertRefused(server, 'aes128-sha1.test', wrong, 'channel-binding-mismatch')
    })
  })

  describe('at a server that requires it', () => {
    let server: TestServer
    before(async () => {
      const settings = { ...withTls(), CARDINAL_NEGOTIATE_CHANNEL_BINDING: 'require' }
      server = await startServer({ settings: settingsOf(settings) })
    })
    after(() => server?.remove())

    for (const { host: service } of services) {
      test(`${service}: takes what is bound to its certificate, and nothing else`, async () => {
        await assertTaken(server, service, { bindings: await bindingsSeenAt(server) })
        await assertRefused(server, service, {}, 'channel-binding-missing')
        const wrong = { bindings: await bindingsOf(proxy) }
        await assertRefused(server, service, wrong, 'channel-binding-mismatch')
      })
    }

    test('refuses what is encrypted without AES, though it is bound as it should be', async () => {
      const bindings = await bindingsSeenAt(server)
      for (const { host: service } of [byRc4, rc4Session]) {
        await assertRefused(server, service, { bindings }, 'channel-binding-unreadable')
      }
    })
  })

  test('behind a proxy, are compared with the certificate that its file holds now', async () => {
    const settings = {
      CARDINAL_NEGOTIATE_CHANNEL_BINDING: 'require',
      CARDINAL_NEGOTIATE_CHANNEL_BINDING_CERTIFICATE_FILES: proxy.certificate,
    }
    const server = await startServer({ settings: settingsOf(settings) })
    try {
      const bindings = await bindingsOf(proxy)
      await assertTaken(server, host, { bindings })
      await assertRefused(server, host, { bindings: await bindingsOf(own) }, 'channel-binding-mismatch')
      const renewed = await certificateIn('renewed')
      const bindingsToRenewed = await bindingsOf(renewed)
      await rename(renewed.certificate, proxy.certificate)
      await assertTaken(server, host, { bindings: bindingsToRenewed })
      await assertRefused(server, host, { bindings }, 'channel-binding-mismatch')
      await rm(proxy.certificate)
      await assertRefused(server, host, { bindings: bindingsToRenewed }, 'channel-binding-unreadable')
    } finally {
      await server.remove()
    }
  })

  test('are not looked at without TLS, and where that is switched off', async () => {
    for (const settings of [{}, { ...withTls(), CARDINAL_NEGOTIATE_CHANNEL_BINDING: 'off' }]) {
      const server = await startServer({ settings: settingsOf(settings) })
      try {
        await assertTaken(server, host, { bindings: Buffer.from('anything') })
        await assertTaken(server, host, { isBindingAware: true })
      } finally {
        await server.remove()
      }
    }
  })

  test('cannot be asked for where the certificate has none, which the server says when it starts', async () => {
    const file = path.join(folder, 'ed25519.pem')
    const args = ['-newkey', 'ed25519', '-nodes', '-subj', '/CN=proxy', '-keyout', '/dev/null', '-out', file]
    assert.equal((await run('openssl', 'req', '-x509', ...args)).code, 0)
    const { code, stderr } = await runCardinal(['serve'], {
      ...settingsOf({ CARDINAL_NEGOTIATE_CHANNEL_BINDING_CERTIFICATE_FILES: file }),
      CARDINAL_PORT: '0',
      CARDINAL_DATA_DIR: path.join(folder, 'data'),
      CARDINAL_CERTIFICATION_AUTHORITY_KEY_ALGORITHM: 'EC-P256',
    })
    assert.equal(code, 1)
    assert.match(
      stderr,
      /cardinal: Tickets cannot be bound to the certificate of .*ed25519\.pem: .*not defined\. Use another certificate/,
    )
  })
})

/** As a client computes it of the certificate that it is shown; OpenSSL signs those of the tests by SHA-256. */
async function bindingsSeenAt({ url }: TestServer): Promise<Buffer> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { raw } = socket.getPeerCertificate()
  socket.destroy()
  return endPoint(raw)
}

async function bindingsOf({ certificate }: CertificateFiles): Promise<Buffer> {
  const pem = await readFile(certificate, 'latin1')
  return endPoint(Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64'))
}

function endPoint(der: Buffer): Buffer {
  return Buffer.concat([Buffer.from('tls-server-end-point:'), createHash('sha256').update(der).digest()])
}
