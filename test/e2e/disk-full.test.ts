import assert from 'node:assert/strict'
import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import { setTimeout as passing } from 'node:timers/promises'
import { openPivCard } from '../../src/card/piv/host/open-piv-card.ts'
import { CardinalApiError } from '../../src/client/library/cardinal-api-error.ts'
import { createVirtualCardFile } from '../../src/client/virtual-card/create-virtual-card-file.ts'
import {
  connectVirtualCard,
  openVirtualCardFile,
} from '../../src/client/virtual-card/open-virtual-card-file.ts'
import { enrollSoftwareProfile } from '../client/enrollment/software-enrollment.ts'
import { cardinalCommand, freePort, spawnCardinal, startServer, type TestServer } from '../testbed/server.ts'
import { mountSmallDisk, type SmallDisk } from '../testbed/small-disk.ts'
import { askSqlite, assertBooksBalance } from './books.ts'
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
    for (const blocks of [0, 40]) {
      disk.fill(blocks)
      const { code, stderr } = await ended(spawnCardinal(['serve'], settings, disk.launcher))
      assert.equal(code, 1, `with ${blocks} blocks`)
      assert.match(stderr, /^cardinal: The database cannot be used: [a-z ,]+ full\.\n$/)
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

describe('a user whose disk is full', {
  skip: process.platform !== 'linux' && 'only Linux has mount namespaces',
}, () => {
  let server: TestServer
  let disk: SmallDisk
  before(async () => {
    server = await startServer()
    disk = await mountSmallDisk(1)
    await writeFile(disk.file('password'), `${await server.passwordOf('alice')}\n`)
  })
  afterEach(() => disk.makeRoom())
  after(async () => {
    await disk?.remove()
    await server?.remove()
  })

  const inside = (name: string) => path.join(disk.folder, name)
  const cardinal = (...args: readonly string[]) =>
    ended(
      disk.spawnInside(process.execPath, [cardinalCommand, ...args], {
        env: {
          PATH: '/usr/bin:/bin',
          HOME: disk.folder,
          XDG_STATE_HOME: inside('state'),
          XDG_DATA_HOME: inside('share'),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    )

  test('goes on with the same request, wherever it ran out, and has one key and one certificate', async () => {
    const alice = await server.clientOf('alice')
    const signIn = ['--server', server.url, '--user', 'alice', '--password-file', inside('password')]
    const requests = async () => (await alice.call('GET /v1.0/requests'))?.length ?? 0
    // One more each time: for the journal's lock, the journal, its next version, the key, the certificate.
    for (let blocks = 0; ; blocks++) {
      const name = `blocks-${blocks}`
      const [keyFile, certificateFile] = [inside(`${name}.key`), inside(`${name}.pem`)]
      const enroll = [
        ...['enroll', ...signIn, '--template', 'FIM CM Sample Profile Template'],
        ...['--key', keyFile, '--certificate', certificateFile],
      ]
      const earlier = await requests()
      disk.fill(blocks)
      const full = await cardinal(...enroll)
      disk.makeRoom()
      const journals = await readdir(disk.file('state', 'cardinal', 'requests'))
      if (full.code === 0) {
        assert.ok(blocks > 2)
        break
      }
      assert.match(
        full.stderr,
        /^cardinal: \/\S+ cannot be written: its disk is full\. Make room, and try again\./,
      )
      // Once there is a request, there is a journal to go on by, and nothing else is left lying about.
      const isBegun = (await requests()) > earlier
      assert.deepEqual(
        journals.map(each => path.extname(each)),
        isBegun ? ['.json'] : [],
      )
      assert.equal(/cardinal enroll --resume/.test(full.stderr), isBegun)
      const again = await cardinal(...enroll)
      assert.equal(again.code, 0, again.stderr)
      assert.equal(await requests(), earlier + 1)
      const [key, certificate] = await Promise.all(
        ['key', 'pem'].map(ending => readFile(disk.file(`${name}.${ending}`))),
      )
      assert.ok(key !== undefined && certificate !== undefined)
      assert.ok(new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key)))
    }
    assert.deepEqual(await readdir(disk.file('state', 'cardinal', 'requests')), [])
  })

  test('makes a card with a key file once there is room', async () => {
    disk.fill()
    const full = await cardinal('card', 'create', 'one', '--key-file')
    assert.match(full.stderr, /^cardinal: \/\S+one\.card\.key cannot be written: its disk is full\./)
    assert.equal(full.code, 1)
    disk.makeRoom()
    const again = await cardinal('card', 'create', 'one', '--key-file')
    assert.equal(again.code, 0, again.stderr)
  })
})

describe('a virtual card on a disk that is full', {
  skip: process.platform !== 'linux' && 'only Linux has mount namespaces',
}, () => {
  test('compares no PIN that it cannot count, forgets no try, and keeps its keys', async t => {
    const disk = await mountSmallDisk(1)
    t.after(() => disk.remove())
    const secret = { key: randomBytes(32) }
    const file = disk.file('one.card')
    await createVirtualCardFile({ file, secret, personality: 'PIV' })
    const card = await openVirtualCardFile(file, secret)
    const piv = await openPivCard(connectVirtualCard(card), { randomBytes })
    await assert.rejects(piv.verifyPin('000000'), { code: 'wrong-pin', triesLeft: 2 })
    disk.fill()
    for (const pin of ['999999', '111111', '222222', '123456']) {
      await assert.rejects(piv.verifyPin(pin), { code: 'card-failure' })
    }
    assert.equal(await piv.readPinTries(), 2)
    disk.makeRoom()
    await card.close()
    const again = await openVirtualCardFile(file, secret)
    t.after(() => again.close())
    const reopened = await openPivCard(connectVirtualCard(again), { randomBytes })
    assert.equal(await reopened.readPinTries(), 2)
    await reopened.verifyPin('123456')
    assert.equal(await reopened.readPinTries(), 3)
    assert.deepEqual((await readdir(disk.file())).sort(), ['one.card', 'one.card.lock'])
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
    const end = ended(child)
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
  const client = await server.clientOf('alice')
  const enrollUntilRefused = async () => {
    for (;;) {
      try {
        certificates.push((await enrollSoftwareProfile(client)).certificatePem)
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
  await passing(300)
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

async function ended(child: ReturnType<typeof spawnCardinal>) {
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', text => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  await once(child, 'close')
  return { code: child.exitCode, stdout, stderr }
}
