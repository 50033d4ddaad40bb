import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextProfileStatus, profileEvents, profileStatuses } from '../../src/domain/profile.ts'
import { isRefusal, type Refusal } from '../../src/domain/refusal.ts'
import { nextSmartcardStatus, smartcardEvents, smartcardStatuses } from '../../src/domain/smartcard.ts'

// Contract §5, smart card and profile; - is a refusal.
const smartcards: Record<string, string> = {
  new: 'bind=assigned retire=retired',
  assigned: 'activate=active retire=retired',
  active: 'suspend=suspended disable=disabled retire=retired',
  suspended: 'reinstate=active disable=disabled retire=retired',
  disabled: 'retire=retired',
  retired: '',
}
const profiles: Record<string, string> = {
  new: 'activate=active retire=retired',
  active: 'suspend=suspended disable=disabled retire=retired',
  suspended: 'reinstate=active disable=disabled retire=retired',
  disabled: 'retire=retired',
  retired: '',
}

function walk<Status extends string, Event extends string>(
  name: string,
  statuses: readonly Status[],
  events: readonly Event[],
  next: (status: Status, event: Event) => Status | Refusal,
  table: Record<string, string>,
  code: string,
): void {
  test(`the table of the ${name} covers every state`, () => {
    assert.deepEqual(Object.keys(table).toSorted(), [...statuses].toSorted())
  })
  for (const status of statuses) {
    for (const event of events) {
      const expected = new Map(
        (table[status] ?? '').split(' ').map(pair => pair.split('=') as [string, string]),
      )
      const wanted = expected.get(event)
      test(`a ${name} that is ${status}: ${event} → ${wanted ?? 'refused'}`, () => {
        const result = next(status, event)
        if (wanted !== undefined) return assert.equal(result, wanted)
        assert(isRefusal(result))
        assert.equal(result.code, code)
      })
    }
  }
}

walk(
  'smart card',
  smartcardStatuses,
  smartcardEvents,
  nextSmartcardStatus,
  smartcards,
  'SmartcardStateForbids',
)
walk('profile', profileStatuses, profileEvents, nextProfileStatus, profiles, 'ProfileStateForbids')
