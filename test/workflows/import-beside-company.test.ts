import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { OrganisationFile } from '../../src/workflows/organisation/organisation-file.ts'
import type { CompanyDirectory } from '../../src/workflows/ports/directory.ts'
import { sampleAudit } from '../store/records.ts'
import { createTestbed, demoOrganisation, openTestbed, type Testbed } from '../testbed/environment.ts'
import { emptyStore } from './organisation/empty-store.ts'
import { refused } from './stories.ts'

/** The demo organisation stands for the company: CONTOSO with alice, mona and groups. */
let company: Testbed
let domainSid: string
before(async () => {
  company = await createTestbed()
  domainSid = (await company.store.reader.findOrganisation())?.domainSid ?? ''
})
after(() => company?.close())

/** Below which our own accounts lie. */
const ownSid = 'S-1-5-21-9-9-9'

type Description = Awaited<ReturnType<CompanyDirectory['describe']>>

function openImport(t: Parameters<typeof emptyStore>[0], described: Partial<Description> = {}) {
  return emptyStore(t, {
    companyDirectory: {
      ...company.directory,
      describe: async () => ({ domain: 'CONTOSO', dnsName: 'contoso.com', domainSid, ...described }),
    },
    randomPassword: () => 'password',
    randomDomainSid: () => ownSid,
  })
}

/** The demo's templates for the groups of the company, and one account of the server's own. */
function fileBesideCompany(change: (file: OrganisationFile) => unknown = () => {}): OrganisationFile {
  const file: OrganisationFile = {
    ...demoOrganisation(),
    organisation: { name: 'Contoso' },
    users: [{ account: 'admin', displayName: 'Break glass', generatePassword: true }],
    groups: [{ name: 'Keepers', members: ['LOCAL\\admin'] }],
  }
  file.roles.push({ role: 'administrator', trustees: ['Keepers', 'LOCAL\\Keepers'] })
  for (const { trustees } of file.roles) {
    const index = trustees.indexOf('Administrators')
    if (index >= 0) trustees[index] = 'CONTOSO\\Administrators'
  }
  change(file)
  return file
}

const sidOf = async (name: string) =>
  (await company.directory.findGroupByName(name))?.sid ?? (await company.directory.findUserByName(name))?.sid

