import assert from 'node:assert/strict'
import { createCipheriv, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { createVault, VaultError } from '../../src/ca/vault.ts'

const key = new Uint8Array(32).fill(0x4b)
const secret = Buffer.from('the secret that must not be seen')
const vault = createVault(key, randomBytes)

describe('vault', () => {
  test('opens what it sealed, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (bytes, purpose) => {
        assert.deepEqual(vault.open(purpose, vault.seal(purpose, bytes)), bytes)
      }),
    )
  })

  test('opens in another vault of the same key what an earlier start sealed', () => {
    const sealed = createVault(key.slice(), randomBytes).seal('PIN', secret)
    assert.deepEqual(vault.open('PIN', sealed), Uint8Array.from(secret))
  })

  test('seals by AES-256-GCM: version, nonce, ciphertext, tag, with version and purpose as associated data', () => {
    const nonce = Uint8Array.from({ length: 12 }, (_, index) => index)
    const sealed = createVault(key, length => nonce.slice(0, length)).seal('PIN', secret)

    const cipher = createCipheriv('aes-256-gcm', key, nonce)
    cipher.setAAD(Buffer.from('\u0001PIN'))
    const ciphertext = Buffer.concat([cipher.update(secret), cipher.final()])
    assert.deepEqual(
      Buffer.from(sealed),
      Buffer.concat([Uint8Array.of(1), nonce, ciphertext, cipher.getAuthTag()]),
    )
  })

  test('never seals twice under the same nonce', () => {
    const first = vault.seal('PIN', secret)
    const second = vault.seal('PIN', secret)
    assert.notDeepEqual(first.subarray(1, 13), second.subarray(1, 13))
    assert.notDeepEqual(first.subarray(13), second.subarray(13))
  })

  test('refuses sealed bytes with any one byte altered', () => {
    const sealed = vault.seal('PIN', secret)
    for (let index = 0; index < sealed.length; index++) {
      for (const bit of [0x01, 0x80]) {
        const altered = sealed.slice()
        altered[index] = (altered[index] ?? 0) ^ bit
        assert.throws(() => vault.open('PIN', altered), VaultError, `byte ${index}`)
      }
    }
  })

  test('refuses sealed bytes that are cut off or extended', () => {
    const sealed = vault.seal('PIN', secret)
    for (let length = 0; length < sealed.length; length++) {
      assert.throws(() => vault.open('PIN', sealed.subarray(0, length)), VaultError, `${length} bytes`)
    }
    assert.throws(() => vault.open('PIN', Buffer.concat([sealed, Uint8Array.of(0)])), VaultError)
  })

  test('refuses to open in place of something else', () => {
    const sealed = vault.seal('PIN of card 1', secret)
    assert.throws(() => vault.open('PIN of card 2', sealed), VaultError)
    assert.throws(() => vault.open('', sealed), VaultError)
  })

  test('says for a wrong key what could not be opened and what to do', () => {
    const sealed = vault.seal('card master key, version 1', secret)
    const other = createVault(new Uint8Array(32).fill(0x4c), randomBytes)
    assert.throws(
      () => other.open('card master key, version 1', sealed),
      (error: unknown) => {
        assert(error instanceof VaultError)
        assert.equal(error.purpose, 'card master key, version 1')
        assert.match(
          error.message,
          /card master key, version 1.*key file or passphrase does not fit this database/,
        )
        return true
      },
    )
  })

  test('refuses a key that is not of 32 bytes', () => {
    for (const length of [0, 16, 31, 33]) {
      assert.throws(() => createVault(new Uint8Array(length), randomBytes), RangeError)
    }
  })

  test('is not changed when the caller wipes the key that it was made of', () => {
    const given = key.slice()
    const made = createVault(given, randomBytes)
    given.fill(0)
    assert.deepEqual(vault.open('PIN', made.seal('PIN', secret)), Uint8Array.from(secret))
  })

  test('shows its key and its secrets to nobody who prints it or its errors', () => {
    const shown = [inspect(vault, { depth: 9, showHidden: true }), JSON.stringify(vault)]
    const sealed = vault.seal('PIN', secret)
    sealed[20] = (sealed[20] ?? 0) ^ 1
    try {
      vault.open('PIN', sealed)
    } catch (error) {
      shown.push(inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error))
    }
    assert.equal(shown.length, 4)
    for (const text of shown) {
      assert.doesNotMatch(text, /4b4b|4b, ?4b|75, ?75|KKKK|secret that must/i)
    }
  })
})
