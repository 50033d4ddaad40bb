import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { DirectoryUser } from '../../src/domain/directory-user.ts'
import type { Directory } from '../../src/workflows/ports/directory.ts'

/**
 * alice is in staff, which is in branch, which is in company, which is in staff again; bob alone is in others, whose
 * names groups have and nobody else.
 */
export interface PeopledDirectory {
  readonly directory: Directory
  /** `contoso.com` */
  readonly dnsName: string
  /** As she must be found. */
  readonly alice: DirectoryUser
  /** dora's account is disabled. */
  readonly doraUuid: string
  readonly groups: Readonly<Record<'staff' | 'branch' | 'company' | 'others', string>>
  close(): Promise<void>
}

/** What every adapter of the port Directory does. */
export function describeDirectory(
  name: string,
  open: () => Promise<PeopledDirectory>,
  options: { readonly skip?: string | boolean } = {},
): void {
  describe(`the directory contract, ${name}`, options, () => {
    let people: PeopledDirectory
    before(async () => {
      people = await open()
    })
    after(() => people?.close())

    test('finds a user by uuid, with everything that it says of them', async () => {
      assert.deepEqual(await people.directory.findUser(people.alice.uuid), people.alice)
    })

    test('finds the same user where it is asked anew', async () => {
      assert.deepEqual(await people.directory.findUserNow(people.alice.uuid), people.alice)
      assert.equal((await people.directory.findUserNow(people.doraUuid))?.enabled, false)
    })

    test('finds nobody by a uuid that nobody has', async () => {
      assert.equal(await people.directory.findUser('00000000-0000-4000-8000-000000000000'), null)
      assert.equal(await people.directory.findUserNow('00000000-0000-4000-8000-000000000000'), null)
    })

    for (const text of [
      '',
      'alice',
      '*',
      '00000000-0000-4000-8000',
      'a'.repeat(100_000),
      '__proto__',
      'alice\0',
      '\ud800',
    ]) {
      test(`finds nobody by a uuid that is none: ${JSON.stringify(text.slice(0, 40))}`, async () => {
        assert.equal(await people.directory.findUser(text), null)
        assert.equal(await people.directory.findUserNow(text), null)
      })
    }

    for (const write of [
      (account: string) => account,
      (account: string) => account.toUpperCase(),
      (account: string, domain: string) => `${domain}\\${account}`,
      (account: string, domain: string) => `${domain.toLowerCase()}\\${account.toUpperCase()}`,
      (account: string, _domain: string, dnsName: string) => `${account}@${dnsName}`,
      (account: string, _domain: string, dnsName: string) =>
        `${account.toUpperCase()}@${dnsName.toUpperCase()}`,
    ]) {
      test(`finds a user by ${write('alice', 'CONTOSO', 'contoso.com')}`, async () => {
        const { accountName, domain } = people.alice
        const name = write(accountName, domain, people.dnsName)
        assert.deepEqual(await people.directory.findUserByName(name), people.alice)
      })
    }

    for (const write of [
      () => '',
      () => '\\',
      () => 'alice\0',
      () => '\0',
      () => 'al\nice',
      () => 'alice\ud800',
      () => '*)(uid=*',
      () => 'alice)(|(uid=*',
      () => '\\2a',
      () => '\\61lice',
      () => "alice' or '1'='1",
      (domain: string) => `${domain}\\alice\0`,
      () => '@',
      () => '*',
      () => 'alic*',
      () => ' alice',
      () => 'alice ',
      () => 'zed',
      () => 'a'.repeat(100_000),
      (domain: string) => `${domain}\\`,
      (domain: string) => `${domain}\\zed`,
      (domain: string) => `${domain}\\\\alice`,
      (domain: string) => `${domain}\\alice\\`,
      (domain: string) => `${domain}/alice`,
      () => '\\alice',
      () => 'FABRIKAM\\alice',
      () => 'alice@',
      () => '@contoso.com',
      () => 'alice@fabrikam.com',
      (domain: string, dnsName: string) => `${domain}\\alice@${dnsName}`,
      (_domain: string, dnsName: string) => `alice@${dnsName}@${dnsName}`,
      (_domain: string, dnsName: string) => `*@${dnsName}`,
    ]) {
      const shown = JSON.stringify(write('CONTOSO', 'contoso.com').slice(0, 40))
      test(`finds nobody by the name ${shown}`, async () => {
        const name = write(people.alice.domain, people.dnsName)
        assert.equal(await people.directory.findUserByName(name), null)
      })
    }

    test('finds no group where a user is asked for, and no user where a group is', async () => {
      assert.equal(await people.directory.findUserByName('staff'), null)
      assert.equal(await people.directory.findGroupByName('alice'), null)
      assert.equal(await people.directory.findUserBySid(people.groups.staff), null)
    })

    test('finds a user by security identifier', async () => {
      assert.deepEqual(await people.directory.findUserBySid(people.alice.sid), people.alice)
    })

    for (const text of [
      '',
      'alice',
      'S-1-5-21-1-2-3-4',
      'S-1-12-1-1-2-3-4',
      'S-1-12-1-4294967296-2-3-4',
      's-1-5-21-1-2-3-4',
      'S-1-5-21-*',
      'S-1-5-21-1-2-3-4)(uid=*',
      'S-1-5-21-1\0',
      `S-1-5${'-1'.repeat(100_000)}`,
    ]) {
      test(`finds nobody by the security identifier ${JSON.stringify(text.slice(0, 40))}`, async () => {
        assert.equal(await people.directory.findUserBySid(text), null)
      })
    }

    for (const write of [
      () => 'staff',
      () => 'STAFF',
      (domain: string) => `${domain}\\staff`,
      (domain: string) => `${domain.toLowerCase()}\\Staff`,
    ]) {
      test(`finds a group by ${write('CONTOSO')}`, async () => {
        const group = await people.directory.findGroupByName(write(people.alice.domain))
        assert.equal(group?.sid, people.groups.staff)
        assert.equal(group?.name.toLowerCase(), 'staff')
        assert.deepEqual(Object.keys(group ?? {}).sort(), ['name', 'sid'])
      })
    }

    for (const name of [
      '',
      '*',
      'staf*',
      ' staff',
      'staff ',
      'staff\0',
      '\ud800staff',
      'stáff',
      'staff@contoso.test',
      '*)(cn=*',
      'staff)(|(cn=*',
      '\\staff',
      'CONTOSO\\',
      'FABRIKAM\\staff',
      'CONTOSO\\staff\\',
      'CONTOSO\\\\staff',
      'a'.repeat(100_000),
    ]) {
      test(`finds no group by the name ${JSON.stringify(name.slice(0, 40))}`, async () => {
        assert.equal(await people.directory.findGroupByName(name), null)
      })
    }

    test('tells that an account is disabled', async () => {
      assert.equal((await people.directory.findUser(people.doraUuid))?.enabled, false)
      assert.equal((await people.directory.findUserByName('dora'))?.uuid, people.doraUuid)
    })

    test('lists the user’s own identifier and those of all groups, nested in a circle', async () => {
      const { groups, alice } = people
      const sids = await people.directory.listSids(alice)
      for (const sid of [alice.sid, groups.staff, groups.branch, groups.company])
        assert.ok(sids.has(sid), sid)
      assert.ok(!sids.has(groups.others))
    })
  })
}
