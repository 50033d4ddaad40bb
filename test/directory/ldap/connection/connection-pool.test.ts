import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createConnectionPool } from '../../../../src/directory/ldap/connection/connection-pool.ts'
import type { LdapConnection } from '../../../../src/directory/ldap/connection/ldap-connection.ts'
import { LdapFault, type LdapFaultKind } from '../../../../src/directory/ldap/ldap-fault.ts'
import { scriptedConnection } from '../scripted-connection.ts'

/** Servers that always work; what was opened, by number, and what was told of them. */
function open(size: number) {
  const opened: string[] = []
  const closed: string[] = []
  const failed: string[] = []
  const gone = new Set<string>()
  const pool = createConnectionPool(
    {
      async open(): Promise<LdapConnection> {
        const url = String(opened.length + 1)
        opened.push(url)
        return {
          ...scriptedConnection(url, []),
          get isOpen() {
            return !gone.has(url)
          },
          close: async () => void closed.push(url),
        }
      },
      use: work => work('any'),
      failed: url => void failed.push(url),
    },
    size,
  )
  const ask = () => pool.run(async connection => connection.url)
  return { pool, ask, opened, closed, failed, gone }
}

/** Fails on the first of its connections. */
function failingOnce(kind: LdapFaultKind) {
  let times = 0
  return async (connection: LdapConnection) => {
    if (times++ === 0) throw new LdapFault(kind, 'broken')
    return connection.url
  }
}

describe('the pool of connections', () => {
  test('uses a connection again', async () => {
    const { ask, opened } = open(2)
    assert.deepEqual([await ask(), await ask()], ['1', '1'])
    assert.deepEqual(opened, ['1'])
  })

  test('forgets one that the server closed meanwhile', async () => {
    const { ask, gone } = open(2)
    await ask()
    gone.add('1')
    assert.equal(await ask(), '2')
  })

  for (const [kind, isServersFault] of [
    ['disconnected', false],
    ['unreachable', true],
  ] as const) {
    test(`closes a broken connection (${kind}) and does the work once more with a new one`, async () => {
      const { pool, ask, closed, failed } = open(2)
      assert.equal(await pool.run(failingOnce(kind)), '2')
      assert.deepEqual(closed, ['1'])
      assert.deepEqual(failed, isServersFault ? ['1'] : [])
      assert.deepEqual(await Promise.all([ask(), ask()]), ['2', '3'])
    })
  }

  test('gives up where the second connection breaks too', async () => {
    const { pool, opened } = open(2)
    const work = async () => {
      throw new LdapFault('disconnected', 'broken')
    }
    await assert.rejects(pool.run(work), LdapFault)
    assert.equal(opened.length, 2)
  })

  for (const error of [new LdapFault('operation', 'refused', 50), new TypeError('ours')]) {
    test(`keeps a connection over which ${error.name} came, and repeats nothing`, async () => {
      const { pool, ask, closed } = open(2)
      let times = 0
      const work = async () => {
        times++
        throw error
      }
      await assert.rejects(pool.run(work), error)
      assert.equal(times, 1)
      assert.deepEqual(closed, [])
      assert.equal(await ask(), '1')
    })
  }

  test('lets others wait in line while all connections are in use', async () => {
    const { pool, opened } = open(2)
    const order: number[] = []
    let running = 0
    const work = (number: number) => async () => {
      assert.ok(++running <= 2)
      await new Promise(resolve => setImmediate(resolve))
      order.push(number)
      running--
    }
    await Promise.all(Array.from({ length: 9 }, (_, number) => pool.run(work(number))))
    assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8])
    assert.equal(opened.length, 2)
  })

  test('turns away who comes when the line is too long', async () => {
    const { pool } = open(1)
    const held = Promise.withResolvers<void>()
    const all = Array.from({ length: 1001 }, () => pool.run(() => held.promise))
    await assert.rejects(
      pool.run(async () => {}),
      /Too many/,
    )
    held.resolve()
    await Promise.all(all)
  })

  test('closes what is idle at once and what is in use after its work', async () => {
    const { pool, ask, closed } = open(2)
    const held = Promise.withResolvers<void>()
    const working = pool.run(() => held.promise)
    await ask()
    await pool.close()
    assert.deepEqual(closed, ['2'])
    held.resolve()
    await working
    assert.deepEqual(closed, ['2', '1'])
    await assert.rejects(ask(), LdapFault)
  })
})
