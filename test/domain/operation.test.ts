import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isOperationPossible, operationTypes } from '../../src/domain/operation.ts'
import type { SmartcardConfiguration } from '../../src/domain/profile-template.ts'
import { smartcardStatuses } from '../../src/domain/smartcard.ts'

const card = { smartcard: {} as SmartcardConfiguration }
const software = { smartcard: null }
const active = { status: 'active', flags: ['primary'] } as const

// The order is that of the published samples: renew, unblock, retire and renew, disable (revoke), recover.
const possible: Record<string, string> = {
  new: '',
  assigned: '',
  active: 'renew unblock revoke recover retire',
  disabled: 'recover retire',
  suspended: 'revoke recover retire',
  retired: '',
}

for (const status of smartcardStatuses) {
  test(`a smart card that is ${status} takes: ${possible[status] || 'nothing'}`, () => {
    const operations = operationTypes.filter(type =>
      isOperationPossible(type, { status, flags: ['primary'] }, card),
    )
    assert.equal(operations.join(' '), possible[status])
  })
}

test('a software profile cannot be unblocked', () => {
  assert(!isOperationPossible('unblock', active, software))
  assert(isOperationPossible('renew', active, software))
})

test('what another has taken the place of is only revoked or retired', () => {
  const superseded = { status: 'disabled', flags: ['primary', 'superseded'] } as const
  const operations = operationTypes.filter(type => isOperationPossible(type, superseded, card))
  assert.deepEqual(operations, ['retire'])
})
