import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { CardError } from '../../../src/card/card-error.ts'
import type { KeyType } from '../../../src/card/key-pairs/key-type.ts'
import {
  encodePublicKeyTemplate,
  readPublicKeyTemplate,
} from '../../../src/card/key-pairs/public-key-template.ts'
import { fromHex, toHex } from '../apdu/hex.ts'

const rsa: KeyType = { algorithm: 'RSA', keySize: 2048 }
const p256: KeyType = { algorithm: 'EC', curve: 'P-256', coordinateLength: 32 }
const p384: KeyType = { algorithm: 'EC', curve: 'P-384', coordinateLength: 48 }

/** The base point of P-256 (SP 800-186 §3.2.1.3). */
const basePoint =
  '04 6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296' +
  '4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5'
const point = (bytes: string) => fromHex(`7F49438641${bytes}`)

/** A modulus of 256 bytes between these two. */
const rsaTemplate = (first: string, last: string, exponent = '010001') =>
  fromHex(
    `7F4982${hexLength(262 + exponent.length / 2)} 81820100 ${first}${'5A'.repeat(254)}${last}` +
      `82${byteLength(exponent)}${exponent}`,
  )

suite('the template of a public key', () => {
  for (const [type, key] of [
    [rsa, generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey],
    [p256, generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey],
    [p384, generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey],
  ] as const) {
    test(`brings a key back: ${JSON.stringify(type)}`, () => {
      assert.ok(readPublicKeyTemplate(encodePublicKeyTemplate(key), type).equals(key))
    })
  }

  test('holds the uncompressed point of a curve', () => {
    const key = readPublicKeyTemplate(point(basePoint), p256)
    assert.deepEqual(toHex(encodePublicKeyTemplate(key)), toHex(point(basePoint)))
    assert.equal(createPublicKey(key.export({ type: 'spki', format: 'pem' })).asymmetricKeyType, 'ec')
  })

  test('may have a modulus written as a signed integer', () => {
    const signed = fromHex(`7F4982010A 81820101 00C1${'5A'.repeat(254)}5B 8203010001`)
    assert.ok(readPublicKeyTemplate(signed, rsa).equals(readPublicKeyTemplate(rsaTemplate('C1', '5B'), rsa)))
  })

  for (const [what, template, type] of [
    ['a point off the curve', point(`${basePoint.slice(0, -2)}F4`), p256],
    ['a point that is compressed', point(`02${basePoint.slice(2)}`), p256],
    ['a point of a shorter curve', point(basePoint), p384],
    ['a modulus without its highest bit', rsaTemplate('41', '5B'), rsa],
    ['a modulus of another length', rsaTemplate('C1', '5B'), { algorithm: 'RSA', keySize: 3072 }],
    ['an even exponent', rsaTemplate('C1', '5B', '010000'), rsa],
    ['an exponent of nine bytes', rsaTemplate('C1', '5B', '010000000000000001'), rsa],
    ['no exponent', fromHex(`7F49820104 81820100 C1${'5A'.repeat(254)}5B`), rsa],
    ['a point where numbers of RSA belong', point(basePoint), rsa],
    ['another template', fromHex('7F4A00'), rsa],
  ] as const satisfies readonly (readonly [string, Uint8Array, KeyType])[]) {
    test(`is refused with ${what}`, () =>
      assert.throws(() => readPublicKeyTemplate(template, type), malformed))
  }

  test('is a key or refused, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(rsa, p256, p384), (bytes, type) => {
        try {
          readPublicKeyTemplate(bytes, type)
        } catch (error) {
          assert.ok(malformed(error))
        }
      }),
    )
  })
})

function malformed(error: unknown): boolean {
  return error instanceof CardError && error.code === 'invalid-tlv'
}

function hexLength(length: number): string {
  return length.toString(16).padStart(4, '0')
}

function byteLength(hex: string): string {
  return (hex.length / 2).toString(16).padStart(2, '0')
}
