import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bigEndian32, deriveKeyInCounterMode } from '../../../src/card/secrets/key-derivation.ts'
import { openssl } from '../openssl.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

test('key derivation in counter mode agrees with openssl for every length of key, label, context and result', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 14, maxLength: 80 }),
      fc.stringMatching(/^[A-Za-z0-9 ]{1,40}$/),
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 100 }),
      (key, label, context, length) => {
        const options = [
          'mac:HMAC',
          'digest:SHA256',
          'mode:COUNTER',
          `hexkey:${hex(key)}`,
          `hexsalt:${hex(Buffer.from(label))}`,
          `hexinfo:${hex(context)}`,
        ]
        const expected = openssl([
          'kdf',
          '-binary',
          '-keylen',
          `${length}`,
          ...options.flatMap(option => ['-kdfopt', option]),
          'KBKDF',
        ])
        assert.equal(hex(deriveKeyInCounterMode(key, label, context, length)), hex(expected))
      },
    ),
    { numRuns: 25 },
  )
})

test('a number stands in four bytes, most significant first', () => {
  assert.equal(hex(bigEndian32(0x01020304)), '01020304')
  assert.equal(hex(bigEndian32(0xfffffffe)), 'fffffffe')
})
