import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  importOrganisation,
  previewOrganisationImport,
} from '../../../src/workflows/organisation/import-organisation.ts'
import type { OrganisationFile } from '../../../src/workflows/organisation/organisation-file.ts'
import { demoOrganisation } from '../../testbed/environment.ts'
import { refused } from '../stories.ts'
import { emptyStore } from './empty-store.ts'

const fabrikam = { name: 'Fabrikam', domain: 'FABRIKAM', dnsName: 'fabrikam.com' }

function withOrganisation(organisation: Partial<OrganisationFile['organisation']>): OrganisationFile {
  const demo = demoOrganisation()
  return { ...demo, organisation: { ...demo.organisation, ...organisation } }
}

for (const [what, organisation] of [
  ['domain', { domain: 'FABRIKAM' }],
  ['DNS name', { dnsName: 'fabrikam.com' }],
] as const) {
  test(`another ${what} is refused where there are people, whose names would stay those of the first`, async t => {
    const { store, environment, import: importFile } = await emptyStore(t)
    await importFile(demoOrganisation())
    const before = await store.reader.findOrganisation()
    const file = withOrganisation(organisation)
    const said =
      /^This is the organisation Contoso, with the domain CONTOSO \(contoso\.com\), .*; nothing was changed\./
    await refused(importFile(file), 'InvalidParameter', said)
    await refused(previewOrganisationImport(environment, file), 'InvalidParameter', said)
    assert.deepEqual(await store.reader.findOrganisation(), before)
    assert.equal((await store.reader.findUserByName('alice'))?.userPrincipalName, 'alice@contoso.com')
  })
}

test('another domain is taken where nobody has a name of the first, and a domain in other letters is the same', async t => {
  const { store, import: importFile } = await emptyStore(t)
  const nobody = { users: [], groups: [], roles: [], userGrants: [] }
  const none = { ...nobody, certificateTemplates: [], profileTemplates: [] }
  await importFile({ ...demoOrganisation(), ...none })
  await importFile(withOrganisation(fabrikam))
  assert.equal((await store.reader.findOrganisation())?.domain, 'FABRIKAM')
  await importFile(withOrganisation({ ...fabrikam, domain: 'Fabrikam', dnsName: 'Fabrikam.COM' }))
})

test('says of each thing what changes, and a preview says the same and changes nothing', async t => {
  const { store, environment, import: importFile } = await emptyStore(t)
  const first = await importOrganisation(environment, demoOrganisation())
  assert.ok(first.changes.every(({ isNew }) => isNew))
  assert.equal(first.unchanged, 0)
  const again = await importOrganisation(environment, demoOrganisation())
  assert.deepEqual([again.changes, again.unchanged], [[], first.changes.length])

  const file = withOrganisation({ name: 'Contoso Ltd' })
  const [alice, ...others] = file.users
  const [subscribers, ...groups] = file.groups
  const [grant, ...grants] = file.userGrants
  const [template, ...templates] = file.certificateTemplates
  const [profile, ...profiles] = file.profileTemplates
  assert.ok(alice && subscribers && grant && template && profile)
  const changed: OrganisationFile = {
    ...file,
    users: [{ ...alice, displayName: 'Alice Berg' }, ...others, { account: 'zoe', displayName: 'Zoe' }],
    groups: [{ ...subscribers, members: [...subscribers.members.slice(1), 'zoe'] }, ...groups],
    roles: [...file.roles, { role: 'auditor', trustees: ['zoe'] }],
    userGrants: [{ ...grant, rights: ['audit'] }, ...grants],
    certificateTemplates: [{ ...template, validityDays: 7 }, ...templates],
    profileTemplates: [{ ...profile, description: 'Another' }, ...profiles],
  }
  const preview = await previewOrganisationImport(environment, changed)
  assert.deepEqual(
    preview.changes.map(({ what, name, isNew }) => `${isNew ? 'add' : 'change'} ${what} ${name}`),
    [
      'change organisation Contoso Ltd',
      'change user alice',
      'add user zoe',
      'change group Subscribers',
      'add role auditor for zoe',
      `change right of ${grant.trustee} over ${grant.over}`,
      `change certificate template ${template.commonName}`,
      `change profile template ${profile.name}`,
    ],
  )
  const details = new Map(preview.changes.map(({ what, details }) => [what, details]))
  assert.deepEqual(details.get('organisation'), ['name Contoso → Contoso Ltd'])
  assert.deepEqual(details.get('group'), ['1 in, 1 out'])
  assert.deepEqual(details.get('certificate template'), ['validityDays'])
  assert.deepEqual(details.get('profile template'), ['version', 'description'])
  assert.equal(await store.reader.findUserByName('zoe'), null)
  assert.equal((await store.reader.findUserByName('alice'))?.displayName, 'Alice Adams')

  await importFile(changed)
  assert.equal((await store.reader.findUserByName('alice'))?.displayName, 'Alice Berg')
  assert.deepEqual((await previewOrganisationImport(environment, changed)).changes, [])
})

test('a preview finds the same faults as an import', async t => {
  const { environment, import: importFile } = await emptyStore(t)
  const file = { ...demoOrganisation(), certificateTemplates: [] }
  for (const attempt of [previewOrganisationImport(environment, file), importFile(file)]) {
    await refused(attempt, 'InvalidParameter', /which does not exist/)
  }
})
