import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addGroup } from '../../src/workflows/people/add-group.ts'
import { addUser, type NewUser } from '../../src/workflows/people/add-user.ts'
import { changeGroupMembers } from '../../src/workflows/people/change-group-members.ts'
import { changeUser } from '../../src/workflows/people/change-user.ts'
import { disableUser } from '../../src/workflows/people/disable-user.ts'
import { enableUser } from '../../src/workflows/people/enable-user.ts'
import { listGroupMembers } from '../../src/workflows/people/list-group-members.ts'
import { listGroupsOfDirectory, listPeople } from '../../src/workflows/people/list-people.ts'
import type { PeopleEnvironment } from '../../src/workflows/people/people-environment.ts'
import { removeGroup } from '../../src/workflows/people/remove-group.ts'
import { setPassword } from '../../src/workflows/people/set-password.ts'
import { beginSession, openPeople, saying, showLocal, stateOf } from './people-testbed.ts'

const add = (environment: PeopleEnvironment, accountName: string, more: Partial<NewUser> = {}) =>
  addUser(environment, { accountName, groups: [], ...more }, null)

const passwordOf = (hash: string) => ({ hash, deliver: async () => undefined })

test('adds somebody with an identity of the organisation’s own, and names that follow from the account', async t => {
  const { environment } = await openPeople(t)
  const { domainSid } = (await environment.store.reader.findOrganisation()) ?? { domainSid: '' }
  const anna = await add(environment, 'anna', { displayName: 'Anna Albers', groups: ['Subscribers'] })
  const { uuid, sid, ...rest } = anna
  assert.ok(sid.startsWith(`${domainSid}-`))
  assert.deepEqual(rest, {
    domain: 'CONTOSO',
    accountName: 'anna',
    displayName: 'Anna Albers',
    userPrincipalName: 'anna@contoso.com',
    mail: null,
    distinguishedName: 'CN=Anna Albers,CN=Users,DC=contoso,DC=com',
    enabled: true,
  })
  assert.deepEqual(await environment.store.reader.findUser(uuid), anna)
  assert.deepEqual((await showLocal(environment.store.reader, 'ANNA')).groups, ['Subscribers'])
})

