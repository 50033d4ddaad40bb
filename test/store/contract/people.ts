import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { sampleApiToken, sampleSession, sampleUser } from '../records.ts'
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

  test('keeps and replaces many users at once', async t => {
    const { store } = await open(t)
    const users = Array.from({ length: 1001 }, (_, index) => sampleUser({ accountName: `p${index}` }))
    await audited(store, tx => tx.saveUsers(users))
    const changed = users.map(user => ({ ...user, displayName: `${user.accountName} now`, enabled: false }))
    await audited(store, tx => tx.saveUsers(changed))
    for (const user of [changed[0], changed[500], changed[1000]]) {
      assert.deepEqual(await store.reader.findUser(user?.uuid ?? ''), user)
    }
    assert.equal((await store.reader.listUsers({ after: null, limit: 2000 })).length, 1001)
  })

  test('lists the members of a group in pages, with who they are', async t => {
    const { store } = await open(t)
    const alice = sampleUser({ sid: 'S-1-5-21-1-2-3-2', accountName: 'alice' })
    const bob = sampleUser({ sid: 'S-1-5-21-1-2-3-3', accountName: 'bob', enabled: false })
    const inner = { uuid: randomUUID(), sid: 'S-1-5-21-1-2-3-4', name: 'Inner', members: [] }
    const stranger = 'S-1-5-21-9-9-9-9'
    const members = [inner.sid, bob.sid, stranger, alice.sid]
    const outer = { uuid: randomUUID(), sid: 'S-1-5-21-1-2-3-5', name: 'Outer', members }
    await audited(store, async tx => {
      await tx.saveUsers([alice, bob])
      await tx.saveGroup(inner)
      await tx.saveGroup(outer)
    })
    const first = await store.reader.listGroupMembers(outer.uuid, { after: null, limit: 3 })
    assert.deepEqual(first, [
      { kind: 'user', name: 'alice', sid: alice.sid, enabled: true },
      { kind: 'user', name: 'bob', sid: bob.sid, enabled: false },
      { kind: 'group', name: 'Inner', sid: inner.sid, enabled: true },
    ])
    const rest = await store.reader.listGroupMembers(outer.uuid, { after: inner.sid, limit: 3 })
    assert.deepEqual(rest, [{ kind: 'elsewhere', name: stranger, sid: stranger, enabled: true }])
    await audited(store, tx => tx.saveGroup({ ...outer, members: [stranger, outer.sid] }))
    const changed = await store.reader.findGroupByName('outer')
    assert.deepEqual(changed?.members, [outer.sid, stranger])
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

  test('finds a group by its security identifier, and the groups that name a member themselves', async t => {
    const { store } = await open(t)
    const staff = { uuid: randomUUID(), sid: 'S-1-5-21-7', name: 'staff', members: ['S-1-5-21-8'] }
    const everyone = { uuid: randomUUID(), sid: 'S-1-5-21-6', name: 'Everyone', members: [staff.sid] }
    await audited(store, async tx => {
      await tx.saveGroup(staff)
      await tx.saveGroup(everyone)
    })
    assert.deepEqual(await store.reader.findGroupBySid(staff.sid), staff)
    assert.equal(await store.reader.findGroupBySid('S-1-5-21-8'), null)
    assert.deepEqual(await store.reader.listGroupNamesHolding('S-1-5-21-8'), ['staff'])
    assert.deepEqual(await store.reader.listGroupNamesHolding(staff.sid), ['Everyone'])
  })

  test('deletes a group with its members, and takes it out of the groups that hold it', async t => {
    const { store } = await open(t)
    const inner = { uuid: randomUUID(), sid: 'inner', name: 'inner', members: ['alice'] }
    const outer = { uuid: randomUUID(), sid: 'outer', name: 'outer', members: ['bob', 'inner'] }
    await audited(store, async tx => {
      await tx.saveGroup(inner)
      await tx.saveGroup(outer)
      for (const { sid } of [inner, outer]) {
        await tx.saveRoleAssignment({ role: 'auditor', trustee: sid })
        await tx.saveUserGrant({ trustee: sid, over: 'alice', rights: ['audit'] })
        await tx.saveUserGrant({ trustee: 'alice', over: sid, rights: ['audit'] })
      }
    })
    await audited(store, tx => tx.deleteGroup(inner))
    assert.equal(await store.reader.findGroupByName('inner'), null)
    assert.deepEqual(await store.reader.listGroupSidsOf('alice'), [])
    assert.deepEqual((await store.reader.findGroupByName('outer'))?.members, ['bob'])
    assert.deepEqual(await store.reader.listRoleAssignments(), [{ role: 'auditor', trustee: 'outer' }])
    const grants = (await store.reader.listUserGrants()).map(({ trustee, over }) => `${trustee} ${over}`)
    assert.deepEqual(grants.sort(), ['alice outer', 'outer alice'])
  })

  test('lists users and groups page by page, by name without regard to case', async t => {
    const { store } = await open(t)
    const users = [
      sampleUser({ accountName: 'anna', domain: 'CONTOSO' }),
      sampleUser({ accountName: 'Anna', domain: 'FABRIKAM' }),
      sampleUser({ accountName: 'Berta', domain: 'CONTOSO' }),
    ]
    const groups = ['alpha', 'Beta', 'gamma'].map((name, index) => ({
      ...{ uuid: randomUUID(), sid: `S-1-5-${index}`, name },
      members: Array.from({ length: index }, (_, member) => `S-1-5-9-${member}`),
    }))
    await audited(store, async tx => {
      for (const user of users.toReversed()) await tx.saveUser(user)
      for (const group of groups.toReversed()) await tx.saveGroup(group)
    })
    const first = await store.reader.listUsers({ after: null, limit: 1 })
    const rest = await store.reader.listUsers({ after: first[0] ?? null, limit: 9 })
    assert.deepEqual([...first, ...rest], users)
    const summaries = groups.map(({ members, ...group }) => ({ ...group, memberCount: members.length }))
    assert.deepEqual(await store.reader.listGroups({ after: null, limit: 2 }), summaries.slice(0, 2))
    assert.deepEqual(await store.reader.listGroups({ after: 'BETA', limit: 2 }), summaries.slice(2))
  })

  test('ends every session of a user, and nobody else’s', async t => {
    const { store } = await open(t)
    const [alice, bob] = [randomUUID(), randomUUID()]
    await audited(store, async tx => {
      await tx.insertSession(sampleSession({ tokenHash: 'a1', userUuid: alice }))
      await tx.insertSession(sampleSession({ tokenHash: 'a2', userUuid: alice }))
      await tx.insertSession(sampleSession({ tokenHash: 'b', userUuid: bob }))
    })
    let ended = 0
    await audited(store, async tx => {
      ended = await tx.deleteSessionsOfUser(alice)
    })
    assert.equal(ended, 2)
    const left = await Promise.all(['a1', 'a2', 'b'].map(hash => store.reader.findSession(hash)))
    assert.deepEqual(
      left.map(found => found?.tokenHash),
      [undefined, undefined, 'b'],
    )
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

  test('begins, changes and ends sessions', async t => {
    const { store } = await open(t)
    const session = (tokenHash: string, begun: number, lastSeen: number) =>
      sampleSession({ tokenHash, begunAt: new Date(begun), lastSeenAt: new Date(lastSeen) })
    const first = session('first', 1000, 1000)
    await audited(store, tx => tx.insertSession(first))
    for (const hash of ['first', first.offered?.tokenHash, first.previousTokenHash]) {
      assert.deepEqual(await store.reader.findSession(hash ?? ''), first)
    }
    assert.deepEqual(await audited(store, tx => tx.lockSession(first.uuid)), first)
    assert.equal(await audited(store, tx => tx.lockSession(randomUUID())), null)

    const ofStranger = { session: first, owner: null }
    assert.deepEqual(await store.reader.findSessionAndOwner('first'), ofStranger)
    const alice = sampleUser({ uuid: first.userUuid, enabled: false })
    await audited(store, tx => tx.saveUser(alice))
    assert.deepEqual(await store.reader.findSessionAndOwner('first'), { session: first, owner: alice })
    assert.equal(await store.reader.findSessionAndOwner('none'), null)

    const renewed = {
      ...sampleSession({ uuid: first.uuid, offered: null, previousTokenHash: 'first' }),
      userUuid: first.userUuid,
    }
    await store.transactor.transaction(tx => tx.updateSession(renewed))
    await store.transactor.transaction(tx => tx.updateSession(sampleSession()))
    assert.deepEqual(await store.reader.findSession('first'), renewed)
    assert.deepEqual(await store.reader.findSession(renewed.tokenHash), renewed)
    assert.equal(await store.reader.findSession(first.offered?.tokenHash ?? ''), null)

    assert.equal(await audited(store, tx => tx.deleteSession(first.uuid)), true)
    assert.equal(await audited(store, tx => tx.deleteSession(first.uuid)), false)
    assert.equal(await store.reader.findSession(renewed.tokenHash), null)

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

  test('lists the sessions of a user, the one used last first', async t => {
    const { store } = await open(t)
    const userUuid = randomUUID()
    const sessions = [5, 9, 7].map(seen => sampleSession({ userUuid, lastSeenAt: new Date(seen) }))
    await audited(store, async tx => {
      for (const session of [...sessions, sampleSession()]) await tx.insertSession(session)
    })
    const listed = await store.reader.listSessionsOfUser(userUuid, 2)
    assert.deepEqual(listed, [sessions[1], sessions[2]])
    assert.equal((await store.reader.listSessionsOfUser(userUuid, 9)).length, 3)
  })

  test('keeps API tokens, when they were used, and ends them', async t => {
    const { store } = await open(t)
    const token = sampleApiToken()
    await audited(store, tx => tx.insertApiToken(token))
    assert.deepEqual(await store.reader.findApiToken(token.tokenHash), token)
    assert.equal(await store.reader.findApiToken(token.uuid), null)
    assert.deepEqual(await audited(store, tx => tx.lockApiToken(token.uuid)), token)
    assert.equal(await audited(store, tx => tx.lockApiToken(token.tokenHash)), null)

    for (const time of [1000, 1001, 999]) {
      await store.transactor.transaction(tx => tx.touchApiToken(token.uuid, new Date(time)))
    }
    const used = { ...token, lastUsedAt: new Date(1001) }
    assert.deepEqual(await store.reader.findApiToken(token.tokenHash), used)

    assert.equal(await audited(store, tx => tx.deleteApiToken(token.uuid)), true)
    assert.equal(await audited(store, tx => tx.deleteApiToken(token.uuid)), false)
    assert.equal(await store.reader.findApiToken(token.tokenHash), null)
  })

  test('lists the API tokens of a user, the newest first, and takes the expired ones away', async t => {
    const { store } = await open(t)
    const userUuid = randomUUID()
    const tokens = [5, 9, 7].map(time =>
      sampleApiToken({ userUuid, createdAt: new Date(time), expiresAt: new Date(time * 10) }),
    )
    const other = sampleApiToken({ expiresAt: new Date(1) })
    await audited(store, async tx => {
      for (const token of [...tokens, other]) await tx.insertApiToken(token)
    })
    assert.deepEqual(await store.reader.listApiTokensOfUser(userUuid, 2), [tokens[1], tokens[2]])
    await store.transactor.transaction(tx => tx.deleteExpiredApiTokens(userUuid, new Date(70)))
    assert.deepEqual(await store.reader.listApiTokensOfUser(userUuid, 9), [tokens[1], tokens[2]])
    assert.deepEqual(await store.reader.findApiToken(other.tokenHash), other)
  })
}
