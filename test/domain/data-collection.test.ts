import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  collectData,
  type DataCollectionItem,
  dataCollectionProgress,
  longestAnswer,
} from '../../src/domain/data-collection.ts'
import { isRefusal } from '../../src/domain/refusal.ts'

const item = (name: string, changes: Partial<DataCollectionItem> = {}): DataCollectionItem => ({
  name,
  description: '',
  role: 'subscriber',
  type: 'string',
  required: false,
  storage: 'Request',
  validation: { type: 'none', data: '' },
  ...changes,
})

test('answers stand in the order of the policy, names compared without regard to case', () => {
  const collected = collectData(
    [item('City'), item('Reason')],
    [
      { name: ' reason', value: 'VPN' },
      { name: 'CITY', value: 'Seattle' },
    ],
  )
  assert.deepEqual(collected, [
    { name: 'City', value: 'Seattle', role: 'subscriber' },
    { name: 'Reason', value: 'VPN', role: 'subscriber' },
  ])
})

test('an optional question may stay open', () => {
  assert.deepEqual(collectData([item('City')], []), [{ name: 'City', value: null, role: 'subscriber' }])
})

const refused: [string, DataCollectionItem[], { name: string; value: string | null }[], RegExp][] = [
  ['a required question without an answer', [item('City', { required: true })], [], /"City" is required/],
  [
    'an empty answer to a required question',
    [item('City', { required: true })],
    [{ name: 'city', value: '' }],
    /"City" is required/,
  ],
  [
    'a question that the policy does not ask',
    [item('City')],
    [{ name: 'Town', value: 'x' }],
    /"town" is not asked for .* "City"/,
  ],
  [
    'two answers to one question',
    [item('City')],
    [
      { name: 'City', value: 'a' },
      { name: 'city', value: 'b' },
    ],
    /answered twice/,
  ],
  [
    'words for a number',
    [item('Age', { type: 'number' })],
    [{ name: 'Age', value: 'old' }],
    /must be a number/,
  ],
  ['words for a date', [item('Day', { type: 'date' })], [{ name: 'Day', value: 'soon' }], /must be a date/],
  [
    'an answer of another form',
    [item('Id', { validation: { type: 'regular-expression', data: '^E\\d+$' } })],
    [{ name: 'Id', value: 'x' }],
    /form/,
  ],
  [
    'an answer without end',
    [item('City')],
    [{ name: 'City', value: 'x'.repeat(longestAnswer + 1) }],
    /longer than/,
  ],
]
for (const [what, items, answers, message] of refused) {
  test(`refuses ${what}`, () => {
    const result = collectData(items, answers)
    assert(isRefusal(result))
    assert.equal(result.code, 'InvalidParameter')
    assert.match(result.message, /^datacollection: /)
    assert.match(result.message, message)
  })
}

test('takes numbers, dates and forms that fit', () => {
  const items = [
    item('Age', { type: 'number' }),
    item('Day', { type: 'date' }),
    item('Id', { validation: { type: 'regular-expression', data: '^E\\d+$' } }),
  ]
  const answers = [
    { name: 'Age', value: '-4.5' },
    { name: 'Day', value: '2026-11-21' },
    { name: 'Id', value: 'E42' },
  ]
  assert(!isRefusal(collectData(items, answers)))
})

test('a manager item that is required may wait for the manager', () => {
  assert(!isRefusal(collectData([item('Cost centre', { role: 'certificate-manager', required: true })], [])))
})

// Contract §3, DataCollectionFlags: the samples show 32 without items and 32 with one open subscriber item.
const progress: [string, [string | null, 'subscriber' | 'certificate-manager'][], boolean, boolean][] = [
  ['no items', [], false, true],
  ['an open subscriber item', [[null, 'subscriber']], false, true],
  ['an answered subscriber item', [['x', 'subscriber']], true, true],
  ['an open manager item', [[null, 'certificate-manager']], false, false],
  [
    'everything answered',
    [
      ['x', 'subscriber'],
      ['y', 'certificate-manager'],
    ],
    true,
    true,
  ],
]
for (const [what, answers, subscriber, manager] of progress) {
  test(`progress with ${what}`, () => {
    const collected = answers.map(([value, role], index) => ({ name: `item ${index}`, value, role }))
    assert.deepEqual(dataCollectionProgress(collected), {
      subscriberProvided: subscriber,
      certificateManagerProvided: manager,
    })
  })
}
