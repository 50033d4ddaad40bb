import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { promisify } from 'node:util'
import type { ClientCertificateScheme } from '../../../src/identity/authentication-scheme.ts'
import { as, startServer } from '../server.ts'

const v2 = '/CertificateManagement/api/v2.0'
const unknown = 'ffffffff-ffff-4fff-bfff-ffffffffffff'

/** One call of each kind that changes something, and what it answers where it is let through. */
const calls = [
  { method: 'POST', url: '/CertificateManagement/api/v1.0/requests', answer: 'InvalidParameter' },
  { method: 'POST', url: `${v2}/requests/${unknown}/approvals`, answer: 'InvalidParameter' },
  { method: 'POST', url: `${v2}/api-tokens`, answer: 'InvalidParameter' },
  { method: 'PUT', url: `/CertificateManagement/api/v1.0/requests/${unknown}`, answer: 'InvalidParameter' },
  { method: 'DELETE', url: `${v2}/sessions/${unknown}`, answer: 'SessionNotFound' },
  { method: 'DELETE', url: `${v2}/api-tokens/${unknown}`, answer: 'ApiTokenNotFound' },
] as const

/** What a call says of where it comes from, and whether that is this site; `null` where only its body can tell. */
const sources: readonly (readonly [
  what: string,
  (origin: string) => Record<string, string>,
  boolean | null,
])[] = [
  ['nothing', () => ({}), null],
  ['the user', () => ({ 'sec-fetch-site': 'none' }), null],
  ['our page', origin => ({ 'sec-fetch-site': 'same-origin', origin }), true],
  ['our page, by a browser without Origin', () => ({ 'sec-fetch-site': 'same-origin' }), true],
  ['our page, by an old browser', origin => ({ origin }), true],
  ['our page, in capitals', origin => ({ origin: origin.toUpperCase() }), true],
  ['another site', () => ({ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }), false],
  ['another site, by an old browser', () => ({ origin: 'https://evil.example' }), false],
  ['another site that hides', () => ({ 'sec-fetch-site': 'cross-site', origin: 'null' }), false],
  ['somewhere that hides', () => ({ origin: 'null' }), false],
  ['another site that claims to be ours', origin => ({ 'sec-fetch-site': 'cross-site', origin }), false],
  ['a sister site', () => ({ 'sec-fetch-site': 'same-site', origin: 'https://www.localhost' }), false],
  ['something unheard of', origin => ({ 'sec-fetch-site': 'near-by', origin }), false],
  ['another port', origin => ({ origin: `${origin.replace(/:\d+$/, '')}:1` }), false],
  ['a longer name', origin => ({ origin: `${origin}.evil.example` }), false],
  ['our name as a user', origin => ({ origin: `https://${new URL(origin).host}@evil.example` }), false],
  ['nonsense', () => ({ origin: 'localhost' }), false],
  ['an empty origin', () => ({ origin: '' }), false],
]

/** Those of a form and of a script that needs no leave from the server (Fetch, CORS-safelisted), and JSON. */
const mediaTypes = [
  undefined,
  'text/plain',
  'text/plain; application/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json',
  'application/json; charset=utf-8',
]

const isJson = (type: string | undefined) => type?.startsWith('application/json') === true

interface Answer {
  readonly status: number
  readonly code: string
  readonly message: string
}

type Send = (method: string, url: string, headers: Record<string, string>) => Promise<Answer>

function describeDefence(credentials: string, origin: () => string, send: Send): void {
  describe(`a change by ${credentials}`, () => {
    for (const [what, headersOf, isOurs] of sources) {
      test(`that comes from ${what}`, async () => {
        for (const { method, url, answer } of calls) {
          for (const type of mediaTypes) {
            const headers = { ...headersOf(origin()), ...(type !== undefined && { 'content-type': type }) }
            const { status, code, message } = await send(method, url, headers)
            const shown = `${method} ${url} ${type}: ${status} ${message}`
            // No page of another site can make a browser send PUT, DELETE or JSON without asking first.
            const isTaken = isOurs ?? (method !== 'POST' || isJson(type))
            if (!isTaken) {
              assert.deepEqual([status, code], [403, 'NotPermitted'], shown)
              assert.match(message, /Rule: same site: /, shown)
            } else if (isJson(type)) assert.equal(code, answer, shown)
            else assert.ok([answer, 'UnsupportedMediaType'].includes(code), shown)
          }
        }
      })
    }
  })
}

const server = await startServer()
after(() => server[Symbol.asyncDispose]())

async function beginSession(): Promise<string> {
  const url = `${v2}/session`
  const response = await server.app.inject({ method: 'POST', url, headers: as('alice') })
  return String(response.headers['set-cookie']).split(';')[0] ?? ''
}

const cookie = await beginSession()

describeDefence(
  'session cookie',
  () => 'http://localhost',
  async (method, url, headers) => {
    const response = await server.app.inject({
      method: method === 'POST' ? 'POST' : method === 'PUT' ? 'PUT' : 'DELETE',
      url,
      headers: { host: 'localhost', cookie, ...headers },
      payload: '{}',
    })
    const { ErrorCode, Message } = response.json()
    return { status: response.statusCode, code: ErrorCode, message: Message }
  },
)

test('ends no session by cookie for a page of another site', async () => {
  const headers = { cookie: await beginSession(), 'sec-fetch-site': 'cross-site' }
  const refused = await server.app.inject({ method: 'DELETE', url: `${v2}/session`, headers })
  assert.equal(refused.statusCode, 403)
  const { cookie } = headers
  assert.equal((await server.app.inject({ url: `${v2}/session`, headers: { cookie } })).statusCode, 200)
})

const folder = await mkdtemp(join(tmpdir(), 'cross-site-'))
after(() => rm(folder, { recursive: true }))
const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-keyout', keyFile]
await promisify(execFile)('openssl', [
  'req',
  '-x509',
  ...newKey,
  '-out',
  certificateFile,
  '-subj',
  '/CN=localhost',
])
const [key, cert] = [await readFile(keyFile), await readFile(certificateFile)]

/** Believes whoever shows any certificate. */
const clientCertificates: ClientCertificateScheme = {
  async identify() {
    const user = await secure.environment.directory.findUserByName('alice')
    assert.ok(user)
    return { user, scheme: 'client-certificate' }
  },
}
const https = { key, cert, requestCert: true, rejectUnauthorized: false }
const secure = await startServer({ https }, undefined, { clientCertificates })
after(() => secure[Symbol.asyncDispose]())
const { port } = new URL(await secure.app.listen({ host: '127.0.0.1', port: 0 }))

const sendByCertificate: Send = async (method, path, headers) => {
  const host = `localhost:${port}`
  const call = request({
    ...{ host: '127.0.0.1', port, path, method, key, cert, rejectUnauthorized: false },
    headers: { host, 'content-length': '2', ...headers },
  })
  call.end('{}')
  const [response] = await once(call, 'response')
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part)
  const { ErrorCode, Message } = JSON.parse(Buffer.concat(parts).toString())
  return { status: response.statusCode, code: ErrorCode, message: Message }
}

describeDefence('client certificate', () => `https://localhost:${port}`, sendByCertificate)

test('takes no change over TLS from a page of the same name without TLS', async () => {
  for (const { method, url } of calls) {
    const headers = { origin: `http://localhost:${port}`, 'content-type': 'application/json' }
    const { status, message } = await sendByCertificate(method, url, headers)
    assert.deepEqual([status, /Rule: same site: Origin/.test(message)], [403, true], `${method} ${url}`)
  }
})
