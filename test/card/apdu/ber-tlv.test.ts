import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import {
  encodeDataObject,
  findValue,
  readDataObject,
  readDataObjects,
  readTemplate,
  requireByte,
} from '../../../src/card/apdu/ber-tlv.ts'
import { CardError } from '../../../src/card/card-error.ts'
import { fromHex, toHex } from './hex.ts'

const refusal = (error: unknown) => error instanceof CardError && error.code === 'invalid-tlv'

suite('BER-TLV data objects', () => {
  test('are read one after another', () => {
    const objects = readDataObjects(fromHex('820139 8302A000 8C03033000'))
    assert.deepEqual(
      objects.map(({ tag, value }) => [tag, toHex(value)]),
      [
        [0x82, '39'],
        [0x83, 'A000'],
        [0x8c, '033000'],
      ],
    )
  })

  test('have tags of up to three bytes', () => {
    assert.equal(readDataObject(fromHex('5C00')).tag, 0x5c)
    assert.equal(readDataObject(fromHex('7F4900')).tag, 0x7f49)
    assert.equal(readDataObject(fromHex('5FC10200')).tag, 0x5fc102)
  })

  for (const [length, prefix] of [
    [0, '00'],
    [127, '7F'],
    [128, '8180'],
    [255, '81FF'],
    [256, '820100'],
    [65_535, '82FFFF'],
    [65_536, '83010000'],
  ] as const) {
    test(`have a length of ${length} written as ${prefix}`, () => {
      const encoded = encodeDataObject(0xdf1f, new Uint8Array(length))
      assert.equal(toHex(encoded.subarray(0, 2 + prefix.length / 2)), `DF1F${prefix}`)
      assert.equal(readDataObject(encoded).value.length, length)
    })
  }

  test('may have longer length fields than they need', () => {
    assert.equal(toHex(readDataObject(fromHex('84820001 81')).value), '81')
  })

  for (const { fault, bytes } of [
    { fault: 'an indefinite length', bytes: '7C80810000' },
    { fault: 'a length of four bytes', bytes: '848400000001FF' },
    { fault: 'a value that is cut short', bytes: '840281' },
    { fault: 'a length that is cut short', bytes: '8482' },
    { fault: 'a tag that is cut short', bytes: '7F' },
    { fault: 'a tag of four bytes', bytes: '7F81818100' },
    { fault: 'a tag with leading zeros', bytes: '7F80490100' },
    { fault: 'a tag of 00', bytes: '0000' },
    { fault: 'a tag of FF', bytes: 'FF00' },
    { fault: 'a thousand objects', bytes: '8000'.repeat(1000) },
  ]) {
    test(`are refused with ${fault}`, () => assert.throws(() => readDataObjects(fromHex(bytes)), refusal))
  }

  test('are refused where one was expected and several or none stand there', () => {
    assert.throws(() => readDataObject(fromHex('80008100')), refusal)
    assert.throws(() => readDataObject(fromHex('')), refusal)
    assert.throws(() => readTemplate(fromHex('7D00'), 0x7c), refusal)
  })

  test('are refused where one tag stands twice', () => {
    const objects = readDataObjects(fromHex('840181 840182'))
    assert.throws(() => findValue(objects, 0x84), refusal)
  })

  test('are refused where a byte was expected and two stand there', () => {
    assert.throws(() => requireByte(readDataObjects(fromHex('84020081')), 0x84), refusal)
    assert.throws(() => requireByte(readDataObjects(fromHex('8400')), 0x84), refusal)
  })

  test('may have padding behind them where that is said, and nowhere else', () => {
    for (const padding of ['00', '0000', 'FFFFFF']) {
      const bytes = fromHex(`81018282${'00'}${padding}`)
      assert.deepEqual(readDataObjects(bytes, 'allowed'), readDataObjects(fromHex('8101828200')))
      assert.throws(() => readDataObjects(bytes), refusal)
      assert.equal(readDataObject(fromHex(`810182${padding}`), 'allowed').tag, 0x81)
    }
    for (const other of ['00FF', '008101', 'FF00']) {
      assert.throws(() => readDataObjects(fromHex(`810182${other}`), 'allowed'), refusal)
    }
  })

  test('come back from their bytes as they were', () => {
    const tag = fc.constantFrom(0x30, 0x5c, 0x84, 0x7f49, 0xdf1f, 0x5fc102)
    const object = fc.record({ tag, value: fc.uint8Array({ maxLength: 300 }) }, { noNullPrototype: true })
    fc.assert(
      fc.property(fc.array(object), objects => {
        const bytes = Buffer.concat(objects.map(({ tag, value }) => encodeDataObject(tag, value)))
        assert.deepEqual(readDataObjects(Uint8Array.from(bytes)), objects)
      }),
    )
  })

  test('are read or refused, never anything else, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
        try {
          readDataObjects(bytes)
        } catch (error) {
          assert.ok(refusal(error))
        }
      }),
    )
  })
})
