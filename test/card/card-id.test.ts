import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { cardIdBytes, cardIdFileBytes, parseCardId, parseCardIdFile } from '../../src/card/card-id.ts'

const canonical = 'bc88f13f-83ba-4037-8262-46eba1291c6e'
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

suite('a card id', () => {
  test('is read in any case, in braces, among blanks', () => {
    for (const text of [
      canonical,
      canonical.toUpperCase(),
      `{${canonical}}`,
      `  {${canonical.toUpperCase()}}\r\n`,
      `{ ${canonical} }`,
    ]) {
      assert.equal(parseCardId(text), canonical)
    }
  })

  test('of no known version is a card id all the same', () => {
    assert.equal(parseCardId('00000000-0000-0000-0000-000000000000'), '00000000-0000-0000-0000-000000000000')
    assert.equal(parseCardId('FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF'), 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  })

  test('is refused in any other form', () => {
    for (const text of [
      '',
      'card',
      `{${canonical}`,
      `${canonical}}`,
      `{{${canonical}}}`,
      canonical.slice(1),
      `${canonical}0`,
      canonical.replaceAll('-', ''),
      canonical.replace('-', '_'),
      canonical.replace('b', 'g'),
      `${canonical}\n${canonical}`,
      canonical.replace('-', ' -'),
    ]) {
      assert.throws(() => parseCardId(text), { name: 'CardError', code: 'invalid-card-id' }, text)
    }
  })

  test('is read or refused, never misread', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        assert.throws(() => parseCardId(text), { code: 'invalid-card-id' })
      }),
    )
  })
})

suite('the bytes of a card id', () => {
  test('stand in the order in which they are written (RFC 9562)', () => {
    assert.equal(hex(cardIdBytes('00112233-4455-6677-8899-AABBCCDDEEFF')), '00112233445566778899aabbccddeeff')
  })

  test('stand in the cardid file as Windows lays a GUID out: three fields little-endian', () => {
    assert.equal(
      hex(cardIdFileBytes('00112233-4455-6677-8899-aabbccddeeff')),
      '33221100554477668899aabbccddeeff',
    )
  })

  test('are read back from the file as the same card id', () => {
    fc.assert(
      fc.property(fc.uuid(), cardId => {
        assert.equal(parseCardIdFile(cardIdFileBytes(cardId)), cardId)
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), content => {
        assert.deepEqual(cardIdFileBytes(parseCardIdFile(content)), content)
      }),
    )
  })

  test('are sixteen', () => {
    for (const length of [0, 15, 17]) {
      assert.throws(() => parseCardIdFile(new Uint8Array(length)), { code: 'invalid-card-id' })
    }
  })
})
