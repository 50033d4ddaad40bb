import assert from 'node:assert/strict'
import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import { openPivCard } from '../../src/card/piv/host/open-piv-card.ts'
import { AgentStateFile } from '../../src/client/agent/agent-state.ts'
import { createVirtualCardFile } from '../../src/client/virtual-card/create-virtual-card-file.ts'
import {
  connectVirtualCard,
  openVirtualCardFile,
} from '../../src/client/virtual-card/open-virtual-card-file.ts'
import { cardinalCommand, startServer, type TestServer } from '../testbed/server.ts'
import { mountSmallDisk, type SmallDisk } from '../testbed/small-disk.ts'
import { resultOf } from './command.ts'

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
    resultOf(
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

describe('the agent on a disk that is full', {
  skip: process.platform !== 'linux' && 'only Linux has mount namespaces',
}, () => {
  test('forgets no origin, and forgets one when it is told to once there is room', async t => {
    const disk = await mountSmallDisk(1)
    t.after(() => disk.remove())
    const state = new AgentStateFile(disk.file('agent', 'state.json'))
    const known = { origin: 'https://cm.contoso.com', consented: '2026-07-01T12:00:00.000Z', tokens: [] }
    await state.update(found => ({ ...found, origins: [known] }))
    // For the lock, and for the next version of the file.
    for (const blocks of [0, 1]) {
      disk.fill(blocks)
      await assert.rejects(
        state.update(found => ({ ...found, origins: [] })),
        { name: 'FileWriteError' },
      )
      assert.deepEqual(state.read().origins, [known])
      assert.deepEqual(await readdir(disk.file('agent')), ['state.json'])
      disk.makeRoom()
    }
    await state.update(found => ({ ...found, origins: [] }))
    assert.deepEqual(state.read().origins, [])
  })
})
