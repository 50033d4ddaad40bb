import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createRequest } from '../../src/client/create-request.ts'
import { trustCertificationAuthorities } from '../../src/client/trusted-authorities.ts'
import { runWalkthrough } from '../../src/client/walkthrough/run-walkthrough.ts'
import { freePort, startServer, type TestServer } from '../testbed/server.ts'
import { run, runCardinal } from './command.ts'
import { basic } from './session.ts'
import { walkthroughWith } from './walkthrough-client.ts'

const enrollment = {
  type: 'Enroll',
  subject: { profiletemplateuuid: '97cd65fa-af4b-4587-9309-0dd6bfd8b4e1' },
  answers: { 'Request Reason': 'Need VPN Certs' },
} as const

let folder: string
before(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'cardinal-operation-'))
})
after(() => rmSync(folder, { recursive: true }))
const inFolder = (name: string) => path.join(folder, name)

describe('with a TLS certificate', () => {
  let server: TestServer
  before(async () => {
    const made = await run(
      'openssl',
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-keyout', inFolder('tls.key'), '-out', inFolder('tls.pem')],
    )
    assert.equal(made.code, 0, made.stderr)
    const printed = await run('openssl', 'x509', '-in', inFolder('tls.pem'))
    trustCertificationAuthorities(printed.stdout)
    server = await startServer({
      settings: {
        CARDINAL_TLS_CERTIFICATE_FILE: inFolder('tls.pem'),
        CARDINAL_TLS_KEY_FILE: inFolder('tls.key'),
      },
    })
  })
  after(() => server?.remove())

  test('speaks https, and nothing else', async () => {
    assert.match(server.output(), /serves on https:\/\/127\.0\.0\.1:/)
    const answer = await fetch(`${server.url}/health/ready`)
    assert.equal(answer.status, 200)
    assert.match(answer.headers.get('strict-transport-security') ?? '', /max-age=\d+/)
    await assert.rejects(fetch(`${server.url.replace('https:', 'http:')}/health/ready`))
  })

  test('gives out a session cookie for TLS alone', async () => {
    const session = await fetch(`${server.url}/CertificateManagement/api/v2.0/session`, {
      method: 'POST',
      headers: { authorization: basic('alice', await server.passwordOf('alice')) },
    })
    assert.equal(session.status, 200)
    const attributes = session.headers.getSetCookie()[0]?.split('; ').slice(1)
    assert.deepEqual(attributes?.sort(), ['HttpOnly', 'Path=/', 'SameSite=Strict', 'Secure'])
  })

  test('enrolls a card by the walkthrough command, which trusts the certificate of the configuration', async () => {
    const { code, stdout, stderr } = await runCardinal(['walkthrough'], server.settings)
    assert.equal(code, 0, stderr)
    assert.match(stdout, /All 28 steps are done/)
    assert.doesNotMatch(stdout, /No server answers/)
  })
})

describe('beyond this machine', () => {
  test('does not listen without TLS', async () => {
    const { code, stdout, stderr } = await runCardinal(['serve'], { CARDINAL_HOST: '0.0.0.0' })
    assert.equal(code, 1)
    assert.equal(stdout, '')
    assert.match(stderr, /CARDINAL_HOST.*0\.0\.0\.0 is reachable from other machines and there is no TLS/)
    assert.match(stderr, /publicUrl.*has to be set/)
  })

  test('listens where the administrator insists', async () => {
    const server = await startServer({
      settings: {
        CARDINAL_HOST: '0.0.0.0',
        CARDINAL_ALLOW_INSECURE_LISTEN: 'true',
        CARDINAL_PUBLIC_URL: 'http://pki.contoso.com',
      },
    })
    after(() => server.remove())
    const result = await runWalkthrough(walkthroughWith(await server.clientOf('alice')))
    const certificate = Buffer.from(result.certificatePem.replace(/-----.*-----|\n/g, ''), 'base64')
    assert.ok(certificate.includes('http://pki.contoso.com/pki/'))
    assert.ok(!certificate.includes('0.0.0.0'))
  })
})

