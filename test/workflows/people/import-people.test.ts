import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import {
  beginSession,
  importCsv,
  importLdif,
  openPeople,
  previewCsv,
  saying,
  showLocal,
  stateOf,
} from '../people-testbed.ts'

const uuid = '0d9f1a52-6f0e-4a56-9d5b-2f1c86f3a7aa'

test('brings people in, and changes only what differs when the file comes again', async t => {
  const { environment } = await openPeople(t)
  const { reader } = environment.store
  const file = `account,displayName,mail,groups,uuid,sid
anna,Anna Albers,anna@contoso.com,Subscribers|Managers,${uuid},S-1-5-21-9-9-9-1234
bob,Bob Brown,bob@contoso.com,Subscribers,,
`
  const first = await importCsv(environment, file)
  assert.deepEqual(
    first.people.map(({ before, after }) => [before?.accountName ?? null, after.accountName]),
    [[null, 'anna']],
  )
  assert.deepEqual(
    first.groups.map(({ after }) => after.name),
    ['Subscribers', 'Managers'],
  )
  const anna = await showLocal(reader, 'anna')
  assert.deepEqual([anna.user.uuid, anna.user.sid], [uuid, 'S-1-5-21-9-9-9-1234'])
  assert.deepEqual([anna.groups, anna.hasPassword], [['Managers', 'Subscribers'], false])

  const before = await stateOf(environment)
  const again = await importCsv(environment, file)
  assert.deepEqual(
    { ...again, unchanged: again.unchanged },
    { people: [], missing: [], groups: [], unchanged: 4 },
  )
  assert.deepEqual(await stateOf(environment), before)

  const changed = await importCsv(environment, file.replace('Subscribers|Managers', 'Managers'))
  assert.deepEqual([changed.people.length, changed.groups.length], [0, 1])
  assert.deepEqual((await showLocal(reader, 'anna')).groups, ['Managers'])
})

test('knows people by their uuid, so that a new account name is a change of name', async t => {
  const { environment } = await openPeople(t)
  await importCsv(environment, `account,uuid\nanna,${uuid}\n`)
  const anna = await environment.store.reader.findUser(uuid)
  const { people } = await importCsv(environment, `account,uuid\nanna.berg,${uuid.toUpperCase()}\n`)
  assert.deepEqual(people[0]?.before, anna)
  const renamed = await environment.store.reader.findUser(uuid)
  assert.deepEqual(renamed, { ...anna, accountName: 'anna.berg', userPrincipalName: 'anna.berg@contoso.com' })
})

test('lets two people exchange their names', async t => {
  const { environment } = await openPeople(t)
  const { reader } = environment.store
  const [alice, bob] = [await reader.findUserByName('alice'), await reader.findUserByName('bob')]
  await importCsv(environment, `account,uuid\nbob,${alice?.uuid}\nalice,${bob?.uuid}\n`)
  assert.equal((await reader.findUserByName('bob'))?.uuid, alice?.uuid)
  assert.equal((await reader.findUserByName('alice@contoso.com'))?.uuid, bob?.uuid)
})

test('leaves alone what the file says nothing of', async t => {
  const { environment } = await openPeople(t)
  const { reader } = environment.store
  const alice = await reader.findUserByName('alice')
  await importCsv(environment, 'account,displayName,enabled\nalice,,\nbob,Bob B.,\n')
  assert.deepEqual(await reader.findUserByName('alice'), alice)
  assert.deepEqual((await showLocal(reader, 'bob')).groups, ['Subscribers'])
  await importCsv(environment, 'account,mail,groups\nalice,,\n')
  assert.equal((await reader.findUserByName('alice'))?.mail, null)
  assert.deepEqual((await showLocal(reader, 'alice')).groups, [])
})

