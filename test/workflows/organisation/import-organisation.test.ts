import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ImportEnvironment,
  importOrganisation,
} from '../../../src/workflows/organisation/import-organisation.ts'
import {
  type OrganisationFile,
  parseOrganisationFile,
} from '../../../src/workflows/organisation/organisation-file.ts'
import type { Reader } from '../../../src/workflows/ports/store.ts'
import { parseName } from '../../../src/x509/names/distinguished-name.ts'
import { demoOrganisation, randomness } from '../../testbed/environment.ts'
import { refused, software, virtualCard, withPolicy, withTemplate, withUser } from '../stories.ts'
import { emptyStore } from './empty-store.ts'

/** Everything that an import can change. */
async function stateOf(reader: Reader) {
  const accounts = ['alice', 'bob', 'mona', 'heidi', 'admin', 'carl']
  const groups = ['Subscribers', 'Managers', 'HelpDesk', 'EnrollmentAgents', 'Administrators']
  const users = await Promise.all(accounts.map(account => reader.findUserByName(account)))
  return {
    organisation: await reader.findOrganisation(),
    users,
    localAccounts: await Promise.all(users.map(user => user && reader.findLocalAccount(user.uuid))),
    groups: await Promise.all(groups.map(group => reader.findGroupByName(group))),
    roles: await reader.listRoleAssignments(),
    grants: await reader.listUserGrants(),
    templates: await reader.listProfileTemplates(),
    certificateTemplates: await Promise.all(
      ['User', 'SmartcardLogon', 'VirtualSmartcardVPN'].map(name => reader.findCertificateTemplate(name)),
    ),
  }
}

test('the demo organisation brings people, groups, roles and templates', async t => {
  const { store, import: importFile, delivered } = await emptyStore(t)
  const accounts = await importFile(demoOrganisation())
  const { organisation, users, groups, templates } = await stateOf(store.reader)
  assert.deepEqual(organisation, {
    name: 'Contoso',
    domain: 'CONTOSO',
    dnsName: 'contoso.com',
    domainSid: 'S-1-5-21-1-2-3',
    serviceAccountSid: 'S-1-5-21-1-2-3-1000',
  })
  const [alice] = users
  assert.ok(alice)
  assert.match(alice.sid, /^S-1-5-21-1-2-3-\d+$/)
  assert.equal(alice.userPrincipalName, 'alice@contoso.com')
  assert.equal(alice.distinguishedName, 'CN=Alice Adams,CN=Users,DC=contoso,DC=com')
  assert.ok(groups[0]?.members.includes(alice.sid))
  assert.deepEqual(
    templates.map(({ uuid, version }) => [uuid, version]),
    templates.map(({ uuid }) => [uuid.toLowerCase(), 1]),
  )
  assert.equal(templates.length, 3)
  assert.deepEqual(delivered, [accounts])
  assert.deepEqual(
    accounts.map(({ user, roles }) => [user, roles]),
    [
      ['alice', ['subscriber']],
      ['bob', ['subscriber']],
      ['mona', ['manager']],
      ['heidi', ['help-desk', 'enrollment-agent']],
      ['admin', ['administrator']],
    ],
  )
  const kept = await store.reader.findLocalAccount(alice.uuid)
  assert.equal(kept?.passwordHash, `hash of ${accounts[0]?.password}`)
})

test('a second import of the same file changes nothing', async t => {
  const { store, import: importFile, delivered } = await emptyStore(t)
  await importFile(demoOrganisation())
  const before = await stateOf(store.reader)
  assert.deepEqual(await importFile(demoOrganisation()), [])
  assert.deepEqual(await stateOf(store.reader), before)
  assert.equal(delivered.length, 1)
})

test('a profile template that changed gets the next version, the others keep theirs', async t => {
  const { store, import: importFile } = await emptyStore(t)
  await importFile(demoOrganisation())
  await importFile(
    withPolicy(virtualCard, 'enroll', { approvalsNeeded: 1, authorizedApprovers: ['Managers'] })(
      demoOrganisation(),
    ),
  )
  const templates = await store.reader.listProfileTemplates()
  assert.deepEqual(
    new Map(templates.map(({ uuid, version }) => [uuid, version])),
    new Map(templates.map(({ uuid }) => [uuid, uuid === virtualCard ? 2 : 1])),
  )
  const first = await store.reader.findProfileTemplateVersion(virtualCard, 1)
  assert.equal(first?.policies.enroll?.approvalsNeeded, 0)
  await importFile(demoOrganisation())
  assert.equal((await store.reader.findProfileTemplate(virtualCard))?.version, 3)
})

