import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createLocalDirectory } from '../../src/directory/local-directory.ts'
import { alice, domainSid } from '../identity/alice.ts'

const asked: string[] = []
const group = { uuid: 'a group', sid: `${domainSid}-2001`, name: 'Card Users', members: [alice.sid] }
const directory = createLocalDirectory({
  findUser: async uuid => (uuid === alice.uuid ? alice : null),
  findUserBySid: async sid => (sid === alice.sid ? alice : null),
  findGroupByName: async name => (name.toLowerCase() === 'card users' ? group : null),
  findOrganisation: async () => ({
    name: 'Contoso Ltd',
    domain: 'CONTOSO',
    dnsName: 'contoso.com',
    domainSid,
    serviceAccountSid: `${domainSid}-500`,
  }),
  async findUserByName(name) {
    asked.push(name)
    return ['alice', 'alice@contoso.com', ''].includes(name.toLowerCase()) ? alice : null
  },
  listGroupSidsOf: async memberSid =>
    memberSid === alice.sid ? [`${domainSid}-2001`, `${domainSid}-2002`] : [],
})

describe('the local directory', () => {
  for (const name of [
    'alice',
    'Alice',
    'CONTOSO\\alice',
    'contoso\\ALICE',
    'alice@contoso.com',
    'ALICE@Contoso.com',
  ]) {
    test(`finds a user by ${name}`, async () => assert.deepEqual(await directory.findUserByName(name), alice))
  }

  for (const name of [
    '',
    '\\',
    'CONTOSO\\',
    '\\alice',
    'FABRIKAM\\alice',
    'CONTOSO\\\\alice',
    'CONTOSO\\alice\\',
    'CONTOSO\\alice@contoso.com',
    'CONTOSO\\bob',
    'CONTOSO/alice',
    ' alice',
    'bob',
  ]) {
    test(`finds nobody by ${JSON.stringify(name)}`, async () => {
      assert.equal(await directory.findUserByName(name), null)
    })
  }

  test('asks nothing for a name that is too long to be one', async () => {
    const before = asked.length
    assert.equal(await directory.findUserByName('a'.repeat(100_000)), null)
    assert.equal(asked.length, before)
  })

  test('finds a user by uuid', async () => {
    assert.deepEqual(await directory.findUser(alice.uuid), alice)
    assert.equal(await directory.findUser('unknown'), null)
  })

  test('finds a user by security identifier', async () => {
    assert.deepEqual(await directory.findUserBySid(alice.sid), alice)
    assert.equal(await directory.findUserBySid(`${domainSid}-9`), null)
  })

  for (const name of ['Card Users', 'card users', 'CONTOSO\\Card Users', 'contoso\\CARD USERS']) {
    test(`finds a group by ${name}`, async () => {
      assert.equal((await directory.findGroupByName(name))?.sid, group.sid)
    })
  }

  for (const name of [
    '',
    'Nobody',
    'FABRIKAM\\Card Users',
    'CONTOSO\\Card Users\\',
    'CONTOSO\\',
    '\\Card Users',
  ]) {
    test(`finds no group by ${JSON.stringify(name)}`, async () => {
      assert.equal(await directory.findGroupByName(name), null)
    })
  }

  test('lists the user’s own identifier and those of all groups', async () => {
    assert.deepEqual(
      await directory.listSids(alice),
      new Set([alice.sid, `${domainSid}-2001`, `${domainSid}-2002`]),
    )
    const bob = { ...alice, sid: `${domainSid}-1102` }
    assert.deepEqual(await directory.listSids(bob), new Set([bob.sid]))
  })
})
