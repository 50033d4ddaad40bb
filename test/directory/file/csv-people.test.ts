import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nearestName } from '../../../src/config/nearest-name.ts'
import { readCsvPeople } from '../../../src/directory/file/csv-people.ts'

const read = (text: string | Uint8Array, delimiter: ',' | ';' = ',') =>
  readCsvPeople(typeof text === 'string' ? Buffer.from(text) : text, { delimiter, nearestName })

const nothing = {
  displayName: undefined,
  userPrincipalName: undefined,
  mail: undefined,
  distinguishedName: undefined,
  enabled: undefined,
  uuid: undefined,
  sid: undefined,
  sidIfNew: undefined,
  groups: undefined,
}

test('reads every column, in any order and case, behind a byte order mark', () => {
  const { people, faults } = read(
    '\uFEFFGroups;SID;uuid;enabled;distinguishedName;mail;userPrincipalName;displayName;Account\r\n' +
      'Staff| Card Holders ;S-1-5-21-1-2-3-4;97CD65FA-AF4B-4587-9309-0DD6BFD8B4E1;No;"CN=A;B";a@b.c;x@y.z;Zoë; zoe \r\n',
    ';',
  )
  assert.deepEqual(faults, [])
  assert.deepEqual(people, [
    {
      line: 2,
      account: 'zoe',
      displayName: 'Zoë',
      userPrincipalName: 'x@y.z',
      mail: 'a@b.c',
      distinguishedName: 'CN=A;B',
      enabled: false,
      uuid: '97cd65fa-af4b-4587-9309-0dd6bfd8b4e1',
      sid: 'S-1-5-21-1-2-3-4',
      sidIfNew: undefined,
      groups: ['Staff', 'Card Holders'],
    },
  ])
})

test('takes an empty field for nothing said, but an empty mail or groups for none', () => {
  const { people } = read('account,displayName,mail,groups,enabled,uuid\nzoe,,,,,\n')
  assert.deepEqual(people, [{ ...nothing, line: 2, account: 'zoe', mail: null, groups: [] }])
  assert.deepEqual(read('account\nzoe').people, [{ ...nothing, line: 2, account: 'zoe' }])
})

test('names every fault by its line, and goes on', () => {
  const { people, faults } = read(
    'account,enabled,uuid,sid\nanna,maybe,,\n\n,yes,,\nbert,yes\ncarl,yes,1234,S-1\nzoe,yes,,',
  )
  assert.deepEqual(
    faults.map(({ line, message }) => `${line} ${message}`),
    [
      '2 "maybe" is neither true nor false.',
      '4 The account name is missing.',
      '5 There are 2 fields, and 4 columns.',
      '6 "1234" is not a uuid.',
      '6 "S-1" is not a security identifier.',
    ],
  )
  assert.equal(people.at(-1)?.account, 'zoe')
})

for (const [what, text, message] of [
  ['an empty file', '', /first line names the columns/],
  [
    'an unknown column, with the name that is meant',
    'account,displayname,e-mail,dispalyName',
    /"dispalyName". Did you mean "displayName"/,
  ],
  ['a column that is there twice', 'account,mail,Mail', /"mail" is there 2 times/],
  ['a file without accounts', 'mail,uuid', /no column "account"/],
  ['another delimiter', 'account;mail\na;b', /separated by ";", not by ","/],
  ['UTF-16', Buffer.from('\uFEFFaccount\nanna', 'utf16le'), /UTF-16/],
] as const) {
  test(`finds fault with ${what}`, () => {
    const { people, faults } = read(text)
    assert.deepEqual(people, [])
    assert.ok(
      faults.some(fault => fault.line === 1 && message.test(fault.message)),
      JSON.stringify(faults),
    )
  })
}

test('names the line that is in another encoding than UTF-8', () => {
  const { faults } = read(Buffer.from('account,displayName\nanna,A\nzoe,Zo\u00EB\n', 'latin1'))
  assert.deepEqual(
    faults.map(({ line }) => line),
    [3],
  )
})

test('never throws, whatever the bytes', () => {
  const pieces = fc.constantFrom('account', 'mail', 'groups', 'uuid', ',', ';', '"', '\n', '|', '\uFEFF', 'x')
  fc.assert(fc.property(fc.array(pieces, { maxLength: 30 }), parts => void read(parts.join(''))))
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), bytes => void read(bytes)))
})
