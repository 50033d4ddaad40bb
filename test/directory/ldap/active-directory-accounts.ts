import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { readRangedValues } from '../../../src/directory/ldap/read-ranged-values.ts'
import { CardinalError } from '../../../src/domain/error.ts'
import { addMember, createGroup, createUser, replaceAttributes } from '../../testbed/samba/people.ts'
import { type Contoso, openConnection, openDirectory, valuesOf } from './contoso.ts'

export function describeAccounts(contoso: () => Contoso, skip: string | false): void {
  describe('accounts in Active Directory', { skip }, () => {
    for (const [name, reason] of [
      ['dora', 'disabled'],
      ['exeter', 'expired'],
    ] as const) {
      test(`${name} must not be used, because ${reason}`, async t => {
        const { directory, events } = openDirectory(contoso())
        t.after(directory.close)
        const uuid = contoso().uuids[name]
        assert.equal((await directory.findUser(uuid))?.enabled, false)
        assert.deepEqual(
          events.filter(event => event.kind === 'account-refused'),
          [{ kind: 'account-refused', uuid, reason }],
        )
      })
    }

    test('locke may be used, though somebody guessed until the domain locked the account', async t => {
      const { directory, events } = openDirectory(contoso())
      t.after(directory.close)
      const locke = await directory.findUser(contoso().uuids.locke)
      assert.equal(locke?.enabled, true)
      assert.deepEqual(
        events.filter(event => event.kind === 'account-refused'),
        [],
      )
      assert.equal(await directory.verifyPassword(locke, 'alright'), 'locked')
    })

    test('each account is described by its state at this moment', async t => {
      const { directory, clock } = openDirectory(contoso())
      t.after(directory.close)
      const stateOf = async (name: 'alice' | 'dora' | 'locke' | 'exeter') =>
        (await directory.describeAccount(contoso().uuids[name]))?.state
      assert.deepEqual(
        [await stateOf('alice'), await stateOf('dora'), await stateOf('locke'), await stateOf('exeter')],
        ['enabled', 'disabled', 'locked', 'expired'],
      )
      clock.set(new Date('2019-12-31T00:00:00Z'))
      assert.equal(await stateOf('exeter'), 'enabled')
    })

    for (const membership of ['tokenGroups', 'transitive', 'walk'] as const) {
      test(`an account is described with the names of its groups, by ${membership}`, async t => {
        const { directory } = openDirectory(contoso(), { membership })
        t.after(directory.close)
        const groups = (await directory.describeAccount(contoso().uuids.alice))?.groups ?? []
        const nameOf = new Map(groups.map(({ sid, name }) => [sid, name]))
        const { staff, branch, company, big, others } = contoso().groups
        assert.deepEqual(
          [staff, branch, company, big].map(sid => nameOf.get(sid)),
          ['staff', 'branch', 'company', 'big'],
        )
        assert.ok([...nameOf.values()].includes('Domain Users'))
        assert.ok(!nameOf.has(others) && !nameOf.has(contoso().alice.sid))
      })
    }

    test('a group outside of the base of the groups is described without a name', async t => {
      const { samba, uuids, groups } = contoso()
      const directory = openDirectory(contoso(), { groupBaseDn: `CN=Builtin,${samba.baseDn}` }).directory
      t.after(directory.close)
      const described = await directory.describeAccount(uuids.alice)
      assert.deepEqual(
        described?.groups.find(({ sid }) => sid === groups.staff),
        { sid: groups.staff, name: null },
      )
    })

    test('an account expires at its moment and not before', async t => {
      const { directory, clock } = openDirectory(contoso(), { cacheSeconds: 0 })
      t.after(directory.close)
      clock.set(new Date('2019-12-31T23:59:59.999Z'))
      assert.equal((await directory.findUser(contoso().uuids.exeter))?.enabled, true)
      clock.advance(1)
      assert.equal((await directory.findUser(contoso().uuids.exeter))?.enabled, false)
    })

    test('a name that is written on an account finds it', async t => {
      const { directory } = openDirectory(contoso())
      t.after(directory.close)
      assert.deepEqual(await directory.findUserByName('A.Adams@Contoso.Example'), contoso().alice)
    })

    test('accounts whose names look alike are two, whichever is asked for first', async t => {
      const { samba } = contoso()
      const names = ['kim', '\u212aim']
      await samba.administer(async client => {
        for (const name of names) await createUser(client, samba.baseDn, { name })
      })
      for (const order of [names, names.toReversed()]) {
        const { directory } = openDirectory(contoso())
        t.after(directory.close)
        for (const name of order) {
          assert.equal((await directory.findUserByName(name))?.accountName, name)
          assert.equal((await directory.findUserByName(`CONTOSO\\${name}`))?.accountName, name)
        }
      }
    })

    test('an account without a display name goes by its account name', async t => {
      const { directory } = openDirectory(contoso())
      t.after(directory.close)
      const bob = await directory.findUserByName('bob')
      assert.equal(bob?.displayName, 'bob')
      assert.equal(bob?.mail, null)
    })

    test('a group and a computer are no users', async t => {
      const { samba } = contoso()
      const { directory } = openDirectory(contoso())
      t.after(directory.close)
      assert.equal(await directory.findUserByName('DC1$'), null)
      const { searchEntries } = await samba.administer(client =>
        client.search(samba.baseDn, {
          filter: '(|(cn=DC1)(cn=staff))',
          attributes: ['objectGUID'],
          explicitBufferAttributes: ['objectGUID'],
        }),
      )
      assert.ok(searchEntries.length >= 2)
      for (const { objectGUID } of searchEntries) {
        const hexadecimal = Buffer.isBuffer(objectGUID) ? objectGUID.swap16().toString('hex') : ''
        const uuid = hexadecimal.replace(/^(.{4})(.{4})(.{4})(.{4})(.{4})(.{12})$/, '$2$1-$3-$4-$5-$6')
        assert.equal(await directory.findUser(uuid), null)
      }
    })

    test('who was renamed and moved is the same', async t => {
      const { samba, groups } = contoso()
      const before = await samba.administer(async client => {
        const dn = await createUser(client, samba.baseDn, { name: 'marie' })
        await addMember(client, `CN=others,CN=Users,${samba.baseDn}`, dn)
        await client.add(`OU=Away,${samba.baseDn}`, { objectClass: 'organizationalUnit' })
        return dn
      })
      const { directory, clock } = openDirectory(contoso())
      t.after(directory.close)
      const user = await directory.findUserByName('marie')
      assert.equal(user?.distinguishedName, before)
      const away = `CN=Marie\\, née Curie,OU=Away,${samba.baseDn}`
      await samba.administer(async client => {
        await client.modifyDN(before, away)
        await replaceAttributes(client, away, { sAMAccountName: 'mcurie' })
      })
      clock.advance(61_000)
      assert.deepEqual(await directory.findUser(user.uuid), {
        ...user,
        accountName: 'mcurie',
        displayName: 'mcurie',
        distinguishedName: away,
      })
      assert.equal(await directory.findUserByName('marie'), null)
      assert.equal((await directory.findUserByName('mcurie'))?.uuid, user.uuid)
      assert.ok((await directory.listSids(user)).has(groups.others))
    })

    test('who was deleted is gone, and so are their groups', async t => {
      const { samba } = contoso()
      const dn = await samba.administer(client => createUser(client, samba.baseDn, { name: 'gonzo' }))
      const { directory, clock } = openDirectory(contoso())
      t.after(directory.close)
      const user = await directory.findUserByName('gonzo')
      assert.ok(user !== null)
      await samba.administer(client => client.del(dn))
      assert.deepEqual(await directory.findUser(user.uuid), user)
      clock.advance(60_000)
      assert.equal(await directory.findUser(user.uuid), null)
      assert.deepEqual(await directory.listSids(user), new Set([user.sid]))
    })

    test('who was deleted and made anew under the same name has another security identifier, and the old one is nobody’s', async t => {
      const { samba, alice, groups } = contoso()
      const { directory } = openDirectory(contoso(), { baseDn: `OU=Domain Controllers,${samba.baseDn}` })
      t.after(directory.close)
      const make = () => samba.administer(client => createGroup(client, samba.baseDn, 'phoenixes', []))
      const dn = await make()
      const old = (await directory.findGroupByName('phoenixes'))?.sid
      assert.ok(old !== undefined)
      const sids = [groups.staff, old, alice.sid, 'S-1-5-32-544']
      assert.deepEqual(await directory.listMissingSids(sids), [])
      await samba.administer(client => client.del(dn))
      await make()
      assert.notEqual((await directory.findGroupByName('phoenixes'))?.sid, old)
      const many = Array.from(
        { length: 120 },
        (_, index) => `${alice.sid.replace(/-\d+$/, '')}-${900_000 + index}`,
      )
      assert.deepEqual(await directory.listMissingSids([...sids, ...many]), [old, ...many])
    })

    test('all ways to find groups find the same, the primary group and the built-in ones too', async t => {
      const found = await Promise.all(
        (['tokenGroups', 'transitive', 'walk'] as const).map(async membership => {
          const { directory } = openDirectory(contoso(), { membership })
          t.after(directory.close)
          return [...(await directory.listSids(contoso().alice))].sort()
        }),
      )
      assert.deepEqual(found[1], found[0])
      assert.deepEqual(found[2], found[0])
      assert.ok(found[0]?.includes(contoso().groups.big))
      assert.ok(found[0]?.includes('S-1-5-32-545'))
      assert.ok(found[0]?.some(sid => sid.endsWith('-513')))
    })

    test('who is in too many groups has none, rather than some', async t => {
      for (const membership of ['tokenGroups', 'transitive', 'walk'] as const) {
        const { directory } = openDirectory(contoso(), { membership, maximumGroups: 3 })
        t.after(directory.close)
        await assert.rejects(directory.listSids(contoso().alice), isUnavailable)
      }
    })

    test('a paged search brings everything', async t => {
      const { directory } = openDirectory(contoso(), { membership: 'transitive', pageSize: 1 })
      t.after(directory.close)
      const { directory: whole } = openDirectory(contoso())
      t.after(whole.close)
      const { alice } = contoso()
      assert.deepEqual(
        [...(await directory.listSids(alice))].sort(),
        [...(await whole.listSids(alice))].sort(),
      )
    })

    test('an attribute is read on, range by range', async t => {
      const connection = await openConnection(contoso())
      t.after(() => connection.close())
      const big = `CN=big,CN=Users,${contoso().samba.baseDn}`
      const all = await valuesOf(contoso(), 'big', 'member')
      assert.ok(all.length > 1500)
      const ranged = await readRangedValues(connection, big, 'member;range=0-499', 10_000)
      assert.deepEqual(ranged.map(String).sort(), all.map(String).sort())
      assert.equal(ranged.length, all.length)
      await assert.rejects(readRangedValues(connection, big, 'member;range=0-499', 499))
    })

    test('no name breaks out of a filter', async t => {
      const { directory } = openDirectory(contoso(), { negativeCacheSeconds: 0 })
      t.after(directory.close)
      assert.equal((await directory.findUserByName('andré (of &)'))?.uuid, contoso().uuids['andré (of &)'])
      for (const name of injections) assert.equal(await directory.findUserByName(name), null, name)
      const piece = fc.constantFrom(
        'alice',
        '*',
        '(',
        ')',
        '\\',
        '|',
        '&',
        '!',
        '=',
        '\\2a',
        '\0',
        'é',
        '@',
        ':',
        ' ',
      )
      await fc.assert(
        fc.asyncProperty(fc.array(piece, { minLength: 2, maxLength: 12 }), async pieces => {
          const name = pieces.join('')
          const user = await directory.findUserByName(name)
          assert.ok(user === null || name.toLowerCase().endsWith(user.accountName), name)
        }),
        { numRuns: 300 },
      )
    })

    test('a certificate is published, once, and withdrawn again', async t => {
      const { directory } = openDirectory(contoso())
      t.after(directory.close)
      const { alice } = contoso()
      const [first, second] = [randomBytes(800), randomBytes(800)]
      for (const der of [first, second, first]) await directory.publishCertificate(alice, der)
      const published = await valuesOf(contoso(), 'alice', 'userCertificate')
      assert.deepEqual(published.sort(Buffer.compare), [first, second].sort(Buffer.compare))
      for (const der of [first, first]) await directory.withdrawCertificate(alice, der)
      assert.deepEqual(await valuesOf(contoso(), 'alice', 'userCertificate'), [second])
      await directory.withdrawCertificate(alice, second)
      assert.deepEqual(await valuesOf(contoso(), 'alice', 'userCertificate'), [])
    })

    test('a certificate of nobody cannot be published and need not be withdrawn', async t => {
      const { directory } = openDirectory(contoso())
      t.after(directory.close)
      const nobody = { uuid: '00000000-0000-4000-8000-000000000000' }
      await assert.rejects(
        directory.publishCertificate(nobody, randomBytes(8)),
        (error: unknown) => error instanceof CardinalError && error.code === 'UserNotFound',
      )
      await directory.withdrawCertificate(nobody, randomBytes(8))
    })

    test('users outside the base are not found, yet their groups are', async t => {
      const { samba, groups } = contoso()
      const dn = await samba.administer(async client => {
        await client.add(`OU=Home,${samba.baseDn}`, { objectClass: 'organizationalUnit' })
        const user = await createUser(client, samba.baseDn, {
          name: 'holly',
          container: `OU=Home,${samba.baseDn}`,
        })
        await addMember(client, `CN=others,CN=Users,${samba.baseDn}`, user)
        return user
      })
      const { directory } = openDirectory(contoso(), {
        baseDn: `OU=Home,${samba.baseDn}`,
        membership: 'walk',
      })
      t.after(directory.close)
      assert.equal(await directory.findUserByName('alice'), null)
      assert.equal(await directory.findUser(contoso().alice.uuid), null)
      const holly = await directory.findUserByName('CONTOSO\\holly')
      assert.equal(holly?.distinguishedName, dn)
      assert.ok((await directory.listSids(holly)).has(groups.others))
    })
  })
}

const injections = [
  '*)(objectClass=*',
  'alice)(|(objectClass=*',
  'alice))(|(sAMAccountName=*',
  '*)(&',
  'alice\\29',
  'al\\69ce',
  'alice)',
  '(alice)',
  '&(sAMAccountName=alice)',
  'zed)(!(sAMAccountName=zed',
  '\\61lice',
  'alice\n',
  'zed\0)(sAMAccountName=alice',
  'álice',
  '\ud800alice',
]

function isUnavailable(error: unknown): boolean {
  return error instanceof CardinalError && error.code === 'ServiceUnavailable'
}
