import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import {
  authenticationResponse,
  equalInConstantTime,
  parseAdminKeyHex,
} from '../../../src/card/secrets/admin-key.ts'
import published from '../../vectors/card/authentication-responses.json' with { type: 'json' }

suite('the response to a challenge', () => {
  for (const { what, adminKeyHex, challenge, response } of published.vectors) {
    test(`is the published one under ${what}`, () => {
      const computed = authenticationResponse(parseAdminKeyHex(adminKeyHex), Buffer.from(challenge, 'base64'))
      assert.equal(Buffer.from(computed).toString('base64'), response)
    })
  }

  test('is refused for anything but 8 bytes, before the key is looked at', () => {
    for (const length of [0, 7, 9, 16]) {
      assert.throws(() => authenticationResponse(new Uint8Array(0), new Uint8Array(length)), {
        name: 'CardError',
        code: 'invalid-challenge',
      })
    }
  })

  test('is refused for a key of another length', () => {
    assert.throws(() => authenticationResponse(new Uint8Array(16), new Uint8Array(8)), {
      code: 'invalid-key',
    })
  })
})

suite('an admin key in hexadecimal digits', () => {
  test('is read in either case', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 24, maxLength: 24 }), key => {
        const text = Buffer.from(key).toString('hex')
        assert.deepEqual(parseAdminKeyHex(text), key)
        assert.deepEqual(parseAdminKeyHex(text.toUpperCase()), key)
      }),
    )
  })

  test('has 48 of them and nothing else, and is not repeated in the refusal', () => {
    const key = '0123456789abcdef'.repeat(3)
    for (const text of [
      '',
      key.slice(2),
      `${key}00`,
      `0x${key.slice(2)}`,
      ` ${key}`,
      `${key}\n`,
      `${key.slice(1)}g`,
    ]) {
      assert.throws(
        () => parseAdminKeyHex(text),
        (error: Error & { code?: string }) =>
          error.code === 'invalid-key' && !error.message.includes('89abcdef'),
      )
    }
  })
})

test('secrets are equal only when all bytes and the length are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), (secret, position) => {
      assert.ok(equalInConstantTime(secret, Uint8Array.from(secret)))
      const changed = secret.map((byte, index) => (index === position % secret.length ? byte ^ 1 : byte))
      assert.equal(equalInConstantTime(secret, changed), false)
      assert.equal(equalInConstantTime(secret, secret.subarray(1)), false)
    }),
  )
})
