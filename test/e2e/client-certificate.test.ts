import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { Agent, get } from 'node:https'
import os from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { connect } from 'node:tls'
import { beginRequest } from '../../src/client/enrollment/begin-request.ts'
import { issueCertificatesTo } from '../../src/client/enrollment/issue-certificates-to.ts'
import type { CardinalClient } from '../../src/client/library/create-cardinal-client.ts'
import { trustCertificationAuthorities } from '../../src/client/trusted-authorities.ts'
import { bindSmartcard } from '../../src/client/walkthrough/card-of-request.ts'
import { cardTemplate, end, newKeeper, runOf, words } from '../client/enrollment/enrollment-bench.ts'
import { chainOf, enrollSoftwareProfile, targetInMemory } from '../client/enrollment/software-enrollment.ts'
import { startServer, type TestServer } from '../testbed/server.ts'
import { type CertificateFiles, createServerCertificate } from './client-certificate-authority.ts'
import { assertRefused, handshake, sessionPath, whoAmI } from './client-certificate-caller.ts'
import { run } from './command.ts'
import { basic, beginSession } from './session.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'cardinal-client-certificate-'))
let server: TestServer
let tls: CertificateFiles
let alice: CardinalClient
before(async () => {
  tls = await createServerCertificate(folder)
  trustCertificationAuthorities(await readFile(tls.certificate, 'utf8'))
  server = await startServer({
    settings: { CARDINAL_TLS_CERTIFICATE_FILE: tls.certificate, CARDINAL_TLS_KEY_FILE: tls.key },
  })
  alice = await server.clientOf('alice')
})
after(async () => {
  await server?.remove()
  rmSync(folder, { recursive: true })
})

const call = (files: CertificateFiles | null, ...options: readonly string[]) =>
  whoAmI(server, tls.certificate, files, ...options)

describe('a certificate that Cardinal issued', () => {
  let own: CertificateFiles & { readonly profileUuid: string }
  before(async () => {
    own = await enrollInSoftware('own')
  })

  test('signs in whom it was issued to, with curl', async () => {
    assert.deepEqual(await call(own), { status: 200, account: 'alice' })
  })

  for (const version of ['tls1_2', 'tls1_3']) {
    test(`signs in over ${version}, and in a session that is resumed`, async () => {
      const session = path.join(folder, version)
      const first = await handshake(server, own, `-${version}`, '-sess_out', session)
      assert.deepEqual([first.status, first.account], [200, 'alice'])
      // Without the key: only the session says who it is.
      const resumed = await handshake(server, null, `-${version}`, '-sess_in', session)
      assert.match(resumed.printed, /^Reused, /m)
      assert.deepEqual([resumed.status, resumed.account], [200, 'alice'])
    })
  }

  test('is asked for by the names of the authorities', async () => {
    const { printed } = await handshake(server, null)
    const offered = /Acceptable client certificate CA names\n([\s\S]+?)\nRequested Signature/.exec(
      printed,
    )?.[1]
    assert.equal(offered?.split('\n').length, 2)
    assert.match(offered ?? '', /Issuing CA/)
    assert.match(offered ?? '', /Root CA/)
  })

  test('cannot be shown later on the same connection', async () => {
    const { hostname, port } = new URL(server.url)
    const ca = await readFile(tls.certificate)
    const socket = connect({ host: hostname, port: Number(port), ca, maxVersion: 'TLSv1.2' })
    await once(socket, 'secureConnect')
    const outcome = new Promise((resolve, reject) => {
      socket.once('error', reject)
      socket.renegotiate({}, error => (error === null ? resolve('done') : reject(error)))
    })
    await assert.rejects(outcome, /no renegotiation/i)
    socket.destroy()
  })

  test('counts after the Authorization header and after the session', async () => {
    const bob = basic('bob', await server.passwordOf('bob'))
    assert.equal((await call(own, '--header', `Authorization: ${bob}`)).account, 'bob')
    assert.equal((await call(own, '--header', 'Authorization: Basic bm9ib2R5Ong=')).status, 401)
    assert.equal((await call(own, '--header', 'Authorization: Unknown x')).status, 401)
    const cookie = await beginSession(server, 'bob')
    assert.equal((await call(own, '--cookie', cookie)).account, 'bob')
    const ended = `${cookie.split('=')[0]}=${'A'.repeat(43)}`
    assert.equal((await call(own, '--cookie', ended)).account, 'alice')
  })

  test('writes for no page of another site', async () => {
    const write = async (...headers: readonly string[]) => {
      const options = ['--request', 'POST', '--data', '{}', ...headers.flatMap(each => ['--header', each])]
      const identity = ['--cacert', tls.certificate, '--cert', own.certificate, '--key', own.key]
      const url = `${server.url}/CertificateManagement/api/v1.0/requests`
      const answer = await run(
        'curl',
        '-s',
        '-o',
        path.join(folder, 'body'),
        '-w',
        '%{http_code}',
        ...identity,
        ...options,
        url,
      )
      return Number(answer.stdout)
    }
    assert.equal(await write('Content-Type: application/json', 'Origin: https://attacker.example'), 403)
    assert.equal(await write('Content-Type: application/json', 'Sec-Fetch-Site: cross-site'), 403)
    assert.equal(await write('Content-Type: text/plain'), 403)
    // Refused for what it asks, no longer for where it comes from.
    assert.equal(await write('Content-Type: application/json'), 400)
  })

  test('signs nobody in while it is on hold, from that moment on', async () => {
    const connection = await keepAlive(own)
    assert.deepEqual(await connection(), 200)
    setState('on-hold', own.profileUuid)
    assert.deepEqual(await connection(), 401)
    await assertRefused(server, () => call(own), 'certificate-on-hold')
    setState('issued', own.profileUuid)
    assert.deepEqual(await call(own), { status: 200, account: 'alice' })
  })

  test('signs nobody in once it is revoked, from that moment on', async () => {
    const connection = await keepAlive(own)
    assert.equal(await connection(), 200)
    await end(alice, 'Revoke', { profile: own.profileUuid })
    assert.equal(await connection(), 401)
    await assertRefused(server, () => call(own), 'revoked-certificate')
  })
})