test('names every fault by its line, and changes nothing when there is one', async t => {
  const { environment } = await openPeople(t)
  const before = await stateOf(environment)
  const alice = await environment.store.reader.findUserByName('alice')
  const file = `account,displayName,userPrincipalName,groups,uuid,sid
good,Good,,Subscribers,,
a b,Bad,,,,
Good,Twice,,,,
alice,Alice,,,${uuid},
bob,Bob,,,,S-1-5-21-1-1-1-1
carl,Carl,alice@contoso.com,,,
dora,Dora,,Nobodies,,
erna,Erna,,Nobodies,,
Managers,Group,,,,
fred,Fred,,,,${alice?.sid}
gerd,Gerd,,,nonsense,
`
  const refusal = saying(
    new RegExp(
      [
        'nothing was changed:',
        '  line 3: The account name "a b" has blanks or control characters.',
        '  line 4: The account name "Good" belongs to line 2 too.',
        `  line 5: "alice" is here already, with the uuid ${alice?.uuid}, which never changes.`,
        '  line 6: "bob" has the security identifier .*, which never changes.',
        '  line 7: The user principal name "alice@contoso.com" belongs to line 5 too.',
        '  line 8: There is no group "Nobodies". .*',
        '  line 10: The account name "Managers" belongs to the group "Managers".',
        '  line 11: The security identifier .* belongs to somebody else.',
        '  line 11: The security identifier .* belongs to line 5 too.',
        '  line 12: "nonsense" is not a uuid.$',
      ].join('\n'),
    ),
  )
  await assert.rejects(importCsv(environment, file), refusal)
  await assert.rejects(previewCsv(environment, file), refusal)
  assert.deepEqual(await stateOf(environment), before)
})

test('adds groups only where it is told so', async t => {
  const { environment } = await openPeople(t)
  const { groups } = await importCsv(environment, 'account,groups\nanna,New|new\n', { addGroups: true })
  assert.deepEqual(
    groups.map(({ before, after }) => [before, after.name, after.members.length]),
    [[null, 'New', 1]],
  )
})

test('says what would change, and changes nothing', async t => {
  const { environment } = await openPeople(t)
  const before = await stateOf(environment)
  const { people, missing } = await previewCsv(environment, 'account\nanna\n', {
    disableMissing: true,
    keep: ['ADMIN'],
  })
  assert.deepEqual([people.length, missing.length], [1, 4])
  assert.deepEqual(await stateOf(environment), before)
})

test('disables who is missing only where it is told so, and keeps who is to be kept', async t => {
  const { environment } = await openPeople(t)
  const { reader } = environment.store
  const enabled = async () =>
    (await stateOf(environment)).users.filter(one => one.enabled).map(one => one.accountName)
  await importCsv(environment, 'account\nalice\n')
  assert.equal((await enabled()).length, 5)
  await assert.rejects(
    importCsv(environment, 'account\nalice\n', { disableMissing: true }),
    saying(/Nobody who is enabled would be an administrator/),
  )
  await assert.rejects(
    importCsv(environment, 'account\n', { disableMissing: true, keep: ['admin'] }),
    saying(/everybody would be disabled/),
  )
  await assert.rejects(
    importCsv(environment, 'account\nalice\n', { disableMissing: true, keep: ['admni'] }),
    saying(/no user "admni" to be kept/),
  )
  await importCsv(environment, 'account\nalice\n', { disableMissing: true, keep: ['admin'] })
  assert.deepEqual(await enabled(), ['admin', 'alice'])
  // Who comes back is enabled where the file says so.
  await importCsv(environment, 'account,enabled\nbob,yes\n')
  assert.equal((await reader.findUserByName('bob'))?.enabled, true)
})

test('signs out whoever the file disables, by name or by leaving them out', async t => {
  const { environment } = await openPeople(t)
  const { reader } = environment.store
  for (const account of ['alice', 'bob', 'admin']) {
    await beginSession(environment, (await reader.findUserByName(account))?.uuid ?? '', account)
  }
  await importCsv(environment, 'account,enabled\nalice,no\n', { disableMissing: true, keep: ['admin'] })
  const left = await Promise.all(['alice', 'bob', 'admin'].map(hash => reader.findSession(hash)))
  assert.deepEqual(
    left.map(session => session?.tokenHash),
    [undefined, undefined, 'admin'],
  )
})

