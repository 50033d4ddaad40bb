import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseThumbprintTable } from '../../../src/identity/client-certificate/thumbprint-table.ts'

const digits = 'ab'.repeat(32)

test('takes thumbprints in any case, with colons or without', () => {
  const colons = 'CD:'.repeat(32).slice(0, -1)
  const table = parseThumbprintTable(JSON.stringify({ [digits]: 'alice', [colons]: 'CONTOSO\\bob' }))
  assert.deepEqual(
    [...table],
    [
      [digits, 'alice'],
      ['cd'.repeat(32), 'CONTOSO\\bob'],
    ],
  )
})

const bad: Readonly<Record<string, string>> = {
  'no JSON': '{',
  'a list': '[]',
  nothing: 'null',
  'a SHA-1 thumbprint': JSON.stringify({ ['ab'.repeat(20)]: 'alice' }),
  'a thumbprint without name': JSON.stringify({ [digits]: '' }),
  'a name that is no text': JSON.stringify({ [digits]: 1 }),
  'a thumbprint that occurs twice': JSON.stringify({ [digits]: 'alice', [digits.toUpperCase()]: 'bob' }),
}
for (const [what, text] of Object.entries(bad)) {
  test(`refuses ${what}`, () => assert.throws(() => parseThumbprintTable(text), /SyntaxError|TypeError/))
}