test('people are brought up to the file and keep their uuid, identifier and password', async t => {
  const { store, import: importFile } = await emptyStore(t)
  await importFile(demoOrganisation())
  const before = await store.reader.findUserByName('alice')
  const file = demoOrganisation()
  Object.assign(file.users[0] ?? {}, { displayName: 'Alice Brown', enabled: false })
  assert.deepEqual(await importFile(file), [])
  const after = await store.reader.findUserByName('alice')
  assert.deepEqual(
    { ...after, displayName: '', distinguishedName: '', enabled: true },
    { ...before, displayName: '', distinguishedName: '' },
  )
  assert.deepEqual([after?.displayName, after?.enabled], ['Alice Brown', false])
})

test('a new user gets an account, and only that one is handed out', async t => {
  const { import: importFile, delivered } = await emptyStore(t)
  await importFile(demoOrganisation())
  const withCarl = withUser('carl', { group: 'Subscribers', entry: { generatePassword: true } })
  const accounts = await importFile(withCarl(demoOrganisation()))
  assert.deepEqual(
    accounts.map(({ user, roles }) => ({ user, roles })),
    [{ user: 'carl', roles: ['subscriber'] }],
  )
  assert.deepEqual(delivered[1], accounts)
})

test('passwords are handed out before anything is kept, and nothing is kept where that fails', async t => {
  const { environment, store, import: importFile } = await emptyStore(t)
  const empty = await stateOf(store.reader)
  let seen: unknown
  const noting = {
    ...environment,
    deliverPasswords: async () => {
      seen = await stateOf(store.reader)
      throw new Error('The disk is full.')
    },
  }
  await assert.rejects(importOrganisation(noting, demoOrganisation()), /disk is full/)
  assert.deepEqual(seen, empty)
  assert.deepEqual(await stateOf(store.reader), empty)
  assert.equal((await importFile(demoOrganisation())).length, 5)
})

test('an import that breaks in the middle leaves nothing', async t => {
  const { environment, store } = await emptyStore(t)
  const empty = await stateOf(store.reader)
  const steps = ['saveGroup', 'saveLocalAccount', 'saveUserGrant', 'saveProfileTemplate', 'audit'] as const
  for (const step of steps) {
    const breaking: ImportEnvironment = {
      ...environment,
      store: {
        ...store,
        transactor: {
          transaction: work =>
            store.transactor.transaction(transaction => {
              const failing = { ...transaction }
              failing[step] = async () => {
                throw new Error('The power is gone.')
              }
              return work(failing)
            }),
        },
      },
    }
    await assert.rejects(importOrganisation(breaking, demoOrganisation()), /power is gone/)
    assert.deepEqual(await stateOf(store.reader), empty, step)
  }
})

/** What is wrong with a file that has the right shape. */
const faults: readonly {
  readonly name: string
  readonly change: (file: OrganisationFile) => unknown
  readonly message: RegExp
}[] = [
  {
    name: 'an unknown member of a group',
    change: file => file.groups[0]?.members.push('nobody'),
    message: /"nobody" is neither/,
  },
  {
    name: 'an unknown trustee of a role',
    change: file => file.roles[0]?.trustees.push('Nobodies'),
    message: /"Nobodies"/,
  },
  {
    name: 'a trustee of another domain',
    change: file => file.roles[0]?.trustees.push('FABRIKAM\\alice'),
    message: /FABRIKAM/,
  },
  {
    name: 'an unknown approver',
    change: withPolicy(virtualCard, 'enroll', { authorizedApprovers: ['ghost'] }),
    message: /"ghost"/,
  },
  {
    name: 'an unknown certificate template',
    change: withTemplate(software, template => template.certificateTemplates.push('Nothing')),
    message: /"Nothing", which does not exist/,
  },
  {
    name: 'a regular expression that is none',
    change: withPolicy(virtualCard, 'enroll', {
      dataCollection: [
        { name: 'Floor', role: 'subscriber', validation: { type: 'regular-expression', data: '[0-9' } },
      ],
    }),
    message: /Virtual Smartcard VPN.*enroll.*"Floor".*regular expression/,
  },
  {
    name: 'PIN limits the wrong way round',
    change: withTemplate(virtualCard, ({ smartcard }) =>
      Object.assign(smartcard ?? {}, { userPinPolicy: { minimumLength: 8, maximumLength: 6 } }),
    ),
    message: /Virtual Smartcard VPN.*PIN/,
  },
  {
    name: 'approvals that nobody can give',
    change: withPolicy(virtualCard, 'enroll', { approvalsNeeded: 1 }),
    message: /Virtual Smartcard VPN.*enroll.*approve/,
  },
  {
    name: 'a required enrollment agent that is not named',
    change: withPolicy(virtualCard, 'enroll', { enrollAgentRequired: true }),
    message: /Virtual Smartcard VPN.*enroll.*enrollment agent/,
  },
  {
    name: 'two policies for one workflow',
    change: withTemplate(virtualCard, ({ policies }) => {
      const [policy] = policies
      if (policy !== undefined) policies.push(policy)
    }),
    message: /Virtual Smartcard VPN.*two enroll policies/,
  },
  {
    name: 'a certificate template twice in a profile template',
    change: withTemplate(software, template => template.certificateTemplates.push('User')),
    message: /FIM CM Sample Profile Template.*"User" twice/,
  },
  {
    name: 'a curve that there is none of',
    change: file => Object.assign(file.certificateTemplates[0]?.key ?? {}, { algorithm: 'EC', keySize: 500 }),
    message: /VirtualSmartcardVPN.*256 or 384/,
  },
  {
    name: 'RSA keys that are too short',
    change: file => Object.assign(file.certificateTemplates[0]?.key ?? {}, { keySize: 512 }),
    message: /VirtualSmartcardVPN.*2048/,
  },
]

