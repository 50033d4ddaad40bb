import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createComposedDirectory } from '../../src/directory/composed-directory.ts'
import type { DirectoryUser } from '../../src/domain/directory-user.ts'
import { CardinalError } from '../../src/domain/error.ts'
import type { OrganisationFile } from '../../src/workflows/organisation/organisation-file.ts'
import type { Directory } from '../../src/workflows/ports/directory.ts'
import { createTestbed, type Testbed } from '../testbed/environment.ts'

/** Two organisations that know nothing of each other, both CONTOSO, with the same names in both. */
let own: Testbed
let company: Testbed
let directory: Directory
let ours: DirectoryUser
let theirs: DirectoryUser
before(async () => {
  const kindred = { organisation: addStaff }
  ;[own, company] = await Promise.all([createTestbed(kindred), createTestbed(kindred)])
  directory = createComposedDirectory(own.directory, company.directory)
  const [first, second] = [await find(own, 'alice'), await find(company, 'alice')]
  ours = { ...first, domain: 'LOCAL', userPrincipalName: null }
  theirs = second
})
after(() => Promise.all([own?.close(), company?.close()]))

function addStaff(demo: OrganisationFile): OrganisationFile {
  return { ...demo, groups: [...demo.groups, { name: 'staff', members: ['alice'] }] }
}

async function find(testbed: Testbed, name: string): Promise<DirectoryUser> {
  const user = await testbed.directory.findUserByName(name)
  assert.ok(user !== null)
  return user
}

describe('a company’s directory with accounts of the server beside it', () => {
  for (const name of ['LOCAL\\alice', 'local\\ALICE']) {
    test(`finds the server’s own account by ${name}`, async () => {
      assert.deepEqual(await directory.findUserByName(name), ours)
    })
  }

  for (const name of ['alice', 'ALICE', 'CONTOSO\\alice', 'alice@contoso.com']) {
    test(`finds the company’s account by ${name}`, async () => {
      assert.deepEqual(await directory.findUserByName(name), theirs)
    })
  }

  for (const name of [
    'LOCAL\\',
    'LOCAL\\zed',
    'LOCAL\\CONTOSO\\alice',
    'LOCAL\\LOCAL\\alice',
    'LOCAL\\alice@contoso.com',
    'LOCAL\\alice\0',
    'LOCAL\\*',
    'alice@LOCAL',
    '.\\alice',
  ]) {
    test(`finds nobody by ${JSON.stringify(name)}`, async () => {
      assert.equal(await directory.findUserByName(name), null)
    })
  }

  test('tells the two apart by UUID and by security identifier', async () => {
    assert.notEqual(ours.uuid, theirs.uuid)
    assert.deepEqual(await directory.findUser(ours.uuid), ours)
    assert.deepEqual(await directory.findUser(theirs.uuid), theirs)
    assert.deepEqual(await directory.findUserNow(ours.uuid), ours)
    assert.deepEqual(await directory.findUserNow(theirs.uuid), theirs)
    assert.deepEqual(await directory.findUserBySid(ours.sid), ours)
    assert.deepEqual(await directory.findUserBySid(theirs.sid), theirs)
  })

  test('gives to neither the groups of the other', async () => {
    assert.deepEqual(await directory.listSids(ours), await own.directory.listSids(ours))
    assert.deepEqual(await directory.listSids(theirs), await company.directory.listSids(theirs))
    const [staff, theirStaff] = [
      await directory.findGroupByName('LOCAL\\staff'),
      await directory.findGroupByName('CONTOSO\\staff'),
    ]
    assert.notEqual(staff?.sid, theirStaff?.sid)
    assert.deepEqual(await directory.findGroupByName('staff'), theirStaff)
    assert.ok((await directory.listSids(ours)).has(staff?.sid ?? ''))
    assert.ok((await directory.listSids(theirs)).has(theirStaff?.sid ?? ''))
  })

  test('lets an account of the company with the UUID or identifier of ours take nothing over', async () => {
    const impostor = { ...theirs, uuid: ours.uuid, sid: ours.sid }
    const hostile = createComposedDirectory(own.directory, {
      ...company.directory,
      findUser: async () => impostor,
      findUserNow: async () => impostor,
      findUserBySid: async () => impostor,
    })
    assert.deepEqual(await hostile.findUser(ours.uuid), ours)
    assert.deepEqual(await hostile.findUserNow(ours.uuid), ours)
    assert.deepEqual(await hostile.findUserBySid(ours.sid), ours)
  })

  test('finds the server’s own accounts while the company’s directory is down', async () => {
    const fail = async () => {
      throw new CardinalError('ServiceUnavailable', 'down')
    }
    const crippled = createComposedDirectory(own.directory, {
      findUser: fail,
      findUserNow: fail,
      findUserByName: fail,
      findUserBySid: fail,
      findGroupByName: fail,
      listSids: fail,
    })
    assert.deepEqual(await crippled.findUserByName('LOCAL\\alice'), ours)
    assert.deepEqual(await crippled.findUser(ours.uuid), ours)
    assert.deepEqual(await crippled.findUserNow(ours.uuid), ours)
    assert.deepEqual(await crippled.findUserBySid(ours.sid), ours)
    assert.ok((await crippled.listSids(ours)).has(ours.sid))
    assert.equal(await crippled.findUserByName('LOCAL\\zed'), null)
    await assert.rejects(crippled.findUserByName('alice'), { code: 'ServiceUnavailable' })
    await assert.rejects(crippled.findUser(theirs.uuid), { code: 'ServiceUnavailable' })
    await assert.rejects(crippled.findUserNow(theirs.uuid), { code: 'ServiceUnavailable' })
    await assert.rejects(crippled.listSids(theirs), { code: 'ServiceUnavailable' })
  })
})
