import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AuditListValues, readAuditQuestion } from '../../../src/cli/audit/read-audit-question.ts'
import { UsageError } from '../../../src/cli/usage-error.ts'

const misuse = (message: string) => new UsageError(message)
const read = (values: Partial<AuditListValues>) => readAuditQuestion({ limit: '50', ...values }, misuse)

test('asks for the newest fifty where nothing is said', () => {
  const nothing = { since: null, until: null, action: null, about: null, before: null }
  assert.deepEqual(read({}), { ...nothing, limit: 50 })
})

test('takes every option', () => {
  assert.deepEqual(
    read({
      since: '2026-11-01',
      until: '2026-11-02',
      action: 'signed-in',
      about: 'alice',
      before: '7',
      limit: '1',
    }),
    {
      since: new Date('2026-11-01'),
      until: new Date('2026-11-02'),
      action: 'signed-in',
      about: 'alice',
      before: 7,
      limit: 1,
    },
  )
})

for (const [what, values, message] of [
  ['a limit of none', { limit: '0' }, '--limit takes a number from 1 to 1000.'],
  ['a limit beyond a page', { limit: '1001' }, '--limit takes a number from 1 to 1000.'],
  ['a place that is no number', { before: '-1' }, '--before takes a number.'],
  ['a moment that is none', { since: 'yesterday' }, '--since takes 2026-11-21, 2026-11-21T08:30 or 24h.'],
  ['an action mistyped', { action: 'signed_in' }, 'There is no action "signed_in". Did you mean signed-in?'],
  [
    'an action of another table',
    { action: 'toString' },
    'There is no action "toString". docs/operations.md has them all.',
  ],
  ['nobody', { about: '' }, '--about takes a UUID, a serial number or a name.'],
] as const) {
  test(`refuses ${what}`, () => assert.throws(() => read(values), new UsageError(message)))
}
