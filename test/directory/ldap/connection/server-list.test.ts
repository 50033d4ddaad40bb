import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { LdapConnection } from '../../../../src/directory/ldap/connection/ldap-connection.ts'
import { createServerList } from '../../../../src/directory/ldap/connection/server-list.ts'
import { LdapFault } from '../../../../src/directory/ldap/ldap-fault.ts'
import { settableClock } from '../../../testbed/environment.ts'
import { start } from '../contoso.ts'
import { scriptedConnection } from '../scripted-connection.ts'

const down = new LdapFault('unreachable', 'down')

function open() {
  const clock = settableClock(start)
  const dead = new Map<string, LdapFault>()
  const tried: string[] = []
  const password = { isOther: false }
  const servers = createServerList({
    urls: ['one', 'two', 'three'],
    clock,
    async open(url): Promise<LdapConnection> {
      tried.push(url)
      const fault = dead.get(url)
      if (fault !== undefined) throw fault
      return scriptedConnection(url, [])
    },
    hasOtherPassword: async () => password.isOther,
    onEvent: () => {},
  })
  return { clock, dead, tried, password, servers }
}

describe('the list of servers', () => {
  test('begins with the first and stays with the one that works', async () => {
    const { clock, dead, servers } = open()
    assert.equal((await servers.open()).url, 'one')
    dead.set('one', down)
    assert.equal((await servers.open()).url, 'two')
    dead.delete('one')
    clock.advance(3_600_000)
    assert.equal((await servers.open()).url, 'two')
    dead.set('two', down)
    assert.equal((await servers.open()).url, 'three')
    dead.set('three', down)
    assert.equal((await servers.open()).url, 'one')
  })

  test('leaves no server alone for longer because the clock was set back', async () => {
    for (const kind of ['unreachable', 'credentials'] as const) {
      const { clock, dead, servers } = open()
      const fault = new LdapFault(kind, 'down')
      for (const url of ['one', 'two', 'three']) dead.set(url, fault)
      await assert.rejects(servers.open(), fault)
      dead.clear()
      await assert.rejects(servers.open(), fault)
      clock.advance(-3_600_000)
      assert.equal((await servers.open()).url, 'one')
    }
  })

  test('leaves a server alone for longer each time, up to half a minute', async () => {
    const { clock, dead, tried, servers } = open()
    for (const url of ['one', 'two', 'three']) dead.set(url, down)
    for (const pause of [1, 2, 4, 8, 16, 30, 30]) {
      await assert.rejects(servers.open(), down)
      clock.advance(pause * 1000 - 1)
      tried.length = 0
      await assert.rejects(servers.open(), LdapFault)
      assert.deepEqual(tried, [])
      clock.advance(1)
    }
    dead.clear()
    await servers.open()
    dead.set('one', down)
    servers.failed('one', down)
    clock.advance(1_000)
    tried.length = 0
    await servers.open()
    assert.deepEqual(tried, ['one', 'two'])
  })

  test('shows our refused password to no other server, and to none for five minutes', async () => {
    const { clock, dead, tried, servers } = open()
    const refused = new LdapFault('credentials', 'refused', 49)
    dead.set('one', refused)
    await assert.rejects(servers.open(), refused)
    clock.advance(299_999)
    await assert.rejects(servers.open(), refused)
    assert.deepEqual(tried, ['one'])
    clock.advance(1)
    dead.clear()
    await servers.open()
  })

  test('asks again at once where there is another password than the one that was refused', async () => {
    const { dead, tried, password, servers } = open()
    const refused = new LdapFault('credentials', 'refused', 49)
    dead.set('one', refused)
    await assert.rejects(servers.open(), refused)
    password.isOther = true
    await assert.rejects(servers.open(), refused)
    assert.deepEqual(tried, ['one', 'one'])
    password.isOther = false
    dead.clear()
    await assert.rejects(servers.open(), refused)
    password.isOther = true
    await servers.open()
    // What was refused before one was accepted counts no more.
    password.isOther = false
    await servers.open()
  })
})