test('the card that one enrolls signs one in, once it is handed over and until it is lost', async () => {
  const enrollment = runOf(alice, newKeeper('Enroll', { profiletemplateuuid: cardTemplate }))
  const { Uuid: requestUuid } = await beginRequest(enrollment, words)
  const cardId = 'e1b2c3d4-0000-4000-8000-0123456789ab'
  const smartcardUuid = await bindSmartcard(alice, { requestUuid, cardId, answerToReset: '' })
  const target = targetInMemory()
  const [issued] = await issueCertificatesTo(enrollment, target)
  assert.ok(issued !== undefined)
  const key = target.keys.get(issued.keyId)
  const card = await write('card', chainOf(issued)[0] ?? '', key?.exportPrivateKey() ?? '')
  await assertRefused(server, () => call(card), 'inactive-profile')
  await alice.call('PUT /v1.0/requests/{id}', { path: { id: requestUuid }, body: { status: 'Completed' } })
  assert.deepEqual(await call(card), { status: 200, account: 'alice' })
  await end(alice, 'Revoke', { smartcard: smartcardUuid })
  assert.equal((await call(card)).status, 401)
})

describe('on the same port', () => {
  test('who has no certificate signs in by other schemes', async () => {
    assert.equal((await call(null)).status, 401)
    const header = `Authorization: ${basic('alice', await server.passwordOf('alice'))}`
    assert.deepEqual(await call(null, '--header', header), { status: 200, account: 'alice' })
  })

  test('a certificate of nobody that is trusted signs nobody in, and hinders no other scheme', async () => {
    const strange = await createServerCertificate(await folderOf('strange'))
    await assertRefused(server, () => call(strange), 'untrusted-issuer')
    const header = `Authorization: ${basic('alice', await server.passwordOf('alice'))}`
    assert.deepEqual(await call(strange, '--header', header), { status: 200, account: 'alice' })
  })

  test('health is told whatever is shown', async () => {
    const strange = await createServerCertificate(await folderOf('strange-too'))
    const identity = ['--cacert', tls.certificate, '--cert', strange.certificate, '--key', strange.key]
    const { stdout } = await run(
      'curl',
      '-s',
      '-o',
      path.join(folder, 'body'),
      '-w',
      '%{http_code}',
      ...identity,
      `${server.url}/health/ready`,
    )
    assert.equal(stdout, '200')
  })
})

async function enrollInSoftware(name: string) {
  const { profileUuid, certificatePem, privateKeyPem } = await enrollSoftwareProfile(alice)
  return { profileUuid, ...(await write(name, certificatePem, privateKeyPem)) }
}

async function write(name: string, certificatePem: string, keyPem: string): Promise<CertificateFiles> {
  const files = { certificate: path.join(folder, `${name}.pem`), key: path.join(folder, `${name}.key`) }
  await writeFile(files.certificate, certificatePem)
  await writeFile(files.key, keyPem, { mode: 0o600 })
  return files
}

async function folderOf(name: string): Promise<string> {
  await mkdir(path.join(folder, name))
  return path.join(folder, name)
}

/** One TLS connection, on which each call gets the status of one request more. */
async function keepAlive(files: CertificateFiles): Promise<() => Promise<number>> {
  const [cert, key, ca] = await Promise.all(
    [files.certificate, files.key, tls.certificate].map(each => readFile(each)),
  )
  const agent = new Agent({ keepAlive: true, maxSockets: 1, cert, key, ca })
  after(() => agent.destroy())
  return () =>
    new Promise((resolve, reject) => {
      get(`${server.url}${sessionPath}`, { agent }, answer => {
        answer.resume().once('end', () => resolve(answer.statusCode ?? 0))
      }).once('error', reject)
    })
}

/** No operation of the API holds a certificate yet: written into the books as one will. */
function setState(state: 'issued' | 'on-hold', profileUuid: string): void {
  const database = new DatabaseSync(path.join(server.dataDir, 'cardinal.sqlite'), { timeout: 5000 })
  const { changes } = database
    .prepare('update certificates set state = ? where profile_uuid = ?')
    .run(state, profileUuid)
  database.close()
  assert.equal(changes, 1)
}
