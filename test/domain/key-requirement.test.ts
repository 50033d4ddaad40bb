import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findKeyFault, largestRsaKey } from '../../src/domain/key-requirement.ts'

const rsa = { algorithm: 'RSA', keySize: 2048 } as const
const ec = { algorithm: 'EC', keySize: 256 } as const
const strong = { weakness: null }

test('takes a key of the size asked for, and a larger RSA key', () => {
  assert.equal(findKeyFault(rsa, { ...rsa, ...strong }), null)
  assert.equal(findKeyFault(rsa, { ...rsa, keySize: 4096, ...strong }), null)
  assert.equal(findKeyFault(ec, { ...ec, ...strong }), null)
})

test('refuses another algorithm, another curve, a short key, a huge key and a weak key', () => {
  assert.match(findKeyFault(rsa, { ...ec, ...strong }) ?? '', /key is EC.* asks for RSA/)
  assert.match(findKeyFault(ec, { ...ec, keySize: 384, ...strong }) ?? '', /384 bits.* asks for 256/)
  assert.match(findKeyFault(rsa, { ...rsa, keySize: 2047, ...strong }) ?? '', /2047 bits/)
  assert.match(findKeyFault(rsa, { ...rsa, keySize: largestRsaKey + 1, ...strong }) ?? '', /more than/)
  assert.match(findKeyFault(rsa, { ...rsa, weakness: 'close primes' }) ?? '', /weak: close primes/)
})
