import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, rename, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { migrationSteps } from '../../src/store/migrations.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { sampleUser } from './records.ts'
import { audited, withCode } from './store-contract.ts'
import { temporaryFolder } from './temporary-folder.ts'

const unavailable = withCode('ServiceUnavailable')
const run = promisify(execFile)

function program(name: string): string {
  return path.join(import.meta.dirname, 'programs', name)
}

async function openStore(t: TestContext, busyTimeout?: number) {
  const file = path.join(await temporaryFolder(t), 'cardinal.db')
  const store = await openSqliteStore({ file, ...(busyTimeout === undefined ? {} : { busyTimeout }) })
  t.after(() => store.close())
  await store.migrate()
  return { file, store }
}

async function holdLock(t: TestContext, file: string) {
  const child = spawn(process.execPath, [program('hold-the-lock.ts'), file], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const release = async () => {
    child.stdin.end()
    await ended
  }
  t.after(release)
  await once(child.stdout, 'data')
  return release
}

test('makes the database and its companions readable by their owner alone', async t => {
  const { file, store } = await openStore(t)
  await audited(store, tx => tx.saveUser(sampleUser()))
  for (const name of [file, `${file}-wal`, `${file}-shm`])
    assert.equal((await stat(name)).mode & 0o777, 0o600, name)
})

test('answers ServiceUnavailable where the disk is full, and keeps what was committed before', async t => {
  const file = path.join(await temporaryFolder(t), 'cardinal.db')
  const { stdout } = await run('/bin/bash', [
    '-c',
    'ulimit -f "$1"; exec "$2" "$3" "$4"',
    'limited',
    '3000',
    process.execPath,
    program('fill-the-disk.ts'),
    file,
  ])
  const { codes, saved, readable } = JSON.parse(stdout)
  assert.deepEqual(codes, ['ServiceUnavailable', 'ServiceUnavailable', 'ServiceUnavailable'])
  assert.ok(saved > 3)
  assert.equal(readable, saved)
})

test('answers ServiceUnavailable where the file can only be read', async t => {
  const folder = await temporaryFolder(t)
  const file = path.join(folder, 'cardinal.db')
  const store = await openSqliteStore({ file })
  await store.migrate()
  await store.close()
  await chmod(file, 0o444)
  await chmod(folder, 0o555)
  const { stdout } = await run(process.execPath, [program('open-read-only.ts'), file]).finally(() =>
    chmod(folder, 0o755),
  )
  assert.equal(stdout, 'ServiceUnavailable')
})

test('answers ServiceUnavailable where there is no such folder, no file, or no database in it', async t => {
  const folder = await temporaryFolder(t)
  await mkdir(path.join(folder, 'folder'))
  await writeFile(path.join(folder, 'letter'), 'Dear Sir or Madam, '.repeat(1000))
  for (const name of ['missing/cardinal.db', 'folder', 'letter']) {
    await assert.rejects(openSqliteStore({ file: path.join(folder, name) }), unavailable, name)
  }
})

test('fails its check once the file was moved away, as all further writes would be lost', async t => {
  const { file, store } = await openStore(t)
  await store.check()
  await rename(file, `${file}.moved`)
  await assert.rejects(store.check(), unavailable)
  await writeFile(file, '')
  await assert.rejects(store.check(), unavailable)
})

test('fails its check before it was migrated', async t => {
  const store = await openSqliteStore({ file: path.join(await temporaryFolder(t), 'cardinal.db') })
  t.after(() => store.close())
  await assert.rejects(store.check())
})

test('waits for another process that writes, without blocking the event loop', async t => {
  const { file, store } = await openStore(t)
  const user = sampleUser()
  const release = await holdLock(t, file)
  const saved = audited(store, tx => tx.saveUser(user))
  // Reads go on meanwhile, and so does everything else: the child is released from this very event loop.
  assert.equal(await store.reader.findUser(user.uuid), null)
  await release()
  await saved
  assert.deepEqual(await store.reader.findUser(user.uuid), user)
})

test('answers ServiceUnavailable where another process does not stop writing', async t => {
  const { file, store } = await openStore(t, 30)
  await holdLock(t, file)
  await assert.rejects(
    audited(store, tx => tx.saveUser(sampleUser())),
    unavailable,
  )
})

test('serves transactions in the order in which they came', async t => {
  const { store } = await openStore(t)
  const served: number[] = []
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      store.transactor.transaction(async tx => {
        await tx.findUser('nobody')
        served.push(index)
      }),
    ),
  )
  assert.deepEqual(
    served,
    Array.from({ length: 20 }, (_, index) => index),
  )
})

test('migrates once when several processes start at the same time', async t => {
  const file = path.join(await temporaryFolder(t), 'cardinal.db')
  const stores = await Promise.all([1, 2, 3].map(() => openSqliteStore({ file })))
  t.after(() => Promise.all(stores.map(store => store.close())))
  const applied = await Promise.all(stores.map(store => store.migrate()))
  assert.deepEqual(applied.flat(), Object.keys(migrationSteps))
  for (const store of stores) await store.check()
})
