import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import { setTimeout as passing } from 'node:timers/promises'
import { CardinalApiError } from '../../src/client/library/cardinal-api-error.ts'
import { enrollSoftwareProfile } from '../client/enrollment/software-enrollment.ts'
import { freePort, spawnCardinal, startServer, type TestServer } from '../testbed/server.ts'
import { mountSmallDisk, type SmallDisk } from '../testbed/small-disk.ts'
import { askSqlite, assertBooksBalance } from './books.ts'
import { resultOf } from './command.ts'
import { basic, beginSession } from './session.ts'

const apiPath = '/CertificateManagement/api'

describe('a data folder on a disk that is full', {
  skip: process.platform !== 'linux' && 'only Linux has mount namespaces',
}, () => {
  let disk: SmallDisk
  before(async () => {
    disk = await mountSmallDisk(16)
  })
  afterEach(() => disk.makeRoom())
  after(() => disk?.remove())

  test('is said in a sentence at the first start, and filled by the next one', async () => {
    const dataDir = path.join(disk.folder, 'first')
    const settings = {
      CARDINAL_PORT: String(await freePort()),
      CARDINAL_DATA_DIR: dataDir,
      CARDINAL_CERTIFICATION_AUTHORITY_KEY_ALGORITHM: 'EC-P256',
    }
    // For nothing, and for the database but not for all of its tables.
    for (const [blocks, said] of [
      [0, /^cardinal: The data folder \S+\/first cannot be used: the disk is full\. Mend that, or set .*\n$/],
      [40, /^cardinal: The database cannot be used: [a-z ,]+ full\.\n$/],
    ] as const) {
      disk.fill(blocks)
      const { code, stderr } = await resultOf(spawnCardinal(['serve'], settings, disk.launcher))
      assert.equal(code, 1, `with ${blocks} blocks`)
      assert.match(stderr, said)
      disk.makeRoom()
    }
    const server = await startServer({ dataDir, ...disk, settings })
    await enrollSoftwareProfile(await server.clientOf('alice'))
    await server.remove()
  })

  test('refuses what writes, says so, loses nothing, and goes on once there is room', async () => {
    const server = await startServer({ dataDir: path.join(disk.folder, 'data'), ...disk })
    after(() => server.remove())
    const kept = await workUntilFull(server, disk)
    assert.deepEqual(await readiness(server), [
      503,
      'not ready',
      { database: 'failed', certificationAuthority: 'ok', cardMasterKey: 'ok' },
    ])
    for (let attempt = 0; attempt < 3; attempt++) {
      const refused = await post(server, '/v2.0/session', {})
      const { ErrorCode, Message } = await jsonOf(refused)
      assert.deepEqual([refused.status, ErrorCode], [503, 'ServiceUnavailable'])
      assert.equal(Message, 'The database cannot be used: the disk is full.')
      assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/)
    }
    await assertKept(server, kept)
    disk.makeRoom()
    await untilReady(server)
    await enrollSoftwareProfile(await server.clientOf('alice'))
    assert.equal(server.output().match(/"check":"database".*"a health check failed"/g)?.length, 1)
    assert.match(server.output(), /"fault":"[^"]*is full[^"]*"/)

    const before = await workUntilFull(server, disk)
    await server.kill()
    disk.makeRoom()
    await server.restart()
    await assertKept(server, {
      ...kept,
      ...before,
      certificates: [...kept.certificates, ...before.certificates],
    })
    assert.equal(await server.stop(), 0)
    const copy = mkdtempSync(path.join(os.tmpdir(), 'cardinal-disk-full-'))
    after(() => rmSync(copy, { recursive: true }))
    cpSync(disk.file('data'), copy, { recursive: true })
    const ask = askSqlite(path.join(copy, 'cardinal.sqlite'))
    await assertBooksBalance(ask)
    const found = new Set(
      (await ask('select serial_number as serial from certificates')).map(({ serial }) => serial),
    )
    for (const pem of [...kept.certificates, ...before.certificates]) {
      assert.ok(found.has(new X509Certificate(pem).serialNumber), 'a certificate was lost')
    }
  })
})

