import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { CardinalError } from '../../../src/domain/error.ts'
import { parseBasicAuthorization } from '../../../src/identity/passwords/basic-authentication.ts'

const encode = (text: string | Uint8Array) => Buffer.from(text).toString('base64')
const isNotSignedIn = (error: unknown) => error instanceof CardinalError && error.code === 'NotSignedIn'

describe('an Authorization header by the scheme Basic', () => {
  for (const [header, accountName, password] of [
    // RFC 7617 §2 and §2.1
    ['Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==', 'Aladdin', 'open sesame'],
    ['Basic dGVzdDoxMjPCow==', 'test', '123£'],
    ['bAsIc QWxhZGRpbjpvcGVuIHNlc2FtZQ==', 'Aladdin', 'open sesame'],
    ['Basic   QWxhZGRpbjpvcGVuIHNlc2FtZQ==', 'Aladdin', 'open sesame'],
    [`Basic ${encode('CONTOSO\\alice:a:b:')}`, 'CONTOSO\\alice', 'a:b:'],
    [`Basic ${encode('zoe\u0308:x')}`, 'zo\u00eb', 'x'],
    [`Basic ${encode('a:\ufeffb')}`, 'a', '\ufeffb'],
    [`Basic ${encode('\ufeffa:b')}`, '\ufeffa', 'b'],
  ] as const) {
    test(`gives name and password: ${header}`, () => {
      assert.deepEqual(parseBasicAuthorization(header), { accountName, password })
    })
  }

  const atMost1KiB = (spaces: number) => `Basic${' '.repeat(spaces)}${encode(`a:${'x'.repeat(760)}`)}`

  test('may have 1 KiB', () => {
    assert.equal(atMost1KiB(3).length, 1024)
    assert.equal(parseBasicAuthorization(atMost1KiB(3)).accountName, 'a')
  })

  for (const [header, why] of [
    ['', 'empty'],
    ['Basic', 'no credentials'],
    ['Basic ', 'no credentials after the space'],
    ['BasicQWxhZGRpbjpvcGVuIHNlc2FtZQ==', 'no space'],
    ['Basic\tQWxhZGRpbjpvcGVuIHNlc2FtZQ==', 'a tab for a space'],
    [' Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==', 'a space before'],
    ['Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ== ', 'a space after'],
    ['Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\n', 'a line feed after'],
    ['Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==, Basic YTpi', 'two credentials'],
    ['Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ', 'padding left out'],
    ['Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=', 'half the padding'],
    ['Basic YTpi=', 'padding too much'],
    ['Basic YTpiZZ==', 'bits set behind the end'],
    ['Basic YT-_', 'the URL alphabet'],
    ['Basic YTp*Yg==', 'a character outside the alphabet'],
    ['Basic =', 'padding alone'],
    ['Bearer YTpi', 'another scheme'],
    ['Negotiate YTpi', 'another scheme'],
    [`Basic ${encode('alice')}`, 'no colon'],
    [`Basic ${encode(':secret')}`, 'an empty name'],
    [`Basic ${encode('alice:')}`, 'an empty password'],
    [`Basic ${encode('alice\0:secret')}`, 'a zero in the name'],
    [`Basic ${encode('alice:sec\nret')}`, 'a line feed in the password'],
    [`Basic ${encode('alice:secret\x7f')}`, 'DEL'],
    [`Basic ${encode('alice:secret\u0085')}`, 'a C1 control'],
    [`Basic ${encode(Uint8Array.of(0x61, 0x3a, 0xa3))}`, 'ISO 8859-1'],
    [`Basic ${encode(Uint8Array.of(0x61, 0x3a, 0xc0, 0x80))}`, 'UTF-8 that is longer than it need be'],
    [`Basic ${encode(Uint8Array.of(0x61, 0x3a, 0xed, 0xa0, 0x80))}`, 'half a surrogate pair in UTF-8'],
    [atMost1KiB(4), 'more than 1 KiB'],
    [`Basic ${' '.repeat(100_000)}YTpi`, 'very many spaces'],
    [`Basic ${'A'.repeat(10_000_000)}`, 'very long'],
  ] as const) {
    test(`is refused: ${why}`, () => {
      assert.throws(() => parseBasicAuthorization(header), isNotSignedIn)
    })
  }

  test('never shows in the error', () => {
    const header = `Basic ${encode('alice:hunter2\n')}`
    assert.throws(
      () => parseBasicAuthorization(header),
      (error: unknown) => error instanceof Error && !/hunter2|alice|YWxp/.test(error.message),
    )
  })

  test('gives back every name and password, and throws nothing but NotSignedIn', () => {
    const part = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(part, part, (name, password) => {
        const header = `Basic ${encode(`${name}:${password}`)}`
        if (name.includes(':') || /\p{Cc}/u.test(name + password) || header.length > 1024) {
          return
        }
        assert.deepEqual(parseBasicAuthorization(header), { accountName: name.normalize('NFC'), password })
      }),
    )
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map(text => `Basic ${text}`),
      fc.uint8Array({ maxLength: 100 }).map(bytes => `Basic ${encode(bytes)}`),
      fc.base64String().map(text => `basic ${text}`),
    )
    fc.assert(
      fc.property(hostile, header => {
        try {
          parseBasicAuthorization(header)
        } catch (error) {
          assert.ok(isNotSignedIn(error))
        }
      }),
      { numRuns: 2000 },
    )
  })
})
