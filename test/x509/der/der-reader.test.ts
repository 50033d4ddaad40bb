import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DerReader, decodeDer } from '../../../src/x509/der/der-reader.ts'
import { derTag } from '../../../src/x509/der/der-tag.ts'
import { X509Error, type X509ErrorCode } from '../../../src/x509/x509-error.ts'
import { assertRefused, hex } from '../refusal.ts'

const any = (reader: DerReader) => reader.any()

test('reads what DER allows', () => {
  assert.equal(
    decodeDer(hex('0101ff'), reader => reader.boolean()),
    true,
  )
  assert.equal(
    decodeDer(hex('010100'), reader => reader.boolean()),
    false,
  )
  assert.deepEqual(
    decodeDer(hex('020200ff'), reader => reader.integer()),
    hex('00ff'),
  )
  assert.deepEqual(
    decodeDer(hex('020200ff'), reader => reader.unsignedInteger()),
    hex('ff'),
  )
  assert.equal(
    decodeDer(hex('0203010000'), reader => reader.smallInteger()),
    65536,
  )
  assert.equal(
    decodeDer(hex('06032a0304'), reader => reader.objectIdentifier()),
    '1.2.3.4',
  )
  assert.deepEqual(
    decodeDer(hex('03020186'), reader => reader.namedBits()),
    [0, 5, 6],
  )
  assert.deepEqual(
    decodeDer(hex('0303000102'), reader => reader.alignedBitString()),
    hex('0102'),
  )
  assert.equal(
    decodeDer(hex('0c02c3a9'), reader => reader.string(derTag.utf8String)),
    'é',
  )
  assert.equal(
    decodeDer(hex('1e0400480069'), reader => reader.string(derTag.bmpString)),
    'Hi',
  )
  assert.deepEqual(
    decodeDer(hex('3006020101020102'), reader => reader.sequenceOf(inner => inner.smallInteger())),
    [1, 2],
  )
  assert.deepEqual(
    decodeDer(hex('3106020101020102'), reader => reader.setOf(inner => inner.smallInteger())),
    [1, 2],
  )
})

test('reads small integers to 2^32 − 1, as versions and body part numbers go', () => {
  const small = (der: string) => decodeDer(hex(der), reader => reader.smallInteger())
  assert.equal(small('020500ffffffff'), 2 ** 32 - 1)
  assert.equal(small('02047fffffff'), 2 ** 31 - 1)
  assertRefused('der-invalid-integer', () => small('02050100000000'))
  assertRefused('der-invalid-integer', () => small('0204ffffff00'))
})

test('reads times in the two forms of RFC 5280', () => {
  const time = (text: string, tag: string) =>
    decodeDer(
      hex(tag + text.length.toString(16).padStart(2, '0') + Buffer.from(text).toString('hex')),
      reader => reader.time(),
    ).toISOString()
  assert.equal(time('491231235959Z', '17'), '2049-12-31T23:59:59.000Z')
  assert.equal(time('500101000000Z', '17'), '1950-01-01T00:00:00.000Z')
  assert.equal(time('20500101000000Z', '18'), '2050-01-01T00:00:00.000Z')
  assert.equal(time('99991231235959Z', '18'), '9999-12-31T23:59:59.000Z')
})

