import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CardinalError } from '../../../src/domain/error.ts'
import {
  identifierView,
  parseIdentifier,
  parseOptionalIdentifier,
  zeroIdentifier,
} from '../../../src/http/v1/identifier.ts'

const canonical = 'c6bad97c-f97f-4920-8947-be980c98c6b5'

for (const form of [
  canonical,
  canonical.toUpperCase(),
  ` ${canonical.toUpperCase()}`,
  `{${canonical}}`,
  ` { ${canonical.toUpperCase()} }\t`,
]) {
  test(`takes ${JSON.stringify(form)} for a GUID`, () => {
    assert.equal(parseIdentifier(form, 'id'), canonical)
  })
}

for (const form of [
  '',
  '{}',
  `{${canonical}`,
  `${canonical}}`,
  canonical.slice(1),
  `${canonical}0`,
  canonical.replace('c', 'g'),
]) {
  test(`refuses ${JSON.stringify(form)} and names the field`, () => {
    assert.throws(
      () => parseIdentifier(form, 'requestid'),
      (error: unknown) =>
        error instanceof CardinalError &&
        error.code === 'InvalidParameter' &&
        error.message.startsWith('requestid:'),
    )
  })
}

test('takes nothing, blanks and the zero GUID for none', () => {
  for (const none of [undefined, null, '', '  ', zeroIdentifier, `{${zeroIdentifier}}`]) {
    assert.equal(parseOptionalIdentifier(none, 'target'), null)
  }
  assert.equal(parseOptionalIdentifier(`{${canonical}}`, 'target'), canonical)
})

test('shows none as the zero GUID', () => {
  assert.equal(identifierView(null), zeroIdentifier)
  assert.equal(identifierView(canonical), canonical)
})
