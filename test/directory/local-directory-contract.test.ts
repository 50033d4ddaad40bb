import assert from 'node:assert/strict'
import { createTestbed } from '../testbed/environment.ts'
import { describeDirectory } from './directory-contract.ts'

describeDirectory('by the server’s own records', async () => {
  const testbed = await createTestbed({
    organisation: demo => ({
      ...demo,
      users: [...demo.users, { account: 'dora', displayName: 'Dora', enabled: false }],
      groups: [
        ...demo.groups,
        { name: 'staff', members: ['alice', 'company'] },
        { name: 'branch', members: ['staff'] },
        { name: 'company', members: ['branch'] },
        { name: 'others', members: ['bob'] },
      ],
    }),
  })
  const { reader } = testbed.store
  const [alice, dora] = [await reader.findUserByName('alice'), await reader.findUserByName('dora')]
  assert.ok(alice !== null && dora !== null)
  const sidOfGroup = async (name: string) => (await reader.findGroupByName(name))?.sid ?? ''
  return {
    directory: testbed.directory,
    dnsName: 'contoso.com',
    alice,
    doraUuid: dora.uuid,
    groups: {
      staff: await sidOfGroup('staff'),
      branch: await sidOfGroup('branch'),
      company: await sidOfGroup('company'),
      others: await sidOfGroup('others'),
    },
    close: testbed.close,
  }
})
