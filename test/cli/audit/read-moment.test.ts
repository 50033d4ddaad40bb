import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readMoment } from '../../../src/cli/audit/read-moment.ts'

const now = new Date('2026-11-21T12:00:00Z')

for (const [text, moment] of [
  ['2026-11-21', '2026-11-21T00:00:00.000Z'],
  ['2026-11-21T08:30', '2026-11-21T08:30:00.000Z'],
  ['2026-11-21T08:30:15.25', '2026-11-21T08:30:15.250Z'],
  ['2026-11-21T08:30Z', '2026-11-21T08:30:00.000Z'],
  ['2026-11-21T08:30+01:00', '2026-11-21T07:30:00.000Z'],
  ['2028-02-29', '2028-02-29T00:00:00.000Z'],
  ['90m', '2026-11-21T10:30:00.000Z'],
  ['24h', '2026-11-20T12:00:00.000Z'],
  ['7d', '2026-11-14T12:00:00.000Z'],
] as const) {
  test(`${text} is ${moment}`, () => assert.equal(readMoment(text, now)?.toISOString(), moment))
}

for (const text of [
  '',
  'yesterday',
  '2026',
  '2026-13-01',
  '2026-02-30',
  '2026-11-21T25:00',
  '21.11.2026',
  '7',
  '7w',
  '-1h',
]) {
  test(`"${text}" is no moment`, () => assert.equal(readMoment(text, now), null))
}
