import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  parseBinarySecurityIdentifier,
  securityIdentifierOfUuid,
} from '../../../../src/directory/ldap/attributes/binary-security-identifier.ts'
import {
  formatObjectGuid,
  isUuid,
  parseObjectGuid,
} from '../../../../src/directory/ldap/attributes/object-guid.ts'
import { isSecurityIdentifier } from '../../../../src/domain/security-identifier.ts'

// MS-DTYP 2.3.4.2: Data1, Data2 and Data3 are little-endian, Data4 is a string of bytes.
const bytes = Buffer.from('33221100554477668899aabbccddeeff', 'hex')
const uuid = '00112233-4455-6677-8899-aabbccddeeff'

describe('an objectGUID', () => {
  test('is read and written', () => {
    assert.equal(parseObjectGuid(bytes), uuid)
    assert.deepEqual(formatObjectGuid(uuid), bytes)
    assert.deepEqual(formatObjectGuid(uuid.toUpperCase()), bytes)
  })

  test('comes back the same', () => {
    fc.assert(
      fc.property(fc.uuid(), uuid => {
        assert.equal(parseObjectGuid(formatObjectGuid(uuid)), uuid)
      }),
    )
  })

  test('has sixteen bytes', () => {
    for (const length of [0, 15, 17]) assert.equal(parseObjectGuid(new Uint8Array(length)), null)
  })

  for (const text of [
    '',
    `{${uuid}}`,
    uuid.slice(1),
    `${uuid}\n`,
    uuid.replaceAll('-', ''),
    uuid.replace('a', 'g'),
  ]) {
    test(`is not ${JSON.stringify(text)}`, () => assert.equal(isUuid(text), false))
  }
})

describe('an objectSid', () => {
  for (const [hexadecimal, text] of [
    ['010100000000000512000000', 'S-1-5-18'],
    ['01020000000000052000000020020000', 'S-1-5-32-544'],
    ['0105000000000005150000000102030405060708090a0b0cf4010000', 'S-1-5-21-67305985-134678021-202050057-500'],
    ['0101000000000001ffffffff', 'S-1-1-4294967295'],
    ['0101ffffffffffff01000000', 'S-1-0xFFFFFFFFFFFF-1'],
  ] as const) {
    test(`is read: ${text}`, () => {
      assert.equal(parseBinarySecurityIdentifier(Buffer.from(hexadecimal, 'hex')), text)
    })
  }

  for (const hexadecimal of [
    '',
    '01',
    '0101000000000005120000',
    '01010000000000051200000000',
    '020100000000000512000000',
    '0100000000000005',
    `0110000000000005${'01000000'.repeat(16)}`,
  ]) {
    test(`is not ${hexadecimal === '' ? 'nothing' : hexadecimal}`, () => {
      assert.equal(parseBinarySecurityIdentifier(Buffer.from(hexadecimal, 'hex')), null)
    })
  }

  test('is read from any bytes, or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), bytes => {
        const text = parseBinarySecurityIdentifier(bytes)
        assert.ok(text === null || isSecurityIdentifier(text))
      }),
    )
  })
})

describe('the security identifier of an object that has none', () => {
  test('holds the whole UUID', () => {
    // The numbers of the first eight and last eight digits, as Microsoft Entra ID orders them.
    const expected = ['S-1-12-1', 0x00112233, 0x66774455, 0xbbaa9988, 0xffeeddcc].join('-')
    assert.equal(securityIdentifierOfUuid(uuid), expected)
  })

  test('is another for every UUID, and a sound one', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (one, other) => {
        assert.ok(isSecurityIdentifier(securityIdentifierOfUuid(one)))
        assert.equal(one === other, securityIdentifierOfUuid(one) === securityIdentifierOfUuid(other))
      }),
    )
  })
})