describe('what stands in the way of a start', () => {
  test('is named all at once where it is in the configuration', async () => {
    writeFileSync(inFolder('cardinal.json'), JSON.stringify({ crlLifetime: 5, session: { idleMinutes: 0 } }))
    const { code, stdout, stderr } = await runCardinal(['serve', '--config', inFolder('cardinal.json')], {
      CARDINAL_PORT: 'http',
      CARDINAL_TRACE_VERBOSITY: '9',
      CARDINAL_LOGLEVEL: 'info',
      CARDINAL_KEY_FILE: inFolder('missing.key'),
      CARDINAL_TLS_KEY_FILE: inFolder('missing.pem'),
    })
    assert.equal(code, 1)
    assert.equal(stdout, '')
    for (const fault of [
      /CARDINAL_PORT\b.*\n/,
      /CARDINAL_TRACE_VERBOSITY\b.*\n/,
      /CARDINAL_LOGLEVEL\b.*did you mean CARDINAL_LOG_LEVEL\?\n/,
      /CARDINAL_KEY_FILE\b.*missing\.key.*\n/,
      /CARDINAL_TLS_KEY_FILE\b.*missing\.pem.*\n/,
      /crlLifetime\b.*\n/,
      /session\.idleMinutes\b.*\n/,
    ]) {
      assert.match(stderr, fault)
    }
    assert.doesNotMatch(stderr, /\n\s+at /)
  })

  test('is told in one sentence where it is the port', async () => {
    const other = createServer()
    const port = await freePort()
    await once(other.listen(port, '127.0.0.1'), 'listening')
    after(() => other.close())
    const { code, stderr } = await runCardinal(['serve'], {
      CARDINAL_PORT: String(port),
      CARDINAL_DATA_DIR: inFolder('port-in-use'),
      CARDINAL_CERTIFICATION_AUTHORITY_KEY_ALGORITHM: 'EC-P256',
    })
    assert.equal(code, 1)
    assert.match(stderr, new RegExp(`^cardinal: .*127\\.0\\.0\\.1:${port}.*CARDINAL_PORT.*\\n$`))
  })

  test('is told in one sentence where it is the TLS certificate', async () => {
    writeFileSync(inFolder('no.pem'), 'no certificate')
    const { code, stderr } = await runCardinal(['serve'], {
      CARDINAL_PORT: String(await freePort()),
      CARDINAL_DATA_DIR: inFolder('no-certificate'),
      CARDINAL_CERTIFICATION_AUTHORITY_KEY_ALGORITHM: 'EC-P256',
      CARDINAL_TLS_CERTIFICATE_FILE: inFolder('no.pem'),
      CARDINAL_TLS_KEY_FILE: inFolder('no.pem'),
    })
    assert.equal(code, 1)
    assert.match(
      stderr,
      /^cardinal: The TLS certificate \S+no\.pem with the key \S+no\.pem is unusable: .*\n$/,
    )
  })

  test('is told without a stack where it is the data folder', async () => {
    writeFileSync(inFolder('a-file'), '')
    const { code, stderr } = await runCardinal(['serve'], {
      CARDINAL_PORT: String(await freePort()),
      CARDINAL_DATA_DIR: path.join(inFolder('a-file'), 'data'),
    })
    assert.equal(code, 1)
    assert.match(stderr, /a-file/)
    assert.doesNotMatch(stderr, /\n\s+at /)
  })
})

describe('the API switch', () => {
  test('off, it answers 404 to every route of the API, and the rest goes on', async () => {
    const server = await startServer({ settings: { CARDINAL_API_ENABLED: 'false' } })
    after(() => server.remove())
    const authorization = basic('alice', await server.passwordOf('alice'))
    for (const route of ['v1.0/profiletemplates', 'v1.0/requests', 'v2.0/session']) {
      const answer = await fetch(`${server.url}/CertificateManagement/api/${route}`, {
        headers: { authorization },
      })
      assert.equal(answer.status, 404, route)
      assert.equal(JSON.parse(await answer.text()).ErrorCode, 'ApiDisabled')
    }
    assert.equal((await fetch(`${server.url}/health/ready`)).status, 200)
    assert.match(server.output(), /switched off/)
  })
})

