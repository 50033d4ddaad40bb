import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import {
  deriveKeyFromPassphrase,
  KeyFileError,
  loadOrCreateKeyFile,
  loadOrCreateSaltFile,
} from '../../src/ca/key-encryption-key.ts'

let root = ''
let count = 0

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'key-file-'))
})
after(() => rm(root, { recursive: true }))

function newPath(): string {
  count++
  return join(root, `data-${count}`, 'secrets', 'key')
}

async function written(content: string, mode: number): Promise<string> {
  const path = join(root, `file-${++count}`)
  await writeFile(path, content)
  await chmod(path, mode)
  return path
}

describe('key file', () => {
  test('is made of 32 random bytes in one line of base64', async () => {
    const path = newPath()
    const bytes = randomBytes(32)
    const key = await loadOrCreateKeyFile(path, length => bytes.subarray(0, length))
    assert.deepEqual(key, Uint8Array.from(bytes))
    assert.equal(await readFile(path, 'utf8'), `${bytes.toString('base64')}\n`)
  })

  test('gives the same key at every start, and another one in another place', async () => {
    const path = newPath()
    const key = await loadOrCreateKeyFile(path)
    assert.equal(key.length, 32)
    assert.deepEqual(await loadOrCreateKeyFile(path), key)
    assert.notDeepEqual(await loadOrCreateKeyFile(newPath()), key)
  })

  test('is its owner’s alone, and so is the folder made for it', async () => {
    const path = newPath()
    await loadOrCreateKeyFile(path)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    assert.equal((await stat(join(path, '..'))).mode & 0o777, 0o700)
  })

  test('leaves nothing else behind in its folder', async () => {
    const path = newPath()
    await Promise.all([loadOrCreateKeyFile(path), loadOrCreateKeyFile(path)])
    assert.deepEqual(await readdir(join(path, '..')), ['key'])
  })

  test('is one and the same for twenty that start at once', async () => {
    const path = newPath()
    const keys = await Promise.all(Array.from({ length: 20 }, () => loadOrCreateKeyFile(path)))
    const onDisk = Buffer.from(await readFile(path, 'utf8'), 'base64')
    for (const key of keys) assert.deepEqual(key, Uint8Array.from(onDisk))
  })

  test('is one and the same for threads that start at once', async () => {
    const path = newPath()
    const module = new URL('../../src/ca/key-encryption-key.ts', import.meta.url).href
    const source = `
      const { parentPort, workerData } = require('node:worker_threads')
      import(workerData.module).then(async ({ loadOrCreateKeyFile }) => {
        parentPort.postMessage(Buffer.from(await loadOrCreateKeyFile(workerData.path)).toString('hex'))
      })`
    const keys = await Promise.all(
      Array.from(
        { length: 4 },
        () =>
          new Promise((resolve, reject) => {
            const worker = new Worker(source, { eval: true, workerData: { module, path } })
            worker.once('message', resolve)
            worker.once('error', reject)
          }),
      ),
    )
    assert.equal(new Set(keys).size, 1)
  })

  test('is refused where others may use it, and the error says how to mend that', async () => {
    const content = `${randomBytes(32).toString('base64')}\n`
    for (const mode of [0o640, 0o604, 0o660, 0o644, 0o610]) {
      const path = await written(content, mode)
      await assert.rejects(loadOrCreateKeyFile(path), (error: unknown) => {
        assert(error instanceof KeyFileError)
        assert.ok(error.message.includes(`chmod 600 ${path}`))
        return true
      })
    }
    await loadOrCreateKeyFile(await written(content, 0o400))
  })

  test('is refused, and neither shown nor replaced, where it holds no key', async () => {
    const contents = [
      '',
      '\n',
      'c2hvcnQ=\n',
      randomBytes(31).toString('base64'),
      randomBytes(33).toString('base64'),
      randomBytes(32).toString('hex'),
      `${randomBytes(32).toString('base64')}!`,
      `${randomBytes(32).toString('base64')}\n${randomBytes(32).toString('base64')}\n`,
      'A'.repeat(100_000),
    ]
    for (const content of contents) {
      const path = await written(content, 0o600)
      await assert.rejects(loadOrCreateKeyFile(path), (error: unknown) => {
        assert(error instanceof KeyFileError)
        assert.equal(error.message, `${path} does not hold 32 bytes in base64 on one line.`)
        return true
      })
      assert.equal(await readFile(path, 'utf8'), content)
    }
  })

  test('passes on the fault of a folder that cannot be written', async () => {
    const file = await written('a file where a folder should be', 0o600)
    await assert.rejects(loadOrCreateKeyFile(join(file, 'key')), { code: 'ENOTDIR' })
  })
})

describe('salt file', () => {
  test('holds 16 random bytes that stay the same, and may be read by others', async () => {
    const path = newPath()
    const salt = await loadOrCreateSaltFile(path)
    assert.equal(salt.length, 16)
    await chmod(path, 0o644)
    assert.deepEqual(await loadOrCreateSaltFile(path), salt)
  })
})

describe('key from a passphrase', () => {
  const salt = Uint8Array.from({ length: 16 }, (_, index) => index)

  test('is scrypt with N = 2^17, r = 8, p = 1', async () => {
    const key = await deriveKeyFromPassphrase('correct horse battery staple', salt)
    assert.equal(
      Buffer.from(key).toString('hex'),
      '1b2946da71f41179e83b99dc33842d15741b87c4121c8c7f3781c1df864fb58b',
    )
  })

  test('is the same however accents are composed', async () => {
    const [composed, decomposed] = await Promise.all([
      deriveKeyFromPassphrase('Schl\u00fcssel', salt),
      deriveKeyFromPassphrase('Schlu\u0308ssel', salt),
    ])
    assert.deepEqual(composed, decomposed)
  })

  test('refuses an empty passphrase and a short salt', async () => {
    await assert.rejects(deriveKeyFromPassphrase('', salt), RangeError)
    await assert.rejects(deriveKeyFromPassphrase('passphrase', salt.subarray(1)), RangeError)
  })
})
