import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { escapedText } from '../../src/identity/escaped-text.ts'

test('leaves what can be seen as it is', () => {
  for (const text of ['', 'CONTOSO\\Zoë Çelik', 'The token is of the type "dpop+jwt".', '葛城 😀'])
    assert.equal(escapedText(text, 100), text)
})

for (const [what, text, escaped] of [
  ['C0 controls', '\u001b[2J\n', '\\u{1b}[2J\\u{a}'],
  ['C1 controls', '\u009b31m', '\\u{9b}31m'],
  ['turns of the direction of writing', '\u202egod', '\\u{202e}god'],
  ['line separators', 'a\u2028b\u2029c', 'a\\u{2028}b\\u{2029}c'],
  ['zero-width characters', 'b\u200bo\ufeffb', 'b\\u{200b}o\\u{feff}b'],
  ['tag characters', '\u{e0041}', '\\u{e0041}'],
  ['half surrogate pairs', '\ud800x', '\\u{d800}x'],
] as const) {
  test(`escapes ${what}`, () => assert.equal(escapedText(text, 100), escaped))
}

test('holds nothing that is not seen, and one character more than asked for at most', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(40), (text, length) => {
      const escaped = escapedText(text, length)
      assert.doesNotMatch(escaped, /[\p{C}\p{Zl}\p{Zp}]/u)
      assert.ok(escaped.length <= length + 1)
    }),
  )
})
