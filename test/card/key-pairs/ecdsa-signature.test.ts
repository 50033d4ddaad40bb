import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { encodeEcdsaSignature } from '../../../src/card/key-pairs/ecdsa-signature.ts'
import { fromHex, toHex } from '../apdu/hex.ts'

suite('an ECDSA signature in DER', () => {
  for (const [what, plain, der] of [
    ['two integers', '01020304 05060708', '300C 020401020304 020405060708'],
    ['a zero before the highest bit', '80000000 7FFFFFFF', '300D 02050080000000 02047FFFFFFF'],
    ['no zeros in front', '00000102 00008003', '3009 02020102 0203008003'],
    ['zero itself', '00000000 00000001', '3006 020100 020101'],
  ] as const) {
    test(`has ${what}`, () => {
      assert.equal(toHex(encodeEcdsaSignature(fromHex(plain))), der.replaceAll(' ', ''))
    })
  }
})
