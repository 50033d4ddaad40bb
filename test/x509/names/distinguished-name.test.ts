import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { derTag } from '../../../src/x509/der/der-tag.ts'
import { derSequence, derSetOf, derString, encodeDer } from '../../../src/x509/der/der-writer.ts'
import {
  type DistinguishedName,
  decodeName,
  emptyName,
  encodeName,
  formatName,
  parseName,
} from '../../../src/x509/names/distinguished-name.ts'
import { encodeObjectIdentifier, objectIdentifiers as oids } from '../../../src/x509/object-identifier.ts'
import { assertRefused, hex } from '../refusal.ts'

const single = (type: string, value: string): DistinguishedName => [[{ type, value }]]

test('writes PrintableString where it can, UTF8String otherwise, IA5String for components and e-mail', () => {
  const tagOf = (type: string, value: string) => encodeName(single(type, value))[2 + 2 + 2 + 5]
  assert.equal(tagOf(oids.commonName, 'Alice'), derTag.printableString)
  assert.equal(tagOf(oids.commonName, 'Zoë'), derTag.utf8String)
  assert.equal(tagOf(oids.commonName, 'a@b'), derTag.utf8String)
  assert.equal(tagOf(oids.countryName, 'DE'), derTag.printableString)
  assert.deepEqual(
    encodeName(single(oids.domainComponent, 'com')),
    hex('30153113301106 0a0992268993f22c640119 1603636f6d'),
  )
  assert.equal(encodeName(single(oids.emailAddress, 'a@b'))[2 + 2 + 2 + 11], derTag.ia5String)
})

test('holds to the upper bounds of RFC 5280 Appendix A, counted in characters', () => {
  for (const [type, bound] of [
    [oids.commonName, 64],
    [oids.organizationName, 64],
    [oids.organizationalUnitName, 64],
    [oids.localityName, 128],
    [oids.stateOrProvinceName, 128],
    [oids.title, 64],
    [oids.serialNumber, 64],
    [oids.pseudonym, 128],
    [oids.emailAddress, 255],
  ] as const) {
    assert.ok(encodeName(single(type, 'x'.repeat(bound))).length > bound)
    assertRefused('invalid-name', () => encodeName(single(type, 'x'.repeat(bound + 1))))
  }
  assert.ok(encodeName(single(oids.commonName, '😀'.repeat(64))).length > 256)
  assertRefused('invalid-name', () => encodeName(single(oids.commonName, '😀'.repeat(65))))
})

test('refuses values that are not of their attribute', () => {
  assertRefused('invalid-name', () => encodeName(single(oids.commonName, '')))
  assertRefused('invalid-name', () => encodeName(single(oids.countryName, 'D')))
  assertRefused('invalid-name', () => encodeName(single(oids.countryName, 'DEU')))
  assertRefused('invalid-name', () => encodeName(single(oids.countryName, 'D_')))
  assertRefused('invalid-name', () => encodeName(single(oids.domainComponent, 'münchen')))
  assertRefused('invalid-name', () => encodeName(single(oids.commonName, '\ud800')))
  assertRefused('invalid-name', () => encodeName([[]]))
})

test('reads the string types of older certificates', () => {
  const name = (content: Uint8Array) =>
    encodeDer(derSequence([derSetOf([derSequence([encodeObjectIdentifier(oids.commonName), content])])]))
  assert.deepEqual(decodeName(name(hex('1403 5a6feb'))), single(oids.commonName, 'Zoë'))
  assert.deepEqual(
    decodeName(name(encodeDer(derString(derTag.bmpString, 'Zoë')))),
    single(oids.commonName, 'Zoë'),
  )
  assertRefused('der-unexpected-tag', () => decodeName(name(hex('020101'))))
})

