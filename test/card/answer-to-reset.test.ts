import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { parseAnswerToReset } from '../../src/card/answer-to-reset.ts'
import { CardError } from '../../src/card/card-error.ts'

const virtualCard = '3b8d0180fba000000397425446590301c8'
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const refuses = (text: string, reason: RegExp) =>
  assert.throws(
    () => parseAnswerToReset(text),
    { name: 'CardError', code: 'invalid-atr', message: reason },
    text,
  )

/** The bytes after TS with the check byte that makes them whole. */
function withCheckByte(afterInitialCharacter: string): string {
  const bytes = Buffer.from(afterInitialCharacter, 'hex')
  return `3b${hex(bytes)}${hex(Uint8Array.of(bytes.reduce((sum, byte) => sum ^ byte, 0)))}`
}

suite('an answer to reset', () => {
  test('of a Windows virtual smart card: T=1, the GIDS application named, check byte', () => {
    assert.deepEqual(parseAnswerToReset(virtualCard), {
      hex: virtualCard,
      convention: 'direct',
      interfaceBytes: [{ td: 0x01 }],
      protocols: [1],
      historicalBytes: Uint8Array.from(Buffer.from('80fba000000397425446590301', 'hex')),
      checkByte: 0xc8,
    })
  })

  test('of a card with two rounds of interface bytes', () => {
    const parsed = parseAnswerToReset('3bfc1300008131fe15597562696b65794e454f7233e1')
    assert.deepEqual(parsed.interfaceBytes, [
      { ta: 0x13, tb: 0x00, tc: 0x00, td: 0x81 },
      { td: 0x31 },
      { ta: 0xfe, tb: 0x15 },
    ])
    assert.deepEqual(parsed.protocols, [1])
    assert.equal(Buffer.from(parsed.historicalBytes).toString('latin1'), 'YubikeyNEOr3')
    assert.equal(parsed.checkByte, 0xe1)
  })

  test('that names no protocol means T=0 and has no check byte', () => {
    const parsed = parseAnswerToReset('3b021450')
    assert.deepEqual(parsed.protocols, [0])
    assert.deepEqual(parsed.interfaceBytes, [])
    assert.equal(hex(parsed.historicalBytes), '1450')
    assert.equal('checkByte' in parsed, false)
  })

  test('that names T=0 alone has no check byte; beside T=1 or T=15 it has one', () => {
    assert.deepEqual(parseAnswerToReset('3b8000').protocols, [0])
    assert.deepEqual(parseAnswerToReset(withCheckByte('808001')).protocols, [0, 1])
    const globalInterface = parseAnswerToReset(withCheckByte('80801f03'))
    assert.deepEqual(globalInterface.protocols, [0])
    assert.equal(globalInterface.checkByte, 0x1c)
  })

  test('may be coded in inverse convention', () => {
    assert.equal(parseAnswerToReset('3f65351002046c9000').convention, 'inverse')
  })

  test('is read in either case and with blanks between bytes', () => {
    const spaced = ` ${virtualCard.toUpperCase().replaceAll(/(..)/g, '$1 ')} `
    assert.deepEqual(parseAnswerToReset(spaced), parseAnswerToReset(virtualCard))
  })

  test('may have 33 bytes and no more', () => {
    const interfaceAndHistory = (historical: number) =>
      withCheckByte(`f${historical.toString(16)}000000f1000000f1000000f100000001${'55'.repeat(historical)}`)
    assert.equal(parseAnswerToReset(interfaceAndHistory(14)).historicalBytes.length, 14)
    assert.equal(interfaceAndHistory(14).length / 2, 33)
    refuses(interfaceAndHistory(15), /longer than 33/)
  })
})

suite('a malformed answer to reset', () => {
  test('is refused wherever it is cut off', () => {
    for (let length = 0; length < virtualCard.length; length++) {
      assert.throws(() => parseAnswerToReset(virtualCard.slice(0, length)), { code: 'invalid-atr' })
    }
    refuses('3b', /ends before T0/)
    refuses('3b10', /ends before an interface byte TA/)
    refuses('3b8f01', /ends within the historical bytes/)
    refuses('3b8001', /ends before the check byte/)
  })

  test('is refused with any single byte changed, with a byte more, or with another first byte', () => {
    for (let position = 0; position < virtualCard.length; position += 2) {
      const changed = hex(
        Uint8Array.of(Number.parseInt(virtualCard.slice(position, position + 2), 16) ^ 0x20),
      )
      const text = virtualCard.slice(0, position) + changed + virtualCard.slice(position + 2)
      assert.throws(() => parseAnswerToReset(text), { code: 'invalid-atr' }, text)
    }
    refuses(`${virtualCard.slice(0, -2)}c9`, /check byte is wrong/)
    refuses(`${virtualCard}00`, /bytes follow/)
    refuses('3b02145000', /bytes follow/)
    refuses(`3c${virtualCard.slice(2)}`, /neither 3B nor 3F/)
  })

  test('is refused with T=15 as its first protocol', () => {
    refuses(withCheckByte('800f'), /no protocol/)
  })

  test('is refused in anything but whole bytes of hexadecimal digits', () => {
    for (const text of ['3b 0214 5', 'xyz', '3b0g', '3b,02,14,50', '3 b021450', '   '])
      refuses(text, /hexadecimal/)
  })

  test('of any content is read or refused, quickly, and what is read is whole', () => {
    const answers = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom('3', 'b', 'f', '0', '1', ' ') }),
      fc
        .tuple(fc.constantFrom('3b', '3f'), fc.uint8Array({ maxLength: 40 }))
        .map(([initial, rest]) => initial + hex(rest)),
      fc.uint8Array({ minLength: 1, maxLength: 31 }).map(rest => withCheckByte(hex(rest))),
    )
    fc.assert(
      fc.property(answers, text => {
        try {
          const parsed = parseAnswerToReset(text)
          assert.deepEqual(parseAnswerToReset(parsed.hex), parsed)
          assert.ok(parsed.hex.length <= 66 && parsed.protocols.length > 0)
        } catch (error) {
          assert.ok(error instanceof CardError && error.code === 'invalid-atr')
        }
      }),
      { numRuns: 2000 },
    )
    refuses('3b '.repeat(100_000), /longer/)
    refuses(`3b021450${' '.repeat(1000)}`, /longer/)
  })
})
