import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { DirectoryUser } from '../../src/domain/directory-user.ts'
import type { Directory } from '../../src/workflows/ports.ts'

/** alice is in staff, which is in branch, which is in company, which is in staff again; bob alone is in others. */
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

    test('finds nobody by a uuid that nobody has', async () => {
      assert.equal(await people.directory.findUser('00000000-0000-4000-8000-000000000000'), null)
    })

    for (const text of ['', 'alice', '*', '00000000-0000-4000-8000', 'a'.repeat(100_000), '__proto__']) {
      test(`finds nobody by a uuid that is none: ${JSON.stringify(text.slice(0, 40))}`, async () => {
        assert.equal(await people.directory.findUser(text), null)
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

    test('finds no group by name', async () => {
      assert.equal(await people.directory.findUserByName('staff'), null)
    })

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
