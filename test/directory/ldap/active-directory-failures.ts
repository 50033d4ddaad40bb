import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { inspect, promisify } from 'node:util'
import { PresenceFilter } from 'ldapts'
import { LdapFault } from '../../../src/directory/ldap/ldap-fault.ts'
import { CardinalError } from '../../../src/domain/error.ts'
import { createUser } from '../../testbed/samba/people.ts'
import { type Contoso, openConnection, openDirectory, valuesOf } from './contoso.ts'
import { startTcpProxy } from './tcp-proxy.ts'

const oneCheck = fileURLToPath(new URL('./programs/one-check.ts', import.meta.url))

export function describeFailures(contoso: () => Contoso, skip: string | false): void {
  describe('a refused bind', { skip }, () => {
    const secret = 'Tr0ub4dor&3'
    /** As a new account, whose password `right` is in a file that somebody else writes. The third wrong one locks it. */
    async function openAs(t: TestContext, name: string) {
      const { samba } = contoso()
      const bindDn = await samba.administer(client =>
        createUser(client, samba.baseDn, { name, password: 'right' }),
      )
      const file = { password: secret }
      const opened = openDirectory(contoso(), {
        urls: Array.from({ length: 3 }, () => `ldaps://${samba.address}`),
        credentials: { bindDn, readPassword: () => file.password },
      })
      t.after(opened.directory.close)
      const badPasswords = async () => String((await valuesOf(contoso(), name, 'badPwdCount'))[0] ?? 0)
      return { ...opened, file, badPasswords }
    }

    test('tells no password, and is not repeated until it cannot lock the account', async t => {
      const { directory, events, clock, badPasswords } = await openAs(t, 'sue')
      const error = await failureOf(directory.findUserByName('alice'))
      for (const told of [error, events])
        assert.ok(!inspect(told, { depth: 20, showHidden: true }).includes(secret))
      clock.advance(299_999)
      await failureOf(directory.check())
      assert.equal(await badPasswords(), '1')
      clock.advance(1)
      await failureOf(directory.check())
      assert.equal(await badPasswords(), '2')
    })

    test('is over as soon as the file has another password', async t => {
      const { directory, file, badPasswords } = await openAs(t, 'sam')
      await failureOf(directory.check())
      for (const password of ['', 'half of it']) {
        file.password = password
        for (let times = 0; times < 3; times++) await failureOf(directory.check())
      }
      assert.equal(await badPasswords(), '2')
      file.password = 'right'
      await directory.check()
    })

    test('counts once in the domain, however many ask at the same time', async t => {
      const { directory, badPasswords } = await openAs(t, 'simon')
      const names = ['alice', 'bob', 'dora', 'locke', 'exeter']
      await Promise.all(names.map(name => failureOf(directory.findUserByName(name))))
      assert.equal(await badPasswords(), '1')
    })

    test('is what an empty password gets, which a server would take as nobody’s', async t => {
      const credentials = { bindDn: contoso().service.bindDn, readPassword: () => '' }
      const { directory } = openDirectory(contoso(), { credentials })
      t.after(directory.close)
      assert.match(String((await failureOf(directory.check())).cause), /password for the directory is empty/)
    })

    test('is what comes of a password that cannot be read', async t => {
      const readPassword = () => Promise.reject(new Error('no such file'))
      const credentials = { bindDn: contoso().service.bindDn, readPassword }
      const { directory } = openDirectory(contoso(), { credentials })
      t.after(directory.close)
      await failureOf(directory.check())
    })
  })

  describe('a connection that failed', { skip }, () => {
    for (const [what, change, outcome] of [
      ['because the password is wrong', { password: 'wrong' }, /ldap\.bindPasswordFile is wrong/],
      ['because the password is empty', { password: '' }, /empty/],
      ['because the authority is another', { isForeign: true }, /certificate/],
      ['because the authority is another, with StartTLS', { isForeign: true, startTls: true }, /certificate/],
      ['in no way, and was closed', { closes: true }, /^good$/],
      ['in no way, and was closed, with StartTLS', { closes: true, startTls: true }, /^good$/],
    ] as const) {
      test(`${what} keeps no process from ending`, async () => {
        const { samba, service } = contoso()
        const { trusted, foreign } = samba.authorities
        const options = {
          url: `${'startTls' in change ? 'ldap' : 'ldaps'}://${samba.address}`,
          certificationAuthorities: 'isForeign' in change ? foreign : trusted,
          ...service,
          startTls: false,
          ...change,
        }
        const args = [oneCheck, JSON.stringify(options)]
        const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 30_000 })
        assert.match(stdout, outcome)
      })
    }
  })

  for (const startTls of [false, true]) {
    test(`a connection that ended ${startTls ? 'with' : 'without'} StartTLS fails at once`, {
      skip,
      timeout: 30_000,
    }, async t => {
      const proxy = await startTcpProxy({ host: contoso().samba.address, port: 389 })
      t.after(proxy.close)
      const connection = await openConnection(contoso(), {
        urls: [`ldap://127.0.0.1:${proxy.port}`],
        startTls,
        allowUnencrypted: true,
        tls: { checkCertificate: false },
        operationTimeoutMilliseconds: 100_000,
      })
      proxy.cut()
      while (connection.isOpen) await setImmediate()
      const filter = new PresenceFilter({ attribute: 'objectClass' })
      await assert.rejects(
        connection.search({ base: '', scope: 'base', filter, attributes: ['1.1'], limit: 1 }),
        (error: unknown) => error instanceof LdapFault && error.kind === 'disconnected',
      )
      assert.equal(proxy.count, 1)
      await connection.close()
    })
  }

  describe('a domain controller that fails', { skip }, () => {
    test('is left for the next one, which is then asked first', async t => {
      const { samba, alice } = contoso()
      const dead = `ldaps://${samba.address.replace(/1$/, '3')}`
      const living = `ldaps://${samba.address}`
      const { directory, events, clock } = openDirectory(contoso(), { urls: [dead, living], cacheSeconds: 0 })
      t.after(directory.close)
      assert.deepEqual(await directory.findUser(alice.uuid), alice)
      assert.deepEqual(told(events), [`server-failed ${dead}`, `connected ${living}`])
      clock.advance(3_600_000)
      await Promise.all([
        directory.findUser(alice.uuid),
        directory.listSids(alice),
        directory.findUserByName('bob'),
      ])
      assert.ok(
        told(events)
          .slice(2)
          .every(event => event === `connected ${living}`),
        inspect(events),
      )
    })

    test('is noticed when it only hangs', async t => {
      const { samba, alice } = contoso()
      const proxy = await startTcpProxy({ host: samba.address, port: 389 })
      t.after(proxy.close)
      const hanging = `ldap://127.0.0.1:${proxy.port}`
      const living = `ldap://${samba.address}`
      const { directory, events } = openDirectory(contoso(), {
        urls: [hanging, living],
        allowUnencrypted: true,
        operationTimeoutMilliseconds: 500,
      })
      t.after(directory.close)
      await directory.check()
      proxy.swallow()
      assert.deepEqual(await directory.findUser(alice.uuid), alice)
      // More at once than there are connections now, so that one which still hung would be taken again.
      await Promise.all([directory.listSids(alice), directory.findUserByName('bob')])
      const expected = [`connected ${hanging}`, `server-failed ${hanging}`, `connected ${living}`]
      assert.deepEqual(told(events), [...expected, `connected ${living}`])
    })

    test('is noticed when it takes connections and no bind', async t => {
      const { samba } = contoso()
      const proxy = await startTcpProxy({ host: samba.address, port: 636 })
      t.after(proxy.close)
      proxy.swallow()
      const { directory, events } = openDirectory(contoso(), {
        urls: [`ldaps://127.0.0.1:${proxy.port}`, `ldaps://${samba.address}`],
        connectTimeoutMilliseconds: 300,
      })
      t.after(directory.close)
      await directory.check()
      assert.equal(told(events).length, 2)
    })

    test('may end a connection without anybody’s noticing', async t => {
      const { samba, alice } = contoso()
      const proxy = await startTcpProxy({ host: samba.address, port: 389 })
      t.after(proxy.close)
      const { directory, events } = openDirectory(contoso(), {
        urls: [`ldap://127.0.0.1:${proxy.port}`],
        allowUnencrypted: true,
        cacheSeconds: 0,
      })
      t.after(directory.close)
      await directory.check()
      proxy.cut()
      assert.deepEqual(await directory.findUser(alice.uuid), alice)
      proxy.cutNextAnswer()
      assert.deepEqual(await directory.findUser(alice.uuid), alice)
      assert.equal(proxy.count, 3)
      assert.ok(events.every(event => event.kind === 'connected'))
    })

    test('is never asked over more connections than allowed, and once for the same', async t => {
      const { samba, alice, uuids } = contoso()
      const proxy = await startTcpProxy({ host: samba.address, port: 389 })
      t.after(proxy.close)
      const { directory } = openDirectory(contoso(), {
        urls: [`ldap://127.0.0.1:${proxy.port}`],
        allowUnencrypted: true,
        maximumConnections: 2,
      })
      t.after(directory.close)
      const found = await Promise.all([
        ...Array.from({ length: 20 }, () => directory.findUser(alice.uuid)),
        ...Object.values(uuids).map(uuid => directory.findUser(uuid)),
        ...Object.keys(uuids).map(name => directory.findUserByName(name)),
        directory.listSids(alice),
      ])
      assert.ok(found.every(user => user !== null))
      assert.equal(proxy.most, 2)
      const sent = proxy.sent().length
      assert.deepEqual(await directory.findUser(alice.uuid.toUpperCase()), alice)
      assert.equal(proxy.sent().length, sent)
    })

    test('is asked no more once the directory is closed', async () => {
      const { directory } = openDirectory(contoso())
      await directory.check()
      await directory.close()
      await failureOf(directory.check())
    })

    test('gives nothing away to strangers', async t => {
      const { directory } = openDirectory(contoso(), {}, { isAnonymous: true })
      t.after(directory.close)
      await failureOf(directory.findUser(contoso().alice.uuid))
    })
  })

  for (const startTls of [false, true]) {
    describe(`a domain controller that is killed and restarted, over ${startTls ? 'StartTLS' : 'LDAPS'}`, {
      skip,
    }, () => {
      test('work goes on from the cache for the grace time, and nobody signs in', {
        timeout: 60_000,
      }, async t => {
        const { samba, alice, uuids } = contoso()
        const { directory, clock, events } = openDirectory(contoso(), {
          urls: [`${startTls ? 'ldap' : 'ldaps'}://${samba.address}`],
          startTls,
          operationTimeoutMilliseconds: 100_000,
        })
        t.after(directory.close)
        const nobody = '00000000-0000-4000-8000-000000000000'
        const sids = await directory.listSids(alice)
        await directory.findUserByName('alice')
        assert.equal(await directory.findUser(nobody), null)

        await samba.kill()
        assert.deepEqual(await directory.findUser(alice.uuid), alice)
        assert.equal(await directory.findUser(nobody), null)
        await failureOf(directory.check())
        assert.ok(!events.some(event => event.kind === 'served-from-cache'))

        clock.advance(60_000)
        assert.deepEqual(await directory.findUser(alice.uuid), alice)
        assert.deepEqual(await directory.listSids(alice), sids)
        assert.equal(events.filter(event => event.kind === 'served-from-cache').length, 2)
        for (const lookup of [
          () => directory.findUserByName('alice'),
          () => directory.findUser(nobody),
          () => directory.findUser(uuids.bob),
          () => directory.check(),
          () => directory.publishCertificate(alice, Buffer.from('der')),
        ]) {
          await failureOf(lookup())
        }

        clock.advance(3_599_999)
        assert.deepEqual(await directory.findUser(alice.uuid), alice)
        clock.advance(1)
        await failureOf(directory.findUser(alice.uuid))
        await failureOf(directory.listSids(alice))

        await samba.restart()
        clock.advance(30_000)
        await directory.check()
        assert.deepEqual(await directory.findUserByName('alice'), alice)
        assert.equal(await directory.findUser(nobody), null)
        assert.deepEqual(await directory.listSids(alice), sids)
      })
    })
  }
}

/** The error that a caller gets while the directory cannot be asked. */
async function failureOf(lookup: Promise<unknown>): Promise<CardinalError> {
  const error = await lookup.then(
    () => assert.fail('It did not fail.'),
    (error: unknown) => error,
  )
  assert.ok(error instanceof CardinalError && error.code === 'ServiceUnavailable', inspect(error))
  return error
}

function told(events: ReturnType<typeof openDirectory>['events']): string[] {
  return events.flatMap(event => ('url' in event ? [`${event.kind} ${event.url}`] : []))
}