for (const { name, change, message } of faults) {
  test(`refuses ${name}, and nothing is kept`, async t => {
    const { store, import: importFile } = await emptyStore(t)
    const empty = await stateOf(store.reader)
    const file = demoOrganisation()
    change(file)
    await refused(importFile(file), 'InvalidParameter', message)
    assert.deepEqual(await stateOf(store.reader), empty)
  })
}

test('refuses a file that is no JSON, or has keys that nobody reads', () => {
  assert.throws(() => parseOrganisationFile('{'), { code: 'MalformedBody' })
  const file = { ...demoOrganisation(), userz: [] }
  assert.throws(() => parseOrganisationFile(JSON.stringify(file)), { code: 'InvalidParameter' })
  const misspelt = JSON.stringify(demoOrganisation()).replace('"selfServiceEnabled"', '"selfserviceEnabled"')
  assert.throws(() => parseOrganisationFile(misspelt), /profileTemplates\.0\.policies/)
  assert.throws(() => parseOrganisationFile('{}'), /format[\s\S]*users[\s\S]*profileTemplates/)
})

test('names with special characters make a distinguished name that can be read again', async t => {
  const { store, import: importFile } = await emptyStore(t)
  const displayName = ' #Müller, "Carl" <c+1>; a=b\\c '
  await importFile(withUser('carl', { entry: { displayName } })(demoOrganisation()))
  const user = await store.reader.findUserByName('carl')
  assert.ok(user)
  const values = parseName(user.distinguishedName).flatMap(part => part.map(({ value }) => value))
  assert.ok(values.includes(displayName), user.distinguishedName)
})

test('users and groups without a security identifier get one each, however randomness repeats itself', async t => {
  const { store, import: importFile } = await emptyStore(t, {
    randomness: { ...randomness, integer: () => 3 },
  })
  const file = demoOrganisation()
  const [first, second, ...others] = file.users
  assert.ok(first && second)
  // Somebody further down states the one that the first would get.
  await importFile({ ...file, users: [first, { ...second, sid: 'S-1-5-21-1-2-3-1103' }, ...others] })
  const { users, groups } = await stateOf(store.reader)
  const sids = [...users, ...groups].flatMap(one => one?.sid ?? [])
  assert.equal(new Set(sids).size, sids.length)
  assert.equal(sids.length, file.users.length + file.groups.length)
})

test('a security identifier that somebody else has is refused, be they a user or a group', async t => {
  const { store, import: importFile } = await emptyStore(t)
  const file = demoOrganisation()
  await importFile(file)
  const before = await stateOf(store.reader)
  const [alice, managers] = [before.users[0], before.groups[1]]
  assert.ok(alice && managers)
  const nothing = {
    ...{ users: [], groups: [], roles: [], userGrants: [] },
    ...{ certificateTemplates: [], profileTemplates: [] },
  }
  const newUser = { account: 'eve', displayName: 'Eve' }
  const newGroup = { name: 'Strangers', members: [] }
  for (const change of [
    { users: [...file.users, { ...newUser, sid: managers.sid }] },
    { users: [...file.users, { ...newUser, sid: alice.sid }] },
    { groups: [...file.groups, { ...newGroup, sid: alice.sid }] },
    { groups: [...file.groups, { ...newGroup, sid: managers.sid }] },
    {
      users: [...file.users, { ...newUser, sid: 'S-1-5-21-1-2-3-5' }],
      groups: [...file.groups, { ...newGroup, sid: 'S-1-5-21-1-2-3-5' }],
    },
    // They are not of the file, only of the store.
    { ...nothing, users: [{ ...newUser, sid: alice.sid }] },
    { ...nothing, users: [{ ...newUser, sid: managers.sid }] },
    { ...nothing, groups: [{ ...newGroup, sid: alice.sid }] },
    { ...nothing, groups: [{ ...newGroup, sid: managers.sid }] },
  ]) {
    await refused(
      importFile({ ...file, ...change }),
      'InvalidParameter',
      /cannot have the security identifier/,
    )
    assert.deepEqual(await stateOf(store.reader), before)
  }
})

test('the identifier of a domain has to be one', async t => {
  const { import: importFile } = await emptyStore(t)
  const file = demoOrganisation()
  const organisation = { ...file.organisation, domainSid: 'S-1-5-32' }
  await assert.rejects(importFile({ ...file, organisation }), /organisation\.domainSid is not/)
})