const refusedByAny: readonly [string, string, X509ErrorCode][] = [
  ['nothing', '', 'der-truncated'],
  ['a tag without length', '30', 'der-truncated'],
  ['content that is cut off', '0405010203', 'der-truncated'],
  ['a length that is cut off', '048201', 'der-truncated'],
  ['an indefinite length', '30800000', 'der-indefinite-length'],
  ['an indefinite length inside', '3004308000 00', 'der-indefinite-length'],
  ['a long form where the short one does', '04810101', 'der-non-minimal-length'],
  ['a long form with a leading zero', `04820080${'00'.repeat(128)}`, 'der-non-minimal-length'],
  ['a length of five octets', '04850000000001aa', 'der-too-large'],
  ['the reserved length FF', '04ff', 'der-too-large'],
  ['a length beyond the enclosing element', '3003040205', 'der-truncated'],
  ['data after the end', '050000', 'der-trailing-data'],
  ['end-of-contents octets', '0000', 'der-unexpected-tag'],
  ['a tag number of several octets', '1f8101 00', 'der-unexpected-tag'],
  ['a constructed octet string', '2403040101', 'der-unexpected-tag'],
  ['a constructed character string', '2c030c0141', 'der-unexpected-tag'],
  ['an integer without octets', '0200', 'der-invalid-integer'],
  ['an integer with a leading zero', '0202007f', 'der-invalid-integer'],
  ['a negative integer with leading ones', '0202ff80', 'der-invalid-integer'],
  ['an enumerated with a leading zero', '0a020001', 'der-invalid-integer'],
  ['a boolean that is neither 00 nor FF', '010101', 'der-invalid-boolean'],
  ['a boolean of two octets', '0102ffff', 'der-invalid-boolean'],
  ['NULL with content', '050100', 'der-invalid-null'],
  ['a bit string without octets', '0300', 'der-invalid-bit-string'],
  ['a bit string with 8 unused bits', '03020800', 'der-invalid-bit-string'],
  ['an empty bit string with unused bits', '030101', 'der-invalid-bit-string'],
  ['unused bits that are set', '03020101', 'der-invalid-bit-string'],
  ['an empty object identifier', '0600', 'der-invalid-oid'],
  ['an object identifier that is cut off', '06022a83', 'der-invalid-oid'],
  ['an arc that is padded', '06032a8001', 'der-invalid-oid'],
  ['a SET OF out of order', '3106020102020101', 'der-set-order'],
  ['UTF-8 that is none', '0c01ff', 'der-invalid-string'],
  ['an overlong UTF-8 sequence', '0c02c080', 'der-invalid-string'],
  ['an underscore in a PrintableString', '13015f', 'der-invalid-string'],
  ['an IA5String beyond ASCII', '160180', 'der-invalid-string'],
  ['a BMPString of three octets', '1e03004100', 'der-invalid-string'],
  ['a surrogate in a BMPString', '1e02d800', 'der-invalid-string'],
]

for (const [what, bytes, code] of refusedByAny) {
  test(`refuses ${what}`, () => assertRefused(code, () => decodeDer(hex(bytes), any)))
}

const refusedByType: readonly [string, string, (reader: DerReader) => unknown, X509ErrorCode][] = [
  ['another tag', '0500', reader => reader.integer(), 'der-unexpected-tag'],
  ['FALSE where it is the default', '010100', reader => reader.defaultFalse(), 'der-encoded-default'],
  [
    'a negative integer where none may be',
    '0201ff',
    reader => reader.unsignedInteger(),
    'der-invalid-integer',
  ],
  [
    'a small integer of five octets',
    '02050100000000',
    reader => reader.smallInteger(),
    'der-invalid-integer',
  ],
  ['named bits that end in a zero', '03020080', reader => reader.namedBits(), 'der-invalid-bit-string'],
  [
    'a bit string of no whole octets',
    '03020780',
    reader => reader.alignedBitString(),
    'der-invalid-bit-string',
  ],
  ['what a sequence has left over', '3003020101', reader => reader.sequence(() => 0), 'der-trailing-data'],
]

for (const [what, bytes, read, code] of refusedByType) {
  test(`refuses ${what}`, () => {
    assertRefused(code, () => decodeDer(hex(bytes), read))
  })
}

for (const [what, tag, text] of [
  ['without seconds', '17', '2601010000Z'],
  ['with an offset', '17', '260101000000+0100'],
  ['without Z', '17', '260101000000'],
  ['with a fraction', '18', '20260101000000.5Z'],
  ['in a 13th month', '17', '261301000000Z'],
  ['on 30 February', '17', '260230000000Z'],
  ['at 24 hours', '17', '260101240000Z'],
  ['with a leap second', '17', '261231235960Z'],
  ['with a letter', '17', '2601010000o0Z'],
] as const) {
  test(`refuses a time ${what}`, () => {
    const der = hex(tag + text.length.toString(16).padStart(2, '0') + Buffer.from(text).toString('hex'))
    assertRefused('der-invalid-time', () => decodeDer(der, reader => reader.time()))
  })
}

test('refuses more than 32 levels', () => {
  let der: Uint8Array = hex('0500')
  for (let level = 0; level < 32; level++) der = Uint8Array.of(0x30, der.length, ...der)
  assert.equal(decodeDer(der, any).length, 66)
  assertRefused('der-too-deep', () => decodeDer(Uint8Array.of(0x30, der.length, ...der), any))
})

test('refuses more bytes than the caller allows', () => {
  assertRefused('der-too-large', () => decodeDer(hex('0403010203'), any, 4))
})

test('names the byte where it goes wrong and repeats nothing', () => {
  const der = hex('300a 0c06 736563726574 0102')
  assert.throws(
    () => decodeDer(der, any),
    (error: unknown) =>
      error instanceof X509Error && /at byte 10$/.test(error.message) && !/secret/.test(error.message),
  )
})

test('hands out plain arrays also of a Buffer', () => {
  const value = decodeDer(Buffer.from('0401ff', 'hex'), reader => reader.octetString())
  assert.equal(Object.getPrototypeOf(value), Uint8Array.prototype)
})
