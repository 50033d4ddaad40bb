import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { DiskFaults } from '../../src/store/disk-faults.ts'
import { isPostgresDiskFault, translatePostgresError } from '../../src/store/postgres/postgres-errors.ts'
import { withCode } from './store-contract.ts'

const unavailable = withCode('ServiceUnavailable')

function refusal(code: string): pg.DatabaseError {
  const error = new pg.DatabaseError('could not extend file', 0, 'error')
  error.code = code
  return error
}

/** Its clock stands still until it is told otherwise. */
function setUp() {
  const clock = { now: 0 }
  const faults = new DiskFaults(isPostgresDiskFault, () => clock.now)
  return { clock, faults, translate: faults.noting(translatePostgresError) }
}

for (const code of ['53100', '58030']) {
  test(`the check fails for ten seconds after ${code}, which reading alone would not show`, () => {
    const { clock, faults, translate } = setUp()
    faults.check()
    assert.ok(unavailable(translate(refusal(code))))
    assert.throws(() => faults.check(), unavailable)
    clock.now = 9_999
    assert.throws(() => faults.check(), unavailable)
    clock.now = 10_000
    faults.check()
  })
}

test('the check does not fail after a lock that was waited for in vain', () => {
  const { faults, translate } = setUp()
  assert.ok(unavailable(translate(refusal('55P03'))))
  faults.check()
})

test('says that the disk of PostgreSQL is full', () => {
  const error = translatePostgresError(refusal('53100'))
  assert.equal(error instanceof Error && error.message, 'The database cannot be used: its disk is full.')
})
