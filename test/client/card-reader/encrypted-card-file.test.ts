import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { CardFileError } from '../../../src/client/card-reader/card-file-error.ts'
import {
  type CardFileSecret,
  openEncryptedCardFile,
} from '../../../src/client/card-reader/encrypted-card-file.ts'
import { FileLockedError } from '../../../src/client/card-reader/file-lock.ts'

const key = randomBytes(32)
const content = Buffer.from('the state of a card, secrets included')

async function placeFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-card-file-'))
  t.after(() => rm(folder, { recursive: true }))
  return join(folder, 'card')
}

async function save(file: string, secret: CardFileSecret, bytes: Uint8Array = content): Promise<void> {
  const store = await openEncryptedCardFile(file, secret)
  await store.save(bytes)
  await store.close()
}

async function load(file: string, secret: CardFileSecret): Promise<Uint8Array | undefined> {
  const store = await openEncryptedCardFile(file, secret)
  try {
    return await store.load()
  } finally {
    await store.close()
  }
}

suite('the encrypted file of a card', () => {
  test('gives back what was saved last', async t => {
    const file = await placeFor(t)
    assert.equal(await load(file, { key }), undefined)
    await save(file, { key }, Buffer.from('earlier'))
    await save(file, { key })
    assert.deepEqual(Buffer.from((await load(file, { key })) ?? []), content)
  })

  test('opens with its passphrase, however its accents are composed', async t => {
    const file = await placeFor(t)
    await save(file, { passphrase: 'caf\u00e9 au lait' })
    assert.deepEqual(Buffer.from((await load(file, { passphrase: 'cafe\u0301 au lait' })) ?? []), content)
    await assert.rejects(load(file, { passphrase: 'cafe au lait' }), CardFileError)
  })

  /** Written by version 0.1.0 before there were sealed cards; what follows `Cardinal card 1\n`. */
  const earlierFiles = [
    [
      'a key',
      { key: new Uint8Array(32).fill(7) },
      'f21311daccd2c0d5bf147fb1bea90f04d3811e6d9bfd96e87b267ef874dc85c202a9d66a772b6ad6d6b30eb9df' +
        '1b43e29d789c3b5eef9d18c1337bfd16ed8c',
    ],
    [
      'a passphrase',
      { passphrase: 'correct horse battery' },
      'e45a7934dddd4c5a5fd6d5e7a588b8e163bf5ef2f6334b6ffaae0a3074aba2bf776fda5da5b15d09a7dc4d50d2' +
        'd626494f018cab5b876da7f24e13e98ac415',
    ],
  ] as const
  for (const [what, secret, written] of earlierFiles) {
    test(`opens by ${what} as it was written before`, async t => {
      const file = await placeFor(t)
      await writeFile(file, Buffer.concat([Buffer.from('Cardinal card 1\n'), Buffer.from(written, 'hex')]))
      assert.equal(Buffer.from((await load(file, secret)) ?? []).toString(), 'the state of a card')
    })
  }

  test('does not open with another key', async t => {
    const file = await placeFor(t)
    await save(file, { key })
    await assert.rejects(load(file, { key: randomBytes(32) }), CardFileError)
    await assert.rejects(openEncryptedCardFile(file, { key: randomBytes(16) }), RangeError)
    assert.ok(await load(file, { key }), 'and a refusal leaves no lock')
  })

  test('shows nothing of what is in it, and never the same bytes twice', async t => {
    const file = await placeFor(t)
    const store = await openEncryptedCardFile(file, { key })
    await store.save(content)
    const first = await readFile(file)
    await store.save(content)
    const second = await readFile(file)
    await store.close()
    assert.equal(first.toString('latin1', 0, 16), 'Cardinal card 1\n')
    assert.ok(!first.includes(content.subarray(0, 8)))
    assert.notDeepEqual(first.subarray(32, 44), second.subarray(32, 44), 'the nonce')
    assert.notDeepEqual(first.subarray(44), second.subarray(44))
  })

  test('is refused with any byte changed, cut off or added', async t => {
    const file = await placeFor(t)
    await save(file, { key })
    const whole = await readFile(file)
    for (let position = 0; position < whole.length; position++) {
      const changed = Buffer.from(whole)
      changed[position] = (changed[position] ?? 0) ^ 1
      await writeFile(file, changed)
      await assert.rejects(load(file, { key }), CardFileError)
    }
    for (const damaged of [
      whole.subarray(0, -1),
      whole.subarray(0, 20),
      Buffer.concat([whole, Buffer.of(0)]),
    ]) {
      await writeFile(file, damaged)
      await assert.rejects(load(file, { key }), CardFileError)
    }
  })

  test('is its owner’s alone', async t => {
    const file = await placeFor(t)
    await writeFile(`${file}.new`, 'left by a killed process')
    await chmod(`${file}.new`, 0o666)
    await save(file, { key })
    assert.equal((await stat(file)).mode & 0o777, 0o600)
  })

  test('belongs to one process at a time', async t => {
    const file = await placeFor(t)
    const store = await openEncryptedCardFile(file, { key })
    await assert.rejects(openEncryptedCardFile(file, { key }), FileLockedError)
    await store.save(content)
    await store.close()
    assert.ok(await load(file, { key }))
  })

  test('is taken over from a process that has ended', async t => {
    const file = await placeFor(t)
    // No process has this number: Linux gives none above 2^22.
    await writeFile(`${file}.lock`, '4194305\n')
    await save(file, { key })
    await writeFile(`${file}.lock`, 'no number')
    await save(file, { key })
  })

  test('leaves nothing else in its folder', async t => {
    const file = await placeFor(t)
    await save(file, { key })
    assert.deepEqual(await readdir(join(file, '..')), ['card'])
  })
})