test('formats the examples of RFC 4514 §4', () => {
  const name = (...parts: [string, string][]): DistinguishedName =>
    parts.map(([type, value]) => [{ type, value }]).reverse()
  assert.equal(
    formatName(
      name([oids.userId, 'jsmith'], [oids.domainComponent, 'example'], [oids.domainComponent, 'net']),
    ),
    'UID=jsmith,DC=example,DC=net',
  )
  assert.equal(
    formatName([
      [{ type: oids.domainComponent, value: 'net' }],
      [{ type: oids.domainComponent, value: 'example' }],
      [
        { type: oids.organizationalUnitName, value: 'Sales' },
        { type: oids.commonName, value: 'J.  Smith' },
      ],
    ]),
    'OU=Sales+CN=J.  Smith,DC=example,DC=net',
  )
  assert.equal(
    formatName(name([oids.commonName, 'James "Jim" Smith, III'], [oids.domainComponent, 'example'])),
    'CN=James \\"Jim\\" Smith\\, III,DC=example',
  )
  assert.equal(formatName(name([oids.commonName, 'Before\rAfter'])), 'CN=Before\\0DAfter')
  assert.equal(formatName(emptyName), '')
  assert.equal(formatName(single('1.3.6.1.4.1.1466.0', 'Hi')), '1.3.6.1.4.1.1466.0=#13024869')
})

test('escapes at the edges', () => {
  assert.equal(formatName(single(oids.commonName, ' a ')), 'CN=\\ a\\ ')
  assert.equal(formatName(single(oids.commonName, ' ')), 'CN=\\ ')
  assert.equal(formatName(single(oids.commonName, '#a#')), 'CN=\\#a#')
  assert.equal(formatName(single(oids.commonName, 'a\\+b<c>;')), 'CN=a\\\\\\+b\\<c\\>\\;')
})

test('parses what RFC 4514 §3 allows', () => {
  assert.deepEqual(parseName('CN=Lu\\C4\\8Di\\C4\\87'), single(oids.commonName, 'Lučić'))
  assert.deepEqual(
    parseName('1.3.6.1.4.1.1466.0=#04024869'.replace('04024869', '0c024869')),
    single('1.3.6.1.4.1.1466.0', 'Hi'),
  )
  assert.deepEqual(parseName(' cn = Alice , dc = com '), [
    [{ type: oids.domainComponent, value: 'com' }],
    [{ type: oids.commonName, value: 'Alice' }],
  ])
  assert.deepEqual(parseName('CN=a\\ '), single(oids.commonName, 'a '))
  assert.deepEqual(parseName('2.5.4.3=Alice'), single(oids.commonName, 'Alice'))
  assert.deepEqual(parseName(''), emptyName)
})

test('refuses what RFC 4514 does not allow', () => {
  for (const text of [
    'Alice',
    '=Alice',
    'CN=a,',
    'CN=a,,DC=b',
    'XX=a',
    'CN=a;b',
    'CN="a"',
    'CN=a<b',
    'CN=a\\',
    'CN=a\\x',
    'CN=\\ff',
    'CN=#0',
    'CN=#zz',
    'CN=#0c05aa',
    'CN=a+',
    `CN=${'a'.repeat(70000)}`,
  ]) {
    assertRefused('invalid-name', () => parseName(text))
  }
})

test('every name survives text and encoding', () => {
  const plain = { noNullPrototype: true }
  const anyText = {
    type: fc.constantFrom<string>(
      oids.commonName,
      oids.organizationName,
      oids.localityName,
      oids.userId,
      '1.2.3.4',
    ),
    value: fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
  }
  const ascii = {
    type: fc.constantFrom<string>(oids.domainComponent, oids.emailAddress),
    value: fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 20 }),
  }
  const attribute = fc.oneof(fc.record(anyText, plain), fc.record(ascii, plain))
  fc.assert(
    fc.property(fc.array(fc.array(attribute, { minLength: 1, maxLength: 1 }), { maxLength: 5 }), name => {
      assert.deepEqual(parseName(formatName(name)), name)
      assert.deepEqual(decodeName(encodeName(name)), name)
    }),
    { numRuns: 500 },
  )
})
