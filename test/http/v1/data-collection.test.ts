import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CardinalError } from '../../../src/domain/error.ts'
import { parseDataCollection } from '../../../src/http/v1/data-collection.ts'

const reason = [{ name: 'Request Reason', value: 'Need VPN Certs' }]

for (const [form, input, expected] of [
  ['nothing', undefined, []],
  ['null', null, []],
  ['an empty text', ' ', []],
  ['the text of an empty list', '[]', []],
  ['a text that holds JSON', '[{"Request Reason":"Need VPN Certs"}]', reason],
  ['a text with typographic quotation marks', '[{“Request Reason”:”Need VPN Certs”}]', reason],
  ['a text that holds one object', '{"Request Reason":"Need VPN Certs"}', reason],
  ['a list of {name: value}', [{ 'Request Reason': 'Need VPN Certs' }], reason],
  ['a list of {Name, Value}', [{ Name: 'Request Reason', Value: 'Need VPN Certs' }], reason],
  ['{name, value} in lower case', [{ name: 'Request Reason', value: 'Need VPN Certs' }], reason],
  [
    'an unanswered item',
    [{ Name: 'Sample Data Item', Value: null }],
    [{ name: 'Sample Data Item', value: null }],
  ],
  [
    'items that are called name and city (create-request-3)',
    [{ name: 'pavle' }, { city: 'seattle' }],
    [
      { name: 'name', value: 'pavle' },
      { name: 'city', value: 'seattle' },
    ],
  ],
  [
    'numbers and truth values',
    [{ floor: 3, remote: true }],
    [
      { name: 'floor', value: '3' },
      { name: 'remote', value: 'true' },
    ],
  ],
] as const) {
  test(`takes ${form}`, () => assert.deepEqual(parseDataCollection(input), expected))
}

test('keeps quotation marks of any kind in a text that is JSON already', () => {
  assert.deepEqual(parseDataCollection('[{"why":"for “VPN”"}]'), [{ name: 'why', value: 'for “VPN”' }])
})

for (const [form, input, field] of [
  ['a text that is not JSON', '[{', 'datacollection:'],
  ['a number', 4, 'datacollection[0]:'],
  ['a list of texts', ['x'], 'datacollection[0]:'],
  ['a list in the list', [{ a: 'b' }, []], 'datacollection[1]:'],
  ['a nested answer', [{ a: { b: 'c' } }], 'datacollection[0].a:'],
  ['a nested Value', [{ Name: 'a', Value: [] }], 'datacollection[0].Value:'],
  ['a Name that is no text', [{ Name: 1, Value: 'x' }], 'datacollection[0].Name:'],
] as const) {
  test(`refuses ${form} and names the place`, () => {
    assert.throws(
      () => parseDataCollection(input),
      (error: unknown) =>
        error instanceof CardinalError &&
        error.code === 'InvalidParameter' &&
        error.message.startsWith(field),
    )
  })
}

test('either reads any JSON value or refuses it as InvalidParameter', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.json(), fc.string()), input => {
      try {
        for (const { name, value } of parseDataCollection(input)) {
          assert.equal(typeof name, 'string')
          assert.ok(value === null || typeof value === 'string')
        }
      } catch (error) {
        assert.ok(error instanceof CardinalError && error.code === 'InvalidParameter')
      }
    }),
  )
})