test('refuses names that are none, or somebody else’s', async t => {
  const { environment } = await openPeople(t)
  const before = await stateOf(environment)
  for (const [user, pattern] of [
    [{ accountName: 'a b' }, /account name "a b" has blanks/],
    [{ accountName: 'Alice' }, /There is a user "Alice" already/],
    [{ accountName: 'subscribers' }, /There is a group "subscribers" already/],
    [{ accountName: 'new', userPrincipalName: 'ALICE@contoso.com' }, /ALICE@contoso.com" belongs to alice/],
    [{ accountName: 'new', mail: 'nowhere' }, /mail address/],
    [
      { accountName: 'new', distinguishedName: 'CN=a;b' },
      /distinguished name .* cannot stand in a certificate/,
    ],
    [{ accountName: 'new', groups: ['Nobodies'] }, /no group "Nobodies"/],
  ] as const) {
    await assert.rejects(add(environment, user.accountName, user), saying(pattern))
  }
  assert.deepEqual(await stateOf(environment), before)
})

test('renames somebody who stays who they are, in the groups that they are in', async t => {
  const { environment } = await openPeople(t)
  const { reader } = environment.store
  const alice = await reader.findUserByName('alice')
  const { before, after } = await changeUser(environment, 'alice', {
    accountName: 'alice.berg',
    displayName: 'Alice Berg',
  })
  assert.deepEqual(before, alice)
  assert.deepEqual(after, {
    ...alice,
    accountName: 'alice.berg',
    displayName: 'Alice Berg',
    userPrincipalName: 'alice.berg@contoso.com',
    distinguishedName: 'CN=Alice Berg,CN=Users,DC=contoso,DC=com',
  })
  assert.equal(await reader.findUserByName('alice'), null)
  assert.deepEqual((await showLocal(reader, 'alice.berg')).groups, ['Subscribers'])
})

test('lets names that were given stay as they were given', async t => {
  const { environment } = await openPeople(t)
  const given = { userPrincipalName: 'a@elsewhere.example', distinguishedName: 'CN=A,O=Elsewhere' }
  await add(environment, 'anna', given)
  const { after } = await changeUser(environment, 'anna', { accountName: 'berta', displayName: 'Berta' })
  assert.deepEqual({ ...after, ...given }, after)
  const cleared = await changeUser(environment, 'berta', { userPrincipalName: null })
  assert.equal(cleared.after.userPrincipalName, null)
})

test('refuses to rename somebody to somebody else, or nobody', async t => {
  const { environment } = await openPeople(t)
  await assert.rejects(
    changeUser(environment, 'alice', { accountName: 'bob' }),
    saying(/a user "bob" already/),
  )
  await assert.rejects(changeUser(environment, 'nobody', { mail: 'a@b' }), saying(/no user "nobody"/))
})

test('ends the sessions of whoever is disabled, and brings none back', async t => {
  const { environment } = await openPeople(t)
  const { reader } = environment.store
  const alice = await reader.findUserByName('alice')
  await beginSession(environment, alice?.uuid ?? '', 'one')
  await beginSession(environment, alice?.uuid ?? '', 'two')
  await beginSession(environment, (await reader.findUserByName('bob'))?.uuid ?? '', 'of bob')
  const { user, endedSessions } = await disableUser(environment, 'alice')
  assert.deepEqual([user.enabled, endedSessions], [false, 2])
  assert.equal((await disableUser(environment, 'alice')).endedSessions, null)
  assert.deepEqual(await enableUser(environment, 'alice'), { user: alice, wasDisabled: true })
  assert.equal((await enableUser(environment, 'alice')).wasDisabled, false)
  assert.equal(await reader.findSession('one'), null)
  assert.notEqual(await reader.findSession('of bob'), null)
})

test('sets a password in place of another, and ends the sessions that the old one began', async t => {
  const { environment } = await openPeople(t)
  const { reader } = environment.store
  const alice = await reader.findUserByName('alice')
  await beginSession(environment, alice?.uuid ?? '', 'old')
  const { endedSessions } = await setPassword(environment, 'CONTOSO\\alice', passwordOf('hash'))
  assert.equal(endedSessions, 1)
  assert.equal((await reader.findLocalAccount(alice?.uuid ?? ''))?.passwordHash, 'hash')
})

test('sets no password that could not be handed over', async t => {
  const { environment } = await openPeople(t)
  const before = await stateOf(environment)
  const lost = { hash: 'hash', deliver: async () => Promise.reject(new Error('disk full')) }
  await assert.rejects(addUser(environment, { accountName: 'anna', groups: [] }, lost), /disk full/)
  await assert.rejects(setPassword(environment, 'alice', lost), /disk full/)
  assert.deepEqual(await stateOf(environment), before)
})

test('nests groups, and shows what follows for their members', async t => {
  const { environment } = await openPeople(t)
  const { reader } = environment.store
  await addGroup(environment, 'Card Holders')
  const { added } = await changeGroupMembers(environment, 'card holders', {
    add: ['Managers', 'alice', 'CONTOSO\\alice', 'S-1-5-32-544'],
    remove: ['bob'],
  })
  assert.deepEqual(added, ['Managers', 'alice', 'S-1-5-32-544'])
  const members = await listGroupMembers(reader, 'Card Holders')
  assert.deepEqual(members.map(({ kind, name }) => `${kind} ${name}`).sort(), [
    'elsewhere S-1-5-32-544',
    'group Managers',
    'user alice',
  ])
  const mona = await showLocal(reader, 'mona')
  assert.deepEqual(
    [mona.groups, mona.groupsByWayOfOthers, mona.roles],
    [['Managers'], ['Card Holders'], [{ role: 'manager', by: ['Managers'] }]],
  )
  const { removed } = await changeGroupMembers(environment, 'Card Holders', { add: [], remove: ['alice'] })
  assert.deepEqual(removed, ['alice'])
})

test('refuses groups that would hold themselves, and members that are nobody', async t => {
  const { environment } = await openPeople(t)
  for (const name of ['one', 'two', 'three']) await addGroup(environment, name)
  const put = (group: string, member: string) =>
    changeGroupMembers(environment, group, { add: [member], remove: [] })
  await put('one', 'two')
  await put('two', 'three')
  await assert.rejects(put('three', 'one'), saying(/"one" holds "three"/))
  await assert.rejects(put('one', 'One'), saying(/member of itself/))
  await assert.rejects(put('one', 'nobody'), saying(/neither a user nor a group "nobody"/))
  await assert.rejects(put('none', 'alice'), saying(/no group "none"/))
  await assert.rejects(addGroup(environment, 'ONE'), saying(/a group "ONE" already/))
  await assert.rejects(addGroup(environment, 'alice'), saying(/a user "alice" already/))
  await assert.rejects(addGroup(environment, 'a|b'), saying(/has the character \|/))
})

test('removes a group with its roles, and leaves its members', async t => {
  const { environment } = await openPeople(t)
  const { roles } = await removeGroup(environment, 'Managers')
  assert.deepEqual(roles, ['manager'])
  const mona = await showLocal(environment.store.reader, 'mona')
  assert.deepEqual([mona.groups, mona.roles], [[], []])
  const assignments = await environment.store.reader.listRoleAssignments()
  assert.ok(assignments.every(({ role }) => role !== 'manager'))
})

test('leaves nobody without an administrator, by whatever way', async t => {
  const { environment } = await openPeople(t)
  const refused = saying(/Nobody who is enabled would be an administrator/)
  const members = (changes: { add?: string[]; remove?: string[] }) =>
    changeGroupMembers(environment, 'Administrators', { add: [], remove: [], ...changes })
  await assert.rejects(disableUser(environment, 'admin'), refused)
  await assert.rejects(removeGroup(environment, 'Administrators'), refused)
  await assert.rejects(members({ remove: ['admin'] }), refused)
  // Somebody disabled is no administrator; somebody in a nested group is one.
  await disableUser(environment, 'bob')
  await members({ add: ['bob'] })
  await assert.rejects(disableUser(environment, 'admin'), refused)
  await members({ add: ['Managers'] })
  await disableUser(environment, 'admin')
  await assert.rejects(disableUser(environment, 'mona'), refused)
})

test('lists people and groups of any number in order', async t => {
  const { environment } = await openPeople(t)
  const { reader } = environment.store
  const accounts: string[] = []
  for await (const { accountName } of listPeople(reader)) accounts.push(accountName)
  assert.deepEqual(accounts, ['admin', 'alice', 'bob', 'heidi', 'mona'])
  const first = await listGroupsOfDirectory(reader).next()
  assert.deepEqual(first.value, { ...first.value, name: 'Administrators', memberCount: 1 })
})
