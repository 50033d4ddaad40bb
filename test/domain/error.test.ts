import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CardinalError, errorTable } from '../../src/domain/error.ts'
import { accept, refuse } from '../../src/domain/refusal.ts'

test('every code says in a sentence when it appears', () => {
  for (const [code, text] of Object.entries(errorTable)) assert.match(text, /^[A-Z].*\.$/, code)
})

test('a refusal becomes the error that the caller sees, with its rule', () => {
  assert.throws(
    () => accept(refuse('NotPermitted', 'No.', 'the rule')),
    (error: unknown) =>
      error instanceof CardinalError &&
      error.code === 'NotPermitted' &&
      error.message === 'No.' &&
      error.rule === 'the rule',
  )
  assert.equal(accept('fine'), 'fine')
})