describe('an organisation file beside a company’s directory', () => {
  test('takes the directory’s word for the domain', async t => {
    const { store, import: importFile } = await openImport(t)
    await importFile(fileBesideCompany())
    const organisation = await store.reader.findOrganisation()
    assert.deepEqual(organisation, {
      name: 'Contoso',
      domain: 'CONTOSO',
      dnsName: 'contoso.com',
      domainSid: ownSid,
      serviceAccountSid: `${ownSid}-1000`,
    })
  })

  test('draws a new identifier for its own accounts where they had that of the directory', async t => {
    const { store, import: importFile } = await openImport(t)
    const organisation = {
      name: 'Contoso',
      domain: 'CONTOSO',
      dnsName: 'contoso.com',
      domainSid,
      serviceAccountSid: `${domainSid}-1000`,
    }
    await store.transactor.transaction(async tx => {
      await tx.audit(sampleAudit())
      await tx.saveOrganisation(organisation)
    })
    await importFile(fileBesideCompany())
    assert.deepEqual(await store.reader.findOrganisation(), { ...organisation, domainSid: ownSid })
  })

  test('names users and groups of both', async t => {
    const { store, import: importFile } = await openImport(t)
    const accounts = await importFile(
      fileBesideCompany(file => {
        file.roles.push({
          role: 'auditor',
          trustees: ['CONTOSO\\mona', 'heidi@contoso.com', 'S-1-5-21-1-2-3-4'],
        })
        file.userGrants.push({ trustee: 'contoso\\HELPDESK', over: 'bob', rights: ['request-unblock'] })
      }),
    )
    const keepers = await store.reader.findGroupByName('Keepers')
    const assignments = (await store.reader.listRoleAssignments()).map(each => `${each.role} ${each.trustee}`)
    const expected = [
      `administrator ${await sidOf('Administrators')}`,
      `administrator ${keepers?.sid}`,
      `auditor ${await sidOf('mona')}`,
      `auditor ${await sidOf('heidi')}`,
      'auditor S-1-5-21-1-2-3-4',
      `manager ${await sidOf('Managers')}`,
    ]
    for (const assignment of expected) assert.ok(assignments.includes(assignment), assignment)
    const grants = await store.reader.listUserGrants()
    const [helpDesk, bob] = [await sidOf('HelpDesk'), await sidOf('bob')]
    assert.ok(grants.some(({ trustee, over }) => trustee === helpDesk && over === bob))
    assert.deepEqual(
      accounts.map(({ user, roles }) => [user, roles]),
      [['admin', ['administrator']]],
    )
  })

  test('makes accounts that can be nobody of the directory', async t => {
    const { store, import: importFile } = await openImport(t)
    await importFile(fileBesideCompany())
    const admin = await store.reader.findUserByName('admin')
    assert.ok(admin !== null)
    assert.deepEqual(
      [admin.domain, admin.userPrincipalName, admin.distinguishedName],
      ['LOCAL', null, 'CN=Break glass,O=Contoso'],
    )
    assert.ok(admin.sid.startsWith(`${ownSid}-`))
    assert.ok((await store.reader.findGroupByName('Keepers'))?.sid.startsWith(`${ownSid}-`))
  })

  test('changes nothing the second time', async t => {
    const { store, import: importFile } = await openImport(t)
    const state = async () => [
      await store.reader.findOrganisation(),
      await store.reader.findUserByName('admin'),
      await store.reader.findGroupByName('Keepers'),
      await store.reader.listRoleAssignments(),
      await store.reader.listProfileTemplates(),
    ]
    await importFile(fileBesideCompany())
    const before = await state()
    await importFile(fileBesideCompany())
    assert.deepEqual(await state(), before)
  })

  test('publishes certificates where it says so', async t => {
    const { store, import: importFile } = await openImport(t)
    await importFile(
      fileBesideCompany(({ certificateTemplates: [template] }) =>
        Object.assign(template ?? {}, { publishToDirectory: true }),
      ),
    )
    const read = async (name: string) =>
      (await store.reader.findCertificateTemplate(name))?.publishToDirectory
    assert.equal(await read('VirtualSmartcardVPN'), true)
    assert.equal(await read('User'), false)
  })

  for (const [what, change, message] of [
    [
      'an unknown trustee of a role',
      file => file.roles[1]?.trustees.push('CONTOSO\\Nobodies'),
      /roles\.1\.trustees\.1: "CONTOSO\\Nobodies" is neither a user nor a group of the organisation file or the directory/,
    ],
    [
      'every unknown name at once',
      file => {
        file.userGrants.push({ trustee: 'ghost', over: 'spectre', rights: ['request-renew'] })
        file.certificateTemplates[0]?.enrollers.push('wraith')
        file.profileTemplates[0]?.grants.push({ trustee: 'shade', rights: ['read'] })
        Object.assign(file.profileTemplates[0]?.policies[0] ?? {}, { authorizedApprovers: ['spook'] })
      },
      /userGrants\.2\.trustee: "ghost".*userGrants\.2\.over: "spectre".*certificateTemplates\.0\.enrollers\.1: "wraith".*profileTemplates\.0\.grants\.4\.trustee: "shade".*policies\.0\.authorizedApprovers\.0: "spook"/s,
    ],
    [
      'a trustee of another domain',
      file => file.roles[0]?.trustees.push('FABRIKAM\\alice'),
      /roles\.0\.trustees\.1: "FABRIKAM\\alice"/,
    ],
    [
      'an unknown account of the server',
      file => file.roles[0]?.trustees.push('LOCAL\\alice'),
      /"LOCAL\\alice" is neither a user nor a group of the organisation file/,
    ],
    [
      'a name that both have',
      file => file.roles[0]?.trustees.push('admin'),
      /roles\.0\.trustees\.1: "admin" is in this file and in the directory; write LOCAL\\admin or CONTOSO\\admin/,
    ],
    [
      'a member of the directory in a group of the file',
      file => file.groups[0]?.members.push('CONTOSO\\mona'),
      /groups\.0\.members\.1: "CONTOSO\\mona" is of the directory/,
    ],
    [
      'another domain than the directory’s',
      file => Object.assign(file.organisation, { domain: 'FABRIKAM' }),
      /organisation\.domain is "FABRIKAM", and "CONTOSO" in the directory/,
    ],
    [
      'another DNS name than the directory’s',
      file => Object.assign(file.organisation, { dnsName: 'fabrikam.com' }),
      /organisation\.dnsName/,
    ],
    [
      'the domain identifier of the directory',
      file => Object.assign(file.organisation, { domainSid }),
      /organisation\.domainSid/,
    ],
    [
      'a user principal name for an account of the server',
      file => Object.assign(file.users[0] ?? {}, { userPrincipalName: 'alice@contoso.com' }),
      /users\.0\.userPrincipalName belongs to accounts of the directory/,
    ],
    [
      'an identifier of the domain for a user',
      file => Object.assign(file.users[0] ?? {}, { sid: `${domainSid}-500` }),
      /users\.0\.sid S-1-5-21-.* belongs to the domain of the directory/,
    ],
    [
      'an identifier of the domain for a group',
      file => Object.assign(file.groups[0] ?? {}, { sid: `${domainSid}-512` }),
      /groups\.0\.sid/,
    ],
  ] satisfies [string, (file: OrganisationFile) => unknown, RegExp][]) {
    test(`refuses ${what}, and nothing is kept`, async t => {
      const { store, import: importFile } = await openImport(t)
      await refused(importFile(fileBesideCompany(change)), 'InvalidParameter', message)
      assert.equal(await store.reader.findOrganisation(), null)
      assert.deepEqual(await store.reader.listRoleAssignments(), [])
    })
  }

  test('refuses the UUID and the identifier of somebody in the directory', async t => {
    const { import: importFile } = await openImport(t, { domainSid: null })
    const alice = await company.directory.findUserByName('alice')
    assert.ok(alice !== null)
    for (const [stolen, message] of [
      [{ uuid: alice.uuid.toUpperCase() }, /users\.0\.uuid .* belongs to an account of the directory/],
      [{ sid: alice.sid }, /users\.0\.sid .* belongs to an account of the directory/],
    ] as const) {
      const file = fileBesideCompany(({ users }) => Object.assign(users[0] ?? {}, stolen))
      await refused(importFile(file), 'InvalidParameter', message)
    }
  })

  test('asks for what the directory does not say', async t => {
    const nameless = await openImport(t, { dnsName: '', domainSid: null })
    await refused(
      nameless.import(fileBesideCompany()),
      'InvalidParameter',
      /organisation\.dnsName is missing/,
    )
    await nameless.import(
      fileBesideCompany(({ organisation }) => Object.assign(organisation, { dnsName: 'contoso.example' })),
    )
    const organisation = await nameless.store.reader.findOrganisation()
    assert.deepEqual([organisation?.dnsName, organisation?.domainSid], ['contoso.example', ownSid])
  })

  test('refuses a directory that is called as the server’s own accounts are', async t => {
    const { import: importFile } = await openImport(t, { domain: 'Local' })
    await refused(importFile(fileBesideCompany()), 'InvalidParameter', /LOCAL .* set ldap\.domain/)
  })
})

test('without a company’s directory a file names its domain and publishes nothing', async t => {
  const { import: importFile } = await openTestbed(t)
  const nameless = demoOrganisation()
  await refused(
    importFile({ ...nameless, organisation: { name: 'Contoso', dnsName: 'contoso.com' } }),
    'InvalidParameter',
    /organisation\.domain is missing/,
  )
  const publishing = demoOrganisation()
  Object.assign(publishing.certificateTemplates[0] ?? {}, { publishToDirectory: true })
  await refused(importFile(publishing), 'InvalidParameter', /VirtualSmartcardVPN.*publishToDirectory needs/)
})
