import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  activeDirectoryRefusal,
  openLdapRefusal,
} from '../../../../src/directory/ldap/attributes/account-state.ts'
import { readEntry } from '../../../../src/directory/ldap/attributes/ldap-entry.ts'

const now = new Date('2030-01-01T00:00:00Z')
// Tenths of microseconds between 1601 and 2030.
const nowAsFileTime = 116_444_736_000_000_000n + BigInt(now.getTime()) * 10_000n
const days = now.getTime() / 86_400_000

describe('an account of Active Directory', () => {
  for (const [what, attributes, expected] of [
    ['is good', { userAccountControl: '512' }, null],
    ['is good whose password never expires', { userAccountControl: '66048' }, null],
    ['is disabled', { userAccountControl: '514' }, 'disabled'],
    ['is disabled where we may not see its state', {}, 'disabled'],
    ['is disabled where its state is no number', { userAccountControl: 'x' }, 'disabled'],
    [
      'is locked by the computed bits',
      { userAccountControl: '512', 'msDS-User-Account-Control-Computed': '16' },
      'locked',
    ],
    [
      'is locked no more by the computed bits, whatever the time says',
      { userAccountControl: '512', 'msDS-User-Account-Control-Computed': '0', lockoutTime: '1' },
      null,
    ],
    [
      'is good with an expired password',
      { userAccountControl: '512', 'msDS-User-Account-Control-Computed': '8388608', pwdLastSet: '0' },
      null,
    ],
    ['is locked by its time', { userAccountControl: '512', lockoutTime: '132223104000000000' }, 'locked'],
    ['is not locked by a time of 0', { userAccountControl: '512', lockoutTime: '0' }, null],
    [
      'has expired, whether or not it is locked',
      { userAccountControl: '512', lockoutTime: '1', accountExpires: String(nowAsFileTime) },
      'expired',
    ],
    ['never expires', { userAccountControl: '512', accountExpires: '0' }, null],
    [
      'never expires, the other way',
      { userAccountControl: '512', accountExpires: '9223372036854775807' },
      null,
    ],
    ['has expired', { userAccountControl: '512', accountExpires: String(nowAsFileTime) }, 'expired'],
    ['expires next', { userAccountControl: '512', accountExpires: String(nowAsFileTime + 10_000n) }, null],
  ] as const) {
    test(what, () =>
      assert.equal(activeDirectoryRefusal(readEntry({ dn: '', ...attributes }), now), expected),
    )
  }
})

describe('an account of another directory', () => {
  for (const [what, attributes, expected] of [
    ['is good', {}, null],
    ['is disabled in 389 Directory Server', { nsAccountLock: 'TRUE' }, 'disabled'],
    ['is not disabled', { nsaccountlock: 'false' }, null],
    ['is locked by its password policy', { pwdAccountLockedTime: '20291231235959Z' }, 'locked'],
    ['has expired', { shadowExpire: String(days) }, 'expired'],
    [
      'has expired, whether or not it is locked',
      { pwdAccountLockedTime: '20291231235959Z', shadowExpire: String(days) },
      'expired',
    ],
    ['expires tomorrow', { shadowExpire: String(days + 1) }, null],
    ['never expires', { shadowExpire: '-1' }, null],
  ] as const) {
    test(what, () => assert.equal(openLdapRefusal(readEntry({ dn: '', ...attributes }), now), expected))
  }
})
