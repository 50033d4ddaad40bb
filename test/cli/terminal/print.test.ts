import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonForTerminals } from '../../../src/cli/terminal/print.ts'

test('JSON holds no character that drives a terminal, and means the same', () => {
  const every = String.fromCharCode(...Array.from({ length: 0x3000 }, (_, code) => code))
  const text = jsonForTerminals({ [every]: [every] })
  assert.doesNotMatch(
    text.replaceAll('\n', ''),
    /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u,
  )
  assert.deepEqual(JSON.parse(text), { [every]: [every] })
})

test('JSON keeps letters as they are', () => {
  assert.equal(jsonForTerminals('Zoë 🔑'), '"Zoë 🔑"')
})
