import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  decodeObjectIdentifier,
  encodeObjectIdentifier,
  objectIdentifiers,
} from '../../src/x509/object-identifier.ts'
import { runTool } from './external-tool.ts'
import { assertRefused, hex } from './refusal.ts'

const decode = (der: Uint8Array) => decodeObjectIdentifier(der.subarray(2))

test('encodes published examples', () => {
  // X.690 §8.19.5 and RFC 5280's id-kp-clientAuth.
  assert.deepEqual(encodeObjectIdentifier('2.999.3'), hex('0603883703'))
  assert.deepEqual(encodeObjectIdentifier('1.3.6.1.5.5.7.3.2'), hex('06082b06010505070302'))
})

test('knows its own names and reads them back', () => {
  const all = Object.values(objectIdentifiers)
  assert.equal(new Set(all).size, all.length)
  for (const dotted of all) assert.equal(decode(encodeObjectIdentifier(dotted)), dotted)
})

test('reads back every identifier', () => {
  const arcs = fc.array(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), { maxLength: 5 })
  const first = fc.oneof(
    fc.tuple(fc.constantFrom(0n, 1n), fc.bigInt({ min: 0n, max: 39n })),
    fc.tuple(fc.constant(2n), fc.bigInt({ min: 0n, max: 2n ** 64n })),
  )
  fc.assert(
    fc.property(first, arcs, (head, rest) => {
      const dotted = [...head, ...rest].join('.')
      assert.equal(decode(encodeObjectIdentifier(dotted)), dotted)
    }),
  )
})

test('reads a UUID-based identifier as openssl does', () => {
  const dotted = '2.25.329800735698586629295641978511506172918'
  assert.equal(decode(encodeObjectIdentifier(dotted)), dotted)
  assert.ok(
    runTool('openssl', ['asn1parse', '-inform', 'DER', '-in', 'oid'], {
      oid: encodeObjectIdentifier(dotted),
    }).includes(dotted),
  )
})

test('refuses text that is no identifier', () => {
  for (const text of [
    '',
    '1',
    '3.1',
    '1.40',
    '0.40',
    '1.2.',
    '.1.2',
    '1.02',
    '1.2.a',
    '1.-2',
    ' 1.2',
    `1.2.${'9'.repeat(60)}`,
  ]) {
    assertRefused('der-invalid-oid', () => encodeObjectIdentifier(text))
  }
})

test('refuses arcs and identifiers of no reasonable length', () => {
  assertRefused('der-invalid-oid', () => decodeObjectIdentifier(hex(`2a${'81'.repeat(19)}01`)))
  assertRefused('der-invalid-oid', () => decodeObjectIdentifier(hex('2a'.repeat(128))))
})
