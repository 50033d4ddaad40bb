import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dateView, validityView } from '../../../src/http/v1/dates.ts'

// Published values: get-request-1, cancel-abandon-complete-request-1, get-user-certificates-1.
for (const [milliseconds, expected] of [
  ['2015-07-07T23:36:21.930Z', '2015-07-07T23:36:21.93Z'],
  ['2015-07-07T23:37:37.767Z', '2015-07-07T23:37:37.767Z'],
  ['2015-07-07T23:36:21.900Z', '2015-07-07T23:36:21.9Z'],
  ['2015-07-07T23:36:20.000Z', '2015-07-07T23:36:20Z'],
  ['2015-07-07T23:36:00.000Z', '2015-07-07T23:36:00Z'],
  ['2015-07-07T23:36:00.005Z', '2015-07-07T23:36:00.005Z'],
] as const) {
  test(`shows ${milliseconds} as ${expected}`, () => {
    assert.equal(dateView(new Date(milliseconds)), expected)
  })
}

test('shows a date that is not set as the smallest of .NET, without a time zone', () => {
  assert.equal(dateView(null), '0001-01-01T00:00:00')
})

test('shows the validity of a certificate without fraction and time zone', () => {
  assert.equal(validityView(new Date('2016-07-13T09:10:31.999Z')), '2016-07-13T09:10:31')
  assert.equal(validityView(new Date('2016-07-13T00:00:00Z')), '2016-07-13T00:00:00')
})
