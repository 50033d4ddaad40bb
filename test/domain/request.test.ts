import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRefusal } from '../../src/domain/refusal.ts'
import {
  isEnded,
  isSupportedRequestType,
  nextRequestStatus,
  requestEvents,
  requestStatuses,
  requestTypes,
} from '../../src/domain/request.ts'

// Contract §5, written out for every pair: - is a refusal.
const table = `
            approve    deny     execute    complete   cancel    abandon    fail
pending     approved   denied   -          -          canceled  -          -
approved    -          -        executing  completed  canceled  abandoned  -
denied      -          -        -          -          -         -          -
executing   -          -        executing  completed  canceled  -          failed
completed   -          -        -          -          -         -          -
failed      -          -        -          -          -         -          -
canceled    -          -        -          -          -         -          -
abandoned   -          -        -          -          -         -          -
`
const [header = [], ...rows] = table
  .trim()
  .split('\n')
  .map(line => line.trim().split(/\s+/))

test('the table covers every state and every event', () => {
  assert.deepEqual(header, [...requestEvents])
  assert.deepEqual(rows.map(row => row[0]).toSorted(), [...requestStatuses].toSorted())
})

for (const status of requestStatuses) {
  const row = rows.find(candidate => candidate[0] === status) ?? []
  for (const [index, event] of requestEvents.entries()) {
    const expected = row[index + 1]
    test(`a request that is ${status}: ${event} → ${expected}`, () => {
      const next = nextRequestStatus(status, event)
      if (expected === '-') {
        assert(isRefusal(next))
        assert.equal(next.code, 'RequestStateForbids')
        assert.match(next.message, new RegExp(`that is ${status} cannot `))
      } else {
        assert.equal(next, expected)
      }
    })
  }
}

test('a request has ended when no event leads on', () => {
  const ended = requestStatuses.filter(isEnded)
  assert.deepEqual(ended.toSorted(), ['abandoned', 'canceled', 'completed', 'denied', 'failed'])
})

test('six of the request types are carried out', () => {
  const supported = requestTypes.filter(isSupportedRequestType)
  assert.deepEqual(supported, ['enroll', 'renew', 'recover', 'retire', 'revoke', 'unblock'])
})
