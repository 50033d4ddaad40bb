import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { encodeCommandApdu, parseCommandApdu } from '../../../src/card/apdu/command-apdu.ts'
import { CardError } from '../../../src/card/card-error.ts'
import { fromHex, toHex } from './hex.ts'

const data300 = '5A'.repeat(300)

suite('a command APDU (ISO/IEC 7816-4 §5.1)', () => {
  for (const { form, bytes, data, expectedLength } of [
    { form: 'case 1', bytes: '00440000', data: '', expectedLength: 0 },
    { form: 'case 2 short', bytes: '0084000008', data: '', expectedLength: 8 },
    { form: 'case 2 short for 256 bytes', bytes: '00C0000000', data: '', expectedLength: 256 },
    { form: 'case 3 short', bytes: '00A4000C023FFF', data: '3FFF', expectedLength: 0 },
    { form: 'case 4 short', bytes: '00CBA000045C02DF1F00', data: '5C02DF1F', expectedLength: 256 },
    { form: 'case 2 extended', bytes: '00C00000000101', data: '', expectedLength: 257 },
    { form: 'case 2 extended for 65,536 bytes', bytes: '00C00000000000', data: '', expectedLength: 65_536 },
    { form: 'case 3 extended', bytes: `00DBA01000012C${data300}`, data: data300, expectedLength: 0 },
    { form: 'case 4 extended', bytes: `002A808600012C${data300}0200`, data: data300, expectedLength: 512 },
  ]) {
    test(`is read and written as ${form}`, () => {
      const command = parseCommandApdu(fromHex(bytes))
      assert.equal(toHex(command.data), data)
      assert.equal(command.expectedLength, expectedLength)
      assert.equal(toHex(encodeCommandApdu(command)), bytes)
    })
  }

  test('is read in the extended form even where the short one would do', () => {
    const command = parseCommandApdu(fromHex('00A4040C000002A000'))
    assert.equal(toHex(command.data), 'A000')
    assert.equal(parseCommandApdu(fromHex('00A40400000002A0000000')).expectedLength, 65_536)
  })

  for (const { fault, bytes } of [
    { fault: 'nothing', bytes: '' },
    { fault: 'half a header', bytes: '00A404' },
    { fault: 'less data than Lc says', bytes: '00A4000C033FFF' },
    { fault: 'a byte behind Le', bytes: '00A40000023FFF0000' },
    { fault: 'half an extended length', bytes: '00A400000001' },
    { fault: 'an extended Lc of zero', bytes: '00A40000000000AA' },
    { fault: 'a one-byte Le behind an extended Lc', bytes: '00A40000000002A00000' },
  ]) {
    test(`refuses ${fault}`, () => {
      assert.throws(
        () => parseCommandApdu(fromHex(bytes)),
        error => error instanceof CardError && error.code === 'invalid-apdu',
      )
    })
  }

  test('comes back from its bytes as it was, whatever its parts', () => {
    const byte = fc.integer({ min: 0, max: 255 })
    const parts = {
      cla: byte,
      ins: byte,
      p1: byte,
      p2: byte,
      data: fc.uint8Array({ maxLength: 700 }),
      expectedLength: fc.integer({ min: 0, max: 65_536 }),
    }
    const command = fc.record(parts, { noNullPrototype: true })
    fc.assert(
      fc.property(command, original => {
        assert.deepEqual(parseCommandApdu(encodeCommandApdu(original)), original)
      }),
    )
  })

  test('is read or refused, never anything else, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), bytes => {
        try {
          assert.ok(parseCommandApdu(bytes).data.length <= bytes.length)
        } catch (error) {
          assert.ok(error instanceof CardError)
        }
      }),
    )
  })

  test('is not written with parts out of their ranges', () => {
    const command = { cla: 0, ins: 0xa4, p1: 0, p2: 0, data: new Uint8Array(), expectedLength: 0 }
    for (const fault of [
      { cla: 256 },
      { p1: -1 },
      { p2: 0.5 },
      { expectedLength: 65_537 },
      { data: new Uint8Array(65_536) },
    ]) {
      assert.throws(() => encodeCommandApdu({ ...command, ...fault }), CardError)
    }
  })
})
