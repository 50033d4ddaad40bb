import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { setUpCardMasterKeys } from '../../src/ca/card-master-keys.ts'
import { createVault, VaultError } from '../../src/ca/vault.ts'
import { FakeStore } from './fake-store.ts'

const now = new Date('2026-05-04T03:02:01Z')
const clock = { now: () => now }
const randomness = { bytes: (length: number) => Uint8Array.from(randomBytes(length)) }
const vault = createVault(randomBytes(32), randomness.bytes)

function setUp(store: FakeStore, overrides: { vault?: typeof vault } = {}) {
  return setUpCardMasterKeys({ store, vault, clock, randomness, ...overrides })
}

describe('card master keys', () => {
  test('begin with version 1: 32 bytes, sealed in the store, with an audit record', async () => {
    const store = new FakeStore()
    const keys = await setUp(store)
    assert.equal(keys.current().version, 1)
    assert.equal(keys.current().secret.length, 32)

    const [record, ...others] = store.rows.cardMasterKeys
    assert(record !== undefined)
    assert.deepEqual(others, [])
    assert.equal(record.version, 1)
    assert.deepEqual(vault.open('card master key, version 1', record.sealedSecret), keys.current().secret)
    assert.ok(!Buffer.from(record.sealedSecret).includes(Buffer.from(keys.current().secret)))
    assert.deepEqual(store.rows.audits, [
      {
        at: now,
        action: 'card-master-key-created',
        actorUuid: null,
        requestUuid: null,
        subject: 'version 1',
        facts: { version: 1 },
        correlationId: null,
      },
    ])
  })

  test('stay the same at every start', async () => {
    const store = new FakeStore()
    const first = await setUp(store)
    const rows = store.rows
    const second = await setUp(store)
    assert.deepEqual(second.current().secret, first.current().secret)
    assert.equal(store.rows, rows)
  })

  test('are the same for processes that start at once', async () => {
    const store = new FakeStore()
    const all = await Promise.all(Array.from({ length: 5 }, () => setUp(store)))
    assert.equal(new Set(all.map(keys => Buffer.from(keys.current().secret).toString('hex'))).size, 1)
    assert.equal(store.rows.cardMasterKeys.length, 1)
    assert.equal(store.rows.audits.length, 1)
  })

  test('are kept wholly or not at all when the server dies', async () => {
    for (const deadly of ['insertCardMasterKey', 'audit', 'commit']) {
      const store = new FakeStore()
      const before = store.rows
      store.beforeStep = step => {
        if (step === deadly) throw new Error('killed')
      }
      await assert.rejects(setUp(store), /killed/)
      assert.equal(store.rows, before)
      store.beforeStep = () => {}
      assert.equal((await setUp(store)).current().version, 1)
    }
  })

  test('serve every version; the newest is the current one, in whatever order they come', async () => {
    const store = new FakeStore()
    const secrets = new Map([2, 10, 1].map(version => [version, randomness.bytes(32)]))
    store.rows = {
      ...store.rows,
      cardMasterKeys: [...secrets].map(([version, secret]) => ({
        version,
        sealedSecret: vault.seal(`card master key, version ${version}`, secret),
      })),
    }
    const keys = await setUp(store)
    assert.equal(keys.current().version, 10)
    for (const [version, secret] of secrets) {
      assert.equal(keys.version(version).version, version)
      assert.deepEqual(keys.version(version).secret, secret)
    }
    assert.throws(() => keys.version(3), /no version 3 of the card master key/)
  })

  test('do not open under another key, nor one version in place of another', async () => {
    const store = new FakeStore()
    await setUp(store)
    const other = createVault(randomBytes(32), randomness.bytes)
    await assert.rejects(setUp(store, { vault: other }), (error: unknown) => {
      assert(error instanceof VaultError)
      assert.match(error.message, /card master key, version 1.*key file or passphrase does not fit/)
      return true
    })
    const cardMasterKeys = store.rows.cardMasterKeys.map(record => ({ ...record, version: 2 }))
    store.rows = { ...store.rows, cardMasterKeys }
    await assert.rejects(setUp(store), VaultError)
  })

  test('are not shown to whoever prints them', async () => {
    const keys = await setUp(new FakeStore())
    const hex = Buffer.from(keys.current().secret).toString('hex')
    for (const value of [keys, keys.current()]) {
      const shown = `${inspect(value, { depth: 9, showHidden: true })}${JSON.stringify(value)}`
      assert.ok(!shown.includes(hex.slice(0, 8)))
      assert.doesNotMatch(shown, /Uint8Array|\d+, ?\d+/)
    }
    assert.equal(JSON.stringify(keys.current()), '{"version":1}')
  })
})
