import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RoleAssignment } from '../../src/domain/organisation.ts'
import { createPrincipalResolver, resolvePrincipal } from '../../src/identity/principal.ts'
import { alice, domainSid } from './alice.ts'
import { createClockFake } from './clock-fake.ts'

const helpDesk = `${domainSid}-2001`
const managers = `${domainSid}-2002`

test('a principal holds the roles of the user and of every group the user is in, and no others', async () => {
  const directory = { listSids: async () => new Set([alice.sid, helpDesk]) }
  const principal = await resolvePrincipal(alice, directory, [
    { role: 'subscriber', trustee: alice.sid },
    { role: 'help-desk', trustee: helpDesk },
    { role: 'manager', trustee: managers },
    { role: 'administrator', trustee: `${domainSid}-110` },
  ])
  assert.deepEqual(principal, {
    uuid: alice.uuid,
    sid: alice.sid,
    sids: new Set([alice.sid, helpDesk]),
    roles: new Set(['subscriber', 'help-desk']),
  })
})

describe('a principal that was resolved', () => {
  function setUp(capacity = 10) {
    const clock = createClockFake()
    const facts = { groups: [helpDesk], reads: 0, failing: false }
    const assignments: RoleAssignment[] = [{ role: 'help-desk', trustee: helpDesk }]
    const resolve = createPrincipalResolver({
      directory: {
        async listSids(user) {
          facts.reads += 1
          if (facts.failing) throw new Error('out of reach')
          return new Set([user.sid, ...facts.groups])
        },
      },
      reader: { listRoleAssignments: async () => assignments },
      clock,
      lifetimeSeconds: 30,
      capacity,
    })
    return { clock, facts, resolve }
  }

  test('is remembered for its lifetime, and a change takes effect after it', async () => {
    const { clock, facts, resolve } = setUp()
    assert.ok((await resolve(alice)).roles.has('help-desk'))
    facts.groups = []
    clock.advance(29.999)
    assert.ok((await resolve(alice)).roles.has('help-desk'))
    clock.advance(0.001)
    assert.ok(!(await resolve(alice)).roles.has('help-desk'))
    assert.equal(facts.reads, 2)
  })

  test('is resolved again where the clock was set back', async () => {
    const { clock, facts, resolve } = setUp()
    await resolve(alice)
    clock.advance(-86_400)
    facts.groups = []
    assert.ok(!(await resolve(alice)).roles.has('help-desk'))
  })

  test('is resolved once for calls side by side', async () => {
    const { facts, resolve } = setUp()
    await Promise.all([resolve(alice), resolve(alice), resolve(alice)])
    assert.equal(facts.reads, 1)
  })

  test('is not another user’s', async () => {
    const { resolve } = setUp()
    const bob = { ...alice, uuid: '1b1d8e9c-6f0a-4b8e-9a43-1f5b8a9b2c11', sid: `${domainSid}-1102` }
    assert.equal((await resolve(alice)).sid, alice.sid)
    assert.equal((await resolve(bob)).sid, bob.sid)
  })

  test('is not remembered where resolving failed', async () => {
    const { facts, resolve } = setUp()
    facts.failing = true
    await assert.rejects(resolve(alice), { message: 'out of reach' })
    facts.failing = false
    assert.ok((await resolve(alice)).roles.has('help-desk'))
  })

  test('is forgotten where very many others came since', async () => {
    const { facts, resolve } = setUp(2)
    await resolve(alice)
    await resolve({ ...alice, uuid: 'b' })
    await resolve({ ...alice, uuid: 'c' })
    await resolve(alice)
    assert.equal(facts.reads, 4)
  })
})
