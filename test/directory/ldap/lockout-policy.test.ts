import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fileTimeOf } from '../../../src/directory/ldap/attributes/file-time.ts'
import { readEntry } from '../../../src/directory/ldap/attributes/ldap-entry.ts'
import { isLastTry } from '../../../src/directory/ldap/lockout-policy.ts'

const now = new Date('2030-01-01T00:00:00Z')
const minute = 60n * 10_000_000n
const window = 30n * minute
const minutesAgo = (minutes: bigint) => String(fileTimeOf(now) - minutes * minute)

describe('one more wrong password', () => {
  for (const [what, threshold, count, badPasswordTime, underWay, expected] of [
    ['locks nobody where the domain locks nobody', 0n, '99', minutesAgo(1n), 9, false],
    ['does not lock an account that has two more', 3n, '1', minutesAgo(1n), 0, false],
    ['locks an account that has one more', 3n, '2', minutesAgo(1n), 0, true],
    ['may lock it where another one is being tried', 3n, '1', minutesAgo(1n), 1, true],
    ['may lock it where two are being tried for the first time', 3n, '0', '0', 2, true],
    ['locks any account at once where the domain says so', 1n, '0', '0', 0, true],
    ['begins a new count after the window', 3n, '2', minutesAgo(35n), 0, false],
    ['does not where the clocks may differ', 3n, '2', minutesAgo(34n), 0, true],
    ['does not where our clock is behind', 3n, '2', minutesAgo(-60n), 0, true],
    ['counts those that are being tried after the window', 3n, '2', minutesAgo(35n), 2, true],
  ] as const) {
    test(what, () => {
      const entry = readEntry({ dn: '', badPwdCount: count, badPasswordTime })
      assert.equal(isLastTry(entry, { threshold, window }, underWay, now), expected)
    })
  }
})
