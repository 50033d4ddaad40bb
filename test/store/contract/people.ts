import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { sampleSession, sampleUser } from '../records.ts'
import { audited, type OpenTestDatabase, withCode } from '../store-contract.ts'

const organisation = {
  name: 'Contoso Ltd',
  domain: 'CONTOSO',
  dnsName: 'contoso.example',
  domainSid: 'S-1-5-21-1-2-3',
  serviceAccountSid: 'S-1-5-21-1-2-3-500',
}

export function peopleContract(open: OpenTestDatabase): void {
  test('keeps one organisation, the last that was saved', async t => {
    const { store } = await open(t)
    assert.equal(await store.reader.findOrganisation(), null)
    await audited(store, tx => tx.saveOrganisation(organisation))
    await audited(store, tx => tx.saveOrganisation({ ...organisation, name: 'Contoso AG' }))
    assert.deepEqual(await store.reader.findOrganisation(), { ...organisation, name: 'Contoso AG' })
  })

  test('keeps users and replaces them by uuid', async t => {
    const { store } = await open(t)
    const alice = sampleUser()
    const bob = sampleUser({ userPrincipalName: null, mail: null, enabled: false })
    await audited(store, async tx => {
      await tx.saveUser(alice)
      await tx.saveUser(bob)
    })
    assert.deepEqual(await store.reader.findUser(alice.uuid), alice)
    assert.deepEqual(await store.reader.findUser(bob.uuid), bob)
    assert.equal(await store.reader.findUser(randomUUID()), null)
    const renamed = { ...alice, accountName: 'alicia', enabled: false }
    await audited(store, tx => tx.saveUser(renamed))
    assert.deepEqual(await store.reader.findUser(alice.uuid), renamed)
    assert.deepEqual(await store.reader.findUserBySid(alice.sid), renamed)
    assert.equal(await store.reader.findUserBySid('S-1-5-21-0'), null)
    assert.deepEqual(await store.reader.findUserByName('ALICIA'), renamed)
    assert.equal(await store.reader.findUserByName(alice.accountName), null)
  })

  test('finds a user by account name, qualified name and principal name in any case', async t => {
    const { store } = await open(t)
    const user = sampleUser({
      domain: 'Contoso',
      accountName: 'Zoë.Ärmel',
      userPrincipalName: 'Zoë@Contoso.example',
    })
    await audited(store, tx => tx.saveUser(user))
    const names = [
      'zoë.ärmel',
      'ZOË.ÄRMEL',
      'CONTOSO\\zoë.ärmel',
      'contoso\\ZOË.ärmel',
      'ZOË@CONTOSO.EXAMPLE',
      'zoë@contoso.example',
    ]
    for (const name of names) assert.deepEqual(await store.reader.findUserByName(name), user, name)
    const strangers = [
      'zoë',
      'FABRIKAM\\zoë.ärmel',
      'zoë@fabrikam.example',
      'CONTOSO\\',
      '',
      '%',
      'CONTOSO\\zoë\\x',
    ]
    for (const name of strangers) assert.equal(await store.reader.findUserByName(name), null, name)
  })

  test('finds nobody by an account name that two domains have', async t => {
    const { store } = await open(t)
    const here = sampleUser({ domain: 'CONTOSO', accountName: 'alice' })
    const there = sampleUser({ domain: 'FABRIKAM', accountName: 'Alice' })
    await audited(store, async tx => {
      await tx.saveUser(here)
      await tx.saveUser(there)
    })
    assert.equal(await store.reader.findUserByName('alice'), null)
    assert.deepEqual(await store.reader.findUserByName('fabrikam\\alice'), there)
  })

  test('refuses two users of one name, which could sign in as each other', async t => {
    const { store } = await open(t)
    const alice = sampleUser({ accountName: 'alice', userPrincipalName: 'alice@contoso.example' })
    await audited(store, tx => tx.saveUser(alice))
    const impostors = [
      sampleUser({ accountName: 'ALICE' }),
      sampleUser({ userPrincipalName: 'Alice@contoso.example' }),
      sampleUser({ sid: alice.sid }),
    ]
    for (const impostor of impostors) {
      await assert.rejects(
        audited(store, tx => tx.saveUser(impostor)),
        withCode('ConcurrentChange'),
      )
    }
  })

  test('keeps the password hash of a local account', async t => {
    const { store } = await open(t)
    const user = sampleUser()
    await audited(store, async tx => {
      await tx.saveUser(user)
      await tx.saveLocalAccount({ userUuid: user.uuid, passwordHash: 'old' })
    })
    await audited(store, tx => tx.saveLocalAccount({ userUuid: user.uuid, passwordHash: 'new' }))
    assert.deepEqual(await store.reader.findLocalAccount(user.uuid), {
      userUuid: user.uuid,
      passwordHash: 'new',
    })
    assert.equal(await store.reader.findLocalAccount(randomUUID()), null)
  })

  test('replaces a group with its members and finds it by name in any case', async t => {
    const { store } = await open(t)
    const group = { uuid: randomUUID(), sid: 'S-1-5-21-9', name: 'Häuser', members: ['S-1-1', 'S-1-2'] }
    await audited(store, tx => tx.saveGroup(group))
    assert.deepEqual(await store.reader.findGroupByName('HÄUSER'), group)
    const changed = { ...group, name: 'Homes', members: ['S-1-2', 'S-1-3'] }
    await audited(store, tx => tx.saveGroup(changed))
    assert.deepEqual(await store.reader.findGroupByName('homes'), changed)
    assert.equal(await store.reader.findGroupByName('Häuser'), null)
  })

  test('takes a group of many members', async t => {
    const { store } = await open(t)
    const members = Array.from({ length: 2500 }, (_, index) => `S-1-5-21-${10_000 + index}`)
    await audited(store, tx => tx.saveGroup({ uuid: randomUUID(), sid: 'S-1-5-9', name: 'All', members }))
    assert.deepEqual((await store.reader.findGroupByName('all'))?.members, members)
  })

  test('lists nested groups of a member, even where groups hold each other', async t => {
    const { store } = await open(t)
    const groups: [sid: string, members: string[]][] = [
      ['staff', ['alice', 'engineers']],
      ['engineers', ['bob', 'smiths']],
      ['smiths', ['carol', 'staff']],
      ['selfish', ['selfish', 'bob']],
      ['others', ['dave']],
    ]
    await audited(store, async tx => {
      for (const [sid, members] of groups) await tx.saveGroup({ uuid: randomUUID(), sid, name: sid, members })
    })
    const listed = async (sid: string) => [...(await store.reader.listGroupSidsOf(sid))].sort()
    assert.deepEqual(await listed('alice'), ['engineers', 'smiths', 'staff'])
    assert.deepEqual(await listed('bob'), ['engineers', 'selfish', 'smiths', 'staff'])
    assert.deepEqual(await listed('dave'), ['others'])
    assert.deepEqual(await listed('nobody'), [])
  })

  test('keeps each role assignment once', async t => {
    const { store } = await open(t)
    const assignments = [
      { role: 'auditor', trustee: 'S-1-2' },
      { role: 'manager', trustee: 'S-1-1' },
    ] as const
    for (let round = 0; round < 2; round++) {
      await audited(store, async tx => {
        for (const assignment of assignments) await tx.saveRoleAssignment(assignment)
      })
    }
    assert.deepEqual(await store.reader.listRoleAssignments(), assignments)
  })

  test('replaces the rights of a user grant', async t => {
    const { store } = await open(t)
    const grant = { trustee: 'S-1-1', over: 'S-1-2', rights: ['request-enroll', 'audit'] } as const
    await audited(store, tx => tx.saveUserGrant({ ...grant, rights: [] }))
    await audited(store, tx => tx.saveUserGrant(grant))
    assert.deepEqual(await store.reader.listUserGrants(), [grant])
  })

  test('begins, touches and ends sessions', async t => {
    const { store } = await open(t)
    const session = (tokenHash: string, begun: number, lastSeen: number) =>
      sampleSession({ tokenHash, begunAt: new Date(begun), lastSeenAt: new Date(lastSeen) })
    const first = session('first', 1000, 1000)
    await audited(store, tx => tx.insertSession(first))
    assert.deepEqual(await store.reader.findSession('first'), first)

    await store.transactor.transaction(tx => tx.touchSession('first', new Date(1001)))
    await store.transactor.transaction(tx => tx.touchSession('first', new Date(999)))
    assert.deepEqual(await store.reader.findSession('first'), { ...first, lastSeenAt: new Date(1001) })

    await audited(store, tx => tx.deleteSession('first'))
    assert.equal(await store.reader.findSession('first'), null)

    await audited(store, async tx => {
      await tx.insertSession(session('idle', 1000, 1999))
      await tx.insertSession(session('old', 499, 3000))
      await tx.insertSession(session('good', 500, 2000))
    })
    await store.transactor.transaction(tx => tx.deleteSessionsBefore(new Date(2000), new Date(500)))
    const left = await Promise.all(['idle', 'old', 'good'].map(hash => store.reader.findSession(hash)))
    assert.deepEqual(
      left.map(found => found?.tokenHash),
      [undefined, undefined, 'good'],
    )
  })
}
