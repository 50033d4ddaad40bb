import assert from 'node:assert/strict'
import { test } from 'node:test'
import { disableUser } from '../../../src/workflows/people/disable-user.ts'
import { openPeople, saying, showLocal } from '../people-testbed.ts'

test('shows somebody by any name, UUID or security identifier', async t => {
  const { environment } = await openPeople(t)
  const { reader } = environment.store
  const { user } = await showLocal(reader, 'mona')
  const names = [user.uuid, user.uuid.toUpperCase(), user.sid, 'CONTOSO\\MONA', user.userPrincipalName ?? '']
  for (const name of names) assert.deepEqual((await showLocal(reader, name)).user, user, name)
  for (const name of ['nobody', 'FABRIKAM\\mona', environment.randomness.uuid(), 'S-1-5-21-1-2-3-4']) {
    await assert.rejects(
      showLocal(reader, name),
      saying(/^There is no user ".+" in Cardinal's own directory\.$/),
    )
  }
})

test('says by which group each role comes, nested ones included, and by the account itself', async t => {
  const { testbed, environment } = await openPeople(t, {
    organisation: demo => ({
      ...demo,
      groups: [...demo.groups, { name: 'Keepers', members: ['Managers'] }],
      roles: [
        ...demo.roles,
        { role: 'auditor', trustees: ['Keepers', 'Managers', 'mona'] },
        { role: 'help-desk', trustees: ['bob'] },
      ],
    }),
  })
  const mona = await showLocal(testbed.store.reader, 'mona')
  assert.deepEqual(
    [mona.keptBy, mona.state, mona.hasPassword, mona.groups, mona.groupsByWayOfOthers],
    ['cardinal', 'enabled', true, ['Managers'], ['Keepers']],
  )
  assert.deepEqual(
    mona.roles.toSorted((one, other) => one.role.localeCompare(other.role)),
    [
      { role: 'auditor', by: ['CONTOSO\\mona', 'Keepers', 'Managers'] },
      { role: 'manager', by: ['Managers'] },
    ],
  )
  await disableUser(environment, 'mona')
  assert.equal((await showLocal(testbed.store.reader, 'mona')).state, 'disabled')
})

test('whoever is to be disabled and is no account of the server is disabled elsewhere, and it is said how sessions end', async t => {
  const { environment } = await openPeople(t)
  const said =
    /^There is no user "FABRIKAM\\alice" .* Disable people of an LDAP directory there: .* DELETE \S+sessions\?user=/
  await assert.rejects(disableUser(environment, 'FABRIKAM\\alice'), saying(said))
})
