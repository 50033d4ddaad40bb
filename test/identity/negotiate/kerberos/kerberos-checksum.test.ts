import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  isKerberosChecksum,
  kerberosChecksumLength,
} from '../../../../src/identity/negotiate/kerberos/kerberos-checksum.ts'
import { checksum } from '../../../testbed/kerberos/encryption.ts'

const hex = (digits: string) => Buffer.from(digits, 'hex')
const data = hex('000102030405060708090a0b0c0d0e0f1011121314')

/** RFC 8009 appendix A, with key usage 2. */
const samples = [
  {
    name: 'hmac-sha256-128-aes128',
    type: 19,
    key: hex('3705d96080c17728a0e800eab6e0d23c'),
    result: hex('d78367186643d67b411cba9139fc1dee'),
  },
  {
    name: 'hmac-sha384-192-aes256',
    type: 20,
    key: hex('6d404d37faf79f9df0d33568d320669800eb4836472ea8a026d16b7182460c52'),
    result: hex('45ee791567eefca37f4ac1e0222de80d43c3bfa06699672a'),
  },
] as const

describe('a checksum of Kerberos', () => {
  for (const { name, type, key, result } of samples) {
    test(`is that of RFC 8009 for ${name}`, () => {
      assert.ok(isKerberosChecksum(result, type, { key, usage: 2, data }))
      assert.equal(kerberosChecksumLength(type), result.length)
    })
  }

  test('is that of hmac-sha1-96-aes256, as the test bed derives it for itself', () => {
    const key = Buffer.alloc(32, 9)
    assert.ok(isKerberosChecksum(checksum(key, 17, data), 16, { key, usage: 17, data }))
  })

  test('differs for other data, another usage and another key, and is compared whole', () => {
    for (const { type, key, result } of samples) {
      assert.ok(!isKerberosChecksum(result, type, { key, usage: 3, data }))
      assert.ok(!isKerberosChecksum(result, type, { key, usage: 2, data: data.subarray(1) }))
      assert.ok(!isKerberosChecksum(result, type, { key: Buffer.alloc(key.length), usage: 2, data }))
      for (let bit = 0; bit < result.length * 8; bit++) {
        const changed = Buffer.from(result)
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        assert.ok(!isKerberosChecksum(changed, type, { key, usage: 2, data }))
      }
    }
  })

  test('is not taken short, with a key of another length, or of a type that is not known', () => {
    const [{ key, result }] = samples
    assert.ok(!isKerberosChecksum(result.subarray(0, 12), 19, { key, usage: 2, data }))
    assert.ok(!isKerberosChecksum(new Uint8Array(0), 19, { key, usage: 2, data }))
    assert.ok(!isKerberosChecksum(result, 19, { key: Buffer.alloc(32), usage: 2, data }))
    assert.ok(!isKerberosChecksum(result, -138, { key, usage: 2, data }))
    assert.equal(kerberosChecksumLength(-138), null)
  })
})
