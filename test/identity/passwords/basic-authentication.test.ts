import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { parseBasicAuthorization } from '../../../src/identity/passwords/basic-authentication.ts'
import { SignInRefusal } from '../../../src/identity/sign-in-refusal.ts'

const encode = (text: string | Uint8Array) => Buffer.from(text).toString('base64')
const isMalformed = (error: unknown): error is SignInRefusal =>
  error instanceof SignInRefusal &&
  error.reason === 'malformed-basic' &&
  error.details.answer ===
    'The Authorization header does not hold a name and a password by the scheme Basic (RFC 7617).'

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
      assert.throws(() => parseBasicAuthorization(header), isMalformed)
    })
  }

  for (const [header, sentence, account] of [
    ['Basic', 'Nothing stands behind Basic.', undefined],
    ['Basic Og==', 'The name is empty.', undefined],
    ['Basic YWxpY2U', 'It is not base64 with padding.', undefined],
    [`Basic ${encode('hunter2')}`, 'It has no colon between name and password.', undefined],
    [`Basic ${encode('alice:')}`, 'The password is empty.', 'alice'],
    [`Basic ${encode('alice:hunter2\n')}`, 'It has a control character.', 'alice'],
    [
      // Windows-1252.
      `Basic ${encode(Buffer.from('josé:hunter2é', 'latin1'))}`,
      'It is not UTF-8, in which the client must write name and password.',
      'jos\ufffd',
    ],
    [
      `Basic ${encode(`a\u2028${'b'.repeat(100)}:hunter2\n`)}`,
      'It has a control character.',
      `a?${'b'.repeat(62)}`,
    ],
    [atMost1KiB(4), 'It has more than 1024 characters.', undefined],
  ] as const) {
    test(`is refused with the reason for the log: ${sentence.slice(0, -1)} (${header.length})`, () => {
      assert.throws(
        () => parseBasicAuthorization(header),
        (error: unknown) => {
          assert.ok(isMalformed(error))
          assert.equal(error.message, `${error.details.answer} ${sentence}`)
          assert.equal(error.details.account, account)
          return !inspect(error).includes('hunter2') && !inspect(error).includes(encode('hunter2'))
        },
      )
    })
  }

  test('gives back every name and password, and throws nothing but refusals', () => {
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
          assert.ok(isMalformed(error))
        }
      }),
      { numRuns: 2000 },
    )
  })
})