const ldif = `dn: uid=zoe,ou=people,dc=old
objectClass: inetOrgPerson
uid: zoe
cn: Zoe
entryUUID: ${uuid}

dn: cn=outer,dc=old
objectClass: groupOfNames
cn: outer
member: CN=Inner,DC=old
member: uid=alice,ou=people,dc=old
member: ou=people,dc=old

dn: cn=inner,dc=old
objectClass: groupOfNames
cn: inner
member: UID=zoe, ou=people,dc=old
member: cn=outer,dc=old

dn: ou=people,dc=old
objectClass: organizationalUnit
ou: people
`

test('brings groups of an LDAP directory in, nested, with people who are here already', async t => {
  const { environment } = await openPeople(t)
  const { reader } = environment.store
  await importLdif(environment, ldif)
  const zoe = await showLocal(reader, 'zoe')
  assert.equal(zoe.user.uuid, uuid)
  assert.match(zoe.user.sid, /^S-1-12-1-/)
  // The groups hold each other, as they did there, and nobody is harmed.
  assert.deepEqual([zoe.groups, zoe.groupsByWayOfOthers], [['inner'], ['outer']])
  assert.deepEqual((await showLocal(reader, 'alice')).groupsByWayOfOthers, ['inner'])
  const again = await importLdif(environment, ldif)
  assert.deepEqual({ ...again }, { people: [], missing: [], groups: [], unchanged: 3 })
})

test('names members who are nobody by their lines, unless it is told to leave them out', async t => {
  const { environment } = await openPeople(t)
  const withStranger = ldif.replace('uid=alice', 'uid=stranger')
  await assert.rejects(
    importLdif(environment, withStranger),
    saying(
      /line 11: The member "uid=stranger,ou=people,dc=old" of "outer" is neither in the file nor here\.$/,
    ),
  )
  const { groups } = await importLdif(environment, withStranger, { ignoreUnknownMembers: true })
  assert.deepEqual(
    groups.map(({ after }) => after.members.length),
    [1, 2],
  )
})

test('refuses groups whose names or identifiers are taken', async t => {
  const { environment } = await openPeople(t)
  const group = (name: string, more = '') =>
    `dn: cn=x,dc=old\nobjectClass: groupOfNames\ncn: ${name}\n${more}`
  for (const [text, message] of [
    [group('alice'), /line 1: "alice" is the account name of a user/],
    [group('a|b'), /line 1: The group name "a\|b" has the character/],
    [group('Managers', `entryUUID: ${randomUUID()}\n`), /"Managers" is here already, with the uuid/],
    [`${group('one')}\n${group('One')}`, /line 5: The group "One" is in the file twice/],
  ] as const) {
    await assert.rejects(importLdif(environment, text), saying(message))
  }
})

test('takes five thousand people at once', async t => {
  const { environment } = await openPeople(t)
  const rows = Array.from({ length: 5000 }, (_, index) => `p${index},Person ${index},Subscribers`)
  const file = `account,displayName,groups\n${rows.join('\n')}\n`
  assert.equal((await importCsv(environment, file)).people.length, 5000)
  assert.equal((await importCsv(environment, file)).unchanged, 5001)
  const group = await environment.store.reader.findGroupByName('Subscribers')
  assert.equal(group?.members.length, 5002)
})

test('audits each of more people than one statement saves', async t => {
  const { environment } = await openPeople(t)
  const subjects: string[] = []
  const { store } = environment
  const transactor: typeof store.transactor = {
    transaction: work =>
      store.transactor.transaction(transaction =>
        work({
          ...transaction,
          async auditAll(records) {
            subjects.push(...records.map(({ subject }) => subject))
            await transaction.auditAll(records)
          },
        }),
      ),
  }
  const rows = Array.from({ length: 1201 }, (_, index) => `p${index},Person ${index}`)
  const file = `account,displayName\n${rows.join('\n')}\n`
  const { people } = await importCsv({ ...environment, store: { ...store, transactor } }, file)
  assert.deepEqual(
    subjects,
    people.map(({ after }) => after.uuid),
  )
  assert.equal(people.length, 1201)
  const again = await importCsv(environment, file)
  assert.deepEqual([again.people.length, again.unchanged], [0, 1201])
})
