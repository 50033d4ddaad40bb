import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import {
  encryptBlock,
  hasOddParity,
  isWeakAdminKey,
  withOddParity,
} from '../../../src/card/secrets/triple-des.ts'
import { openssl } from '../openssl.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
const ones = (byte: number) => byte.toString(2).replaceAll('0', '').length

const weakDesKeys = ['0101010101010101', 'fefefefefefefefe', 'e0e0e0e0f1f1f1f1', '1f1f1f1f0e0e0e0e']
const semiWeakDesKeyPairs = [
  ['011f011f010e010e', '1f011f010e010e01'],
  ['01e001e001f101f1', 'e001e001f101f101'],
  ['01fe01fe01fe01fe', 'fe01fe01fe01fe01'],
  ['1fe01fe00ef10ef1', 'e01fe01ff10ef10e'],
  ['1ffe1ffe0efe0efe', 'fe1ffe1ffe0efe0e'],
  ['e0fee0fef1fef1fe', 'fee0fee0fef1fef1'],
] as const
const strongSubKeys = ['0123456789abcdef', '23456789abcdef01'] as const

suite('one block of triple DES', () => {
  test('agrees with openssl', () => {
    fc.assert(
      fc.property(bytes(24), bytes(8), (key, block) => {
        const expected = openssl(
          ['enc', '-des-ede3-ecb', '-nopad', '-K', Buffer.from(key).toString('hex')],
          block,
        )
        assert.deepEqual(Buffer.from(encryptBlock(key, block)), expected)
      }),
      { numRuns: 20 },
    )
  })

  test('encrypts, decrypts and encrypts: the example of SP 800-20, Table A.1, under three equal keys', () => {
    const key = hex('010101010101010101010101010101010101010101010101')
    assert.equal(Buffer.from(encryptBlock(key, hex('8000000000000000'))).toString('hex'), '95f8a5e5dd31d900')
  })

  test('takes no part of a block and no other key length', () => {
    for (const length of [0, 7, 9, 16]) {
      assert.throws(() => encryptBlock(new Uint8Array(24), new Uint8Array(length)), { code: 'invalid-block' })
    }
    for (const length of [0, 8, 16, 23, 25]) {
      assert.throws(() => encryptBlock(new Uint8Array(length), new Uint8Array(8)), { code: 'invalid-key' })
    }
  })

  test('gives a block of its own, not a window on a shared buffer', () => {
    assert.equal(encryptBlock(new Uint8Array(24), new Uint8Array(8)).buffer.byteLength, 8)
  })
})

suite('odd parity', () => {
  test('is set in every byte, in its lowest bit alone, and the key given stays as it was', () => {
    fc.assert(
      fc.property(bytes(24), key => {
        const before = Uint8Array.from(key)
        const adjusted = withOddParity(key)
        assert.deepEqual(key, before)
        assert.ok(adjusted.every(byte => ones(byte) % 2 === 1))
        assert.ok(adjusted.every((byte, index) => byte >> 1 === (key[index] ?? 0) >> 1))
      }),
    )
  })

  test('is seen only where every byte has it', () => {
    for (let byte = 0; byte < 256; byte++) {
      assert.equal(hasOddParity(Uint8Array.of(1, byte, 1)), ones(byte) % 2 === 1)
    }
  })
})

suite('a weak admin key', () => {
  const encryptsUnder = (subKey: string, block: Uint8Array) =>
    encryptBlock(hex(subKey + subKey + subKey), block)

  test('has a sub-key under which DES undoes itself: the list is proved by DES', () => {
    const block = hex('0011223344556677')
    for (const weak of weakDesKeys) {
      assert.deepEqual(encryptsUnder(weak, encryptsUnder(weak, block)), block)
    }
    for (const [one, other] of semiWeakDesKeyPairs) {
      assert.deepEqual(encryptsUnder(one, encryptsUnder(other, block)), block)
      assert.notDeepEqual(encryptsUnder(one, encryptsUnder(one, block)), block)
    }
  })

  test('is seen in each of the three places, whatever its parity bits', () => {
    const [first, second] = strongSubKeys
    for (const weak of [...weakDesKeys, ...semiWeakDesKeyPairs.flat()]) {
      for (const key of [weak + first + second, first + weak + second, first + second + weak]) {
        assert.ok(isWeakAdminKey(hex(key)), key)
        assert.ok(isWeakAdminKey(hex(key).map(byte => byte ^ 1)), key)
      }
    }
  })

  test('is one with two equal sub-keys, whatever their parity bits', () => {
    const [first, second] = strongSubKeys
    for (const key of [first + first + second, first + second + first, second + first + first]) {
      assert.ok(isWeakAdminKey(hex(key)))
      assert.ok(isWeakAdminKey(hex(key).map((byte, index) => (index < 8 ? byte ^ 1 : byte))))
    }
  })

  test('is one that cards are delivered with', () => {
    assert.ok(isWeakAdminKey(new Uint8Array(24)))
    assert.ok(isWeakAdminKey(hex('010203040506070801020304050607080102030405060708')))
  })

  test('is not one of three distinct, strong sub-keys', () => {
    assert.equal(isWeakAdminKey(hex(`${strongSubKeys.join('')}456789abcdef0123`)), false)
    assert.throws(() => isWeakAdminKey(new Uint8Array(16)), { code: 'invalid-key' })
  })
})