describe('a disk that is full', { skip: process.platform !== 'linux' && 'only Linux has prlimit' }, () => {
  let server: TestServer
  before(async () => {
    server = await startServer()
  })
  after(() => server?.remove())

  /** No file of the server grows beyond so many bytes. */
  async function limitFiles(bytes: string): Promise<void> {
    const limited = await run('prlimit', `--pid=${server.processId()}`, `--fsize=${bytes}:unlimited`)
    assert.equal(limited.code, 0, limited.stderr)
  }

  test('makes writing calls answer 503 until there is room again', async () => {
    const alice = await server.clientOf('alice')
    const existing = await createRequest(alice, enrollment)
    await limitFiles('1')
    for (let attempt = 0; attempt < 3; attempt++) {
      await assert.rejects(createRequest(alice, enrollment), {
        name: 'CardinalApiError',
        status: 503,
        errorCode: 'ServiceUnavailable',
      })
    }
    assert.equal((await alice.call('GET /v1.0/requests/{id}', { path: { id: existing } }))?.Uuid, existing)
    assert.equal((await fetch(`${server.url}/health/live`)).status, 200)
    await limitFiles('unlimited')
    await runWalkthrough(walkthroughWith(alice))
  })
})

describe('told to stop', () => {
  const body = JSON.stringify({
    type: enrollment.type,
    ...enrollment.subject,
    datacollection: [{ 'Request Reason': 'Need VPN Certs' }],
  })

  /** Begins a call and waits until the server has begun to answer it. */
  async function beginCall(server: TestServer): Promise<Socket> {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1').setEncoding('utf8')
    const lines = [
      'POST /CertificateManagement/api/v1.0/requests HTTP/1.1',
      'Host: 127.0.0.1',
      `Authorization: ${basic('alice', await server.passwordOf('alice'))}`,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      'Expect: 100-continue',
    ]
    socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    const [begun] = await once(socket, 'data')
    assert.match(begun, /^HTTP\/1\.1 100 /)
    return socket
  }

  async function untilRefused(server: TestServer): Promise<void> {
    for (;;) {
      const attempt = connect(Number(new URL(server.url).port), '127.0.0.1')
      const isRefused = await once(attempt, 'connect').then(
        () => false,
        () => true,
      )
      attempt.destroy()
      if (isRefused) return
    }
  }

  test('takes no new connection, finishes the call that runs, and ends', async () => {
    const server = await startServer()
    after(() => server.remove())
    const call = await beginCall(server)
    const pid = server.processId()
    const stopped = server.stop()
    await server.untilSaid(/"signal":"SIGTERM","msg":"stops: calls in flight have 30 s to finish"/)
    await untilRefused(server)
    // As npm and a terminal do, which tell the whole group.
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(pid, signal)
    assert.doesNotMatch(server.output(), /"msg":"stopped"/)
    call.write(body)
    const [answer] = await once(call, 'data')
    assert.match(answer, /^HTTP\/1\.1 201 /)
    call.destroy()
    assert.equal(await stopped, 0)
    assert.match(server.output(), /"msg":"stopped"}\n$/)
    await server.restart()
    const uuid = /api\/v1\.0\/requests\/([0-9a-f-]{36})"/.exec(answer)?.[1] ?? ''
    assert.equal(
      (await (await server.clientOf('alice')).call('GET /v1.0/requests/{id}', { path: { id: uuid } }))?.Uuid,
      uuid,
    )
  })

  test('cuts off a call that does not end within the grace time', async () => {
    const server = await startServer({ settings: { CARDINAL_SHUTDOWN_GRACE_SECONDS: '1' } })
    after(() => server.remove())
    const call = await beginCall(server)
    const cutOff = once(call, 'close')
    assert.equal(await server.stop(), 1)
    await cutOff
    assert.match(server.output(), /were cut off/)
  })
})
