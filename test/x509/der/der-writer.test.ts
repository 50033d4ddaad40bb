import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as asn1js from 'asn1js'
import fc from 'fast-check'
import { toBigInt } from '../../../src/x509/der/bytes.ts'
import { decodeDer } from '../../../src/x509/der/der-reader.ts'
import { derTag } from '../../../src/x509/der/der-tag.ts'
import {
  derBitString,
  derInteger,
  derNamedBits,
  derOctetString,
  derSequence,
  derSetOf,
  derString,
  derTime,
  encodeDer,
} from '../../../src/x509/der/der-writer.ts'
import { assertRefused, hex } from '../refusal.ts'

test('writes lengths in their shortest form', () => {
  for (const [length, header] of [
    [0, '0400'],
    [127, '047f'],
    [128, '048180'],
    [255, '0481ff'],
    [256, '04820100'],
    [65535, '0482ffff'],
    [65536, '0483010000'],
    [16777216, '048401000000'],
  ] as const) {
    const der = encodeDer(derOctetString(new Uint8Array(length)))
    assert.deepEqual(der.subarray(0, header.length / 2), hex(header))
    assert.equal(der.length, length + header.length / 2)
  }
})

test('writes integers in their shortest form, never negative', () => {
  assert.deepEqual(derInteger(0), hex('020100'))
  assert.deepEqual(derInteger(127), hex('02017f'))
  assert.deepEqual(derInteger(128), hex('02020080'))
  assert.deepEqual(derInteger(65537), hex('0203010001'))
  assert.deepEqual(derInteger(Uint8Array.of(0, 0, 0x80)), hex('02020080'))
  assert.deepEqual(derInteger(Uint8Array.of(0, 0)), hex('020100'))
  assertRefused('der-invalid-integer', () => derInteger(-1))
  assertRefused('der-invalid-integer', () => derInteger(1.5))
  assertRefused('der-invalid-integer', () => derInteger(new Uint8Array(0)))
})

test('writes named bits without trailing zeros', () => {
  assert.deepEqual(encodeDer(derNamedBits([])), hex('030100'))
  assert.deepEqual(encodeDer(derNamedBits([0])), hex('03020780'))
  assert.deepEqual(encodeDer(derNamedBits([6, 5, 0])), hex('03020186'))
  assert.deepEqual(encodeDer(derNamedBits([0, 8])), hex('0303078080'))
})

test('sorts a SET OF', () => {
  assert.deepEqual(
    encodeDer(derSetOf([derInteger(300), derInteger(2), derInteger(1)])),
    hex('310a02010102010202 02012c'),
  )
})

test('writes UTCTime to 2049 and GeneralizedTime from 2050', () => {
  const text = (date: string) => Buffer.from(encodeDer(derTime(new Date(date)))).toString('latin1')
  assert.equal(text('1950-01-01T00:00:00Z'), '\x17\x0d500101000000Z')
  assert.equal(text('2049-12-31T23:59:59.999Z'), '\x17\x0d491231235959Z')
  assert.equal(text('2050-01-01T00:00:00Z'), '\x18\x0f20500101000000Z')
  assert.equal(text('1949-12-31T23:59:59Z'), '\x18\x0f19491231235959Z')
  assert.equal(text('9999-12-31T23:59:59Z'), '\x18\x0f99991231235959Z')
  assertRefused('der-invalid-time', () => derTime(new Date('+010000-01-01T00:00:00Z')))
  assertRefused('der-invalid-time', () => derTime(new Date(Number.NaN)))
})

test('reads back every integer, as asn1js does', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 200n }), value => {
      const der = derInteger(value)
      assert.equal(toBigInt(decodeDer(der, reader => reader.unsignedInteger())), value)
      const { result } = asn1js.fromBER(Uint8Array.from(der).buffer)
      assert.ok(result instanceof asn1js.Integer)
      assert.equal(result.toBigInt(), value)
    }),
  )
})

test('reads back every string and nesting, as asn1js does', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 300 }), (text, bytes) => {
      const der = encodeDer(
        derSequence([
          derString(derTag.utf8String, text),
          derSequence([derBitString(bytes), derOctetString(bytes)]),
        ]),
      )
      const value = decodeDer(der, reader =>
        reader.sequence(outer => ({
          text: outer.string(derTag.utf8String),
          inner: outer.sequence(inner => [inner.alignedBitString(), inner.octetString()]),
        })),
      )
      assert.deepEqual(value, { text, inner: [bytes, bytes] })
      const { result, offset } = asn1js.fromBER(Uint8Array.from(der).buffer)
      assert.equal(offset, der.length)
      assert.deepEqual(new Uint8Array(result.toBER()), der)
    }),
  )
})