describe('a log that nobody takes', {
  skip: process.platform !== 'linux' && 'only Linux has /dev/full',
}, () => {
  test('does not stop the server', async () => {
    const launcher = ['/bin/sh', '-c', 'exec "$@" 2>/dev/full', 'sh']
    const server = await startServer({ launcher, settings: { CARDINAL_TRACE_VERBOSITY: '4' } })
    after(() => server.remove())
    await enrollSoftwareProfile(await server.clientOf('alice'))
    assert.equal((await post(server, '/v2.0/api-tokens', {})).status, 400)
    assert.equal(await server.stop(), 0)
  })

  test('nor does a greeting that nobody takes', async () => {
    const port = await freePort()
    const dataDir = mkdtempSync(path.join(os.tmpdir(), 'cardinal-disk-full-'))
    after(() => rmSync(dataDir, { recursive: true }))
    const child = spawnCardinal(
      ['serve'],
      {
        CARDINAL_PORT: String(port),
        CARDINAL_DATA_DIR: dataDir,
        CARDINAL_CERTIFICATION_AUTHORITY_KEY_ALGORITHM: 'EC-P256',
      },
      ['/bin/sh', '-c', 'exec "$@" >/dev/full', 'sh'],
    )
    after(() => child.kill('SIGKILL'))
    const end = resultOf(child)
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error('The server ended.')))
      child.stderr?.on('data', text => String(text).includes('What is said here') && resolve())
    })
    assert.equal((await fetch(`http://127.0.0.1:${port}/health/live`)).status, 200)
    child.kill('SIGTERM')
    assert.doesNotMatch((await end).stderr, /\n {4}at /)
  })
})

interface Kept {
  readonly certificates: readonly string[]
  readonly cookie: string
  readonly token: string
}

/** Enrolls in two rows; fills the disk in the midst, and resolves to everything that was answered for good. */
async function workUntilFull(server: TestServer, disk: SmallDisk): Promise<Kept> {
  const certificates: string[] = []
  const underWay = Promise.withResolvers<void>()
  const client = await server.clientOf('alice')
  const enrollUntilRefused = async () => {
    for (;;) {
      try {
        certificates.push((await enrollSoftwareProfile(client)).certificatePem)
        if (certificates.length === 4) underWay.resolve()
      } catch (error) {
        assert.ok(error instanceof CardinalApiError)
        assert.deepEqual([error.status, error.errorCode], [503, 'ServiceUnavailable'])
        return
      }
    }
  }
  const cookie = await beginSession(server, 'alice')
  const expires = new Date(Date.now() + 86_400_000).toISOString()
  const created = await post(server, '/v2.0/api-tokens', {
    name: `${Math.random()}`,
    scopes: ['read'],
    expires,
  })
  const { token } = await jsonOf(created)
  assert.ok(typeof token === 'string')
  const rows = [enrollUntilRefused(), enrollUntilRefused()]
  await Promise.race([underWay.promise, ...rows])
  // What the database gives back meanwhile is taken too.
  const filling = setInterval(() => disk.fill(), 20)
  await Promise.all(rows).finally(() => clearInterval(filling))
  disk.fill()
  assert.ok(certificates.length > 0)
  return { certificates, cookie, token }
}

async function assertKept(server: TestServer, { cookie, token }: Kept): Promise<void> {
  for (const headers of [{ cookie }, { authorization: `Bearer ${token}` }]) {
    const answer = await fetch(`${server.url}${apiPath}/v1.0/requests`, { headers })
    assert.equal(answer.status, 200, await answer.text())
  }
}

async function post(server: TestServer, route: string, body: object): Promise<Response> {
  return await fetch(`${server.url}${apiPath}${route}`, {
    method: 'POST',
    headers: {
      authorization: basic('alice', await server.passwordOf('alice')),
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
  })
}

async function readiness(server: TestServer): Promise<readonly [number, unknown, unknown]> {
  const answer = await fetch(`${server.url}/health/ready`)
  const { status, checks } = await jsonOf(answer)
  return [answer.status, status, checks]
}

async function jsonOf(answer: Response): Promise<Record<string, unknown>> {
  const body: unknown = await answer.json()
  assert.ok(typeof body === 'object' && body !== null)
  return { ...body }
}

async function untilReady(server: TestServer): Promise<void> {
  while ((await readiness(server))[0] !== 200) await passing(100)
}
