import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createLocalDirectory } from '../../src/directory/local-directory.ts'
import { alice, domainSid } from '../identity/alice.ts'

const asked: string[] = []
const directory = createLocalDirectory({
  findUser: async uuid => (uuid === alice.uuid ? alice : null),
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

  test('lists the user’s own identifier and those of all groups', async () => {
    assert.deepEqual(
      await directory.listSids(alice),
      new Set([alice.sid, `${domainSid}-2001`, `${domainSid}-2002`]),
    )
    const bob = { ...alice, sid: `${domainSid}-1102` }
    assert.deepEqual(await directory.listSids(bob), new Set([bob.sid]))
  })
})
