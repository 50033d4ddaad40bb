import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { Client } from 'ldapts'
import {
  activeDirectoryMapping,
  openLdapMapping,
} from '../../../src/directory/ldap/attributes/attribute-mapping.ts'
import { securityIdentifierOfUuid } from '../../../src/directory/ldap/attributes/binary-security-identifier.ts'
import { createLdapDirectory } from '../../../src/directory/ldap/ldap-directory.ts'
import { LdapFault } from '../../../src/directory/ldap/ldap-fault.ts'
import type { LdapOptions } from '../../../src/directory/ldap/ldap-options.ts'
import { randomness } from '../../testbed/environment.ts'
import { leftOutWithout } from '../../testbed/left-out.ts'
import { describeDirectory } from '../directory-contract.ts'
import { start } from './contoso.ts'
import { type Slapd, startSlapd } from './slapd.ts'

const skip = leftOutWithout('slapd')

const uuid = (number: number) => `5e1f0000-0000-4000-8000-00000000000${number}`
const person = (name: string, number: number, ...more: string[]) =>
  entry(
    `uid=${name},ou=people`,
    ['inetOrgPerson', 'shadowAccount'],
    number,
    `sn: ${name}`,
    `cn: ${name}`,
    ...more,
  )
const group = (name: string, kind: string, number: number, ...more: string[]) =>
  entry(`cn=${name},ou=groups`, [kind], number, ...more)
const member = (name: string) => `member: ${name},dc=contoso,dc=test`

function entry(name: string, kinds: readonly string[], number: number, ...more: string[]): string {
  const own = name.replace(/,.*/, '').replace('=', ': ')
  const classes = kinds.map(kind => `objectClass: ${kind}`)
  return [`dn: ${name},dc=contoso,dc=test`, ...classes, own, `entryUUID: ${uuid(number)}`, ...more, ''].join(
    '\n',
  )
}

const people = [
  'dn: dc=contoso,dc=test\nobjectClass: dcObject\nobjectClass: organization\ndc: contoso\no: Contoso\n',
  'dn: ou=people,dc=contoso,dc=test\nobjectClass: organizationalUnit\nou: people\n',
  'dn: ou=groups,dc=contoso,dc=test\nobjectClass: organizationalUnit\nou: groups\n',
  person('alice', 1, 'displayName: Alice Adams', 'mail: alice@contoso.test'),
  person('bob', 2, `userPassword:: ${Buffer.from('Sésame 1').toString('base64')}`),
  person('dora', 3, 'shadowExpire: 1', `userPassword:: ${Buffer.from('Sésame 1').toString('base64')}`),
  group('staff', 'groupOfNames', 4, member('uid=alice,ou=people'), member('cn=company,ou=groups')),
  group('branch', 'groupOfNames', 5, member('cn=staff,ou=groups')),
  group('company', 'groupOfNames', 6, member('cn=branch,ou=groups')),
  group('others', 'groupOfNames', 7, member('uid=bob,ou=people')),
  group('unix', 'posixGroup', 8, 'gidNumber: 100', 'memberUid: alice'),
  group('unique', 'groupOfUniqueNames', 9, 'uniqueMember: cn=company,ou=groups,dc=contoso,dc=test'),
].join('\n')

const alice = {
  uuid: uuid(1),
  sid: securityIdentifierOfUuid(uuid(1)),
  domain: 'CONTOSO',
  accountName: 'alice',
  displayName: 'Alice Adams',
  userPrincipalName: null,
  mail: 'alice@contoso.test',
  distinguishedName: 'uid=alice,ou=people,dc=contoso,dc=test',
  enabled: true,
}

const bob = { uuid: uuid(2) }

let slapd: Slapd | null = null
const started = (): Slapd => {
  if (slapd === null) throw new Error('OpenLDAP was not started.')
  return slapd
}
before(async () => {
  if (skip === false) slapd = await startSlapd('dc=contoso,dc=test', people)
})
after(() => slapd?.stop())

function open(options: Partial<LdapOptions> = {}) {
  return createLdapDirectory({
    urls: [started().url],
    mapping: openLdapMapping,
    clock: { now: () => start },
    randomness,
    allowUnencrypted: true,
    ...options,
  })
}

describeDirectory(
  'in OpenLDAP, read by nobody in particular',
  async () => {
    const directory = open()
    const sid = (number: number) => securityIdentifierOfUuid(uuid(number))
    const groups = { staff: sid(4), branch: sid(5), company: sid(6), others: sid(7) }
    return { directory, dnsName: 'contoso.test', alice, doraUuid: uuid(3), groups, close: directory.close }
  },
  { skip },
)

describe('OpenLDAP', { skip }, () => {
  test('has groups of three kinds', async t => {
    const directory = open({ pageSize: 1 })
    t.after(directory.close)
    const sids = await directory.listSids(alice)
    assert.deepEqual(sids, new Set([1, 4, 5, 6, 8, 9].map(number => securityIdentifierOfUuid(uuid(number)))))
  })

  test('describes an account with the names of all its groups', async t => {
    const directory = open({ pageSize: 1 })
    t.after(directory.close)
    const described = await directory.describeAccount(alice.uuid)
    assert.equal(described?.state, 'enabled')
    assert.deepEqual(
      described.groups.toSorted((one, other) => String(one.name).localeCompare(String(other.name))),
      [
        { sid: securityIdentifierOfUuid(uuid(5)), name: 'branch' },
        { sid: securityIdentifierOfUuid(uuid(6)), name: 'company' },
        { sid: securityIdentifierOfUuid(uuid(4)), name: 'staff' },
        { sid: securityIdentifierOfUuid(uuid(9)), name: 'unique' },
        { sid: securityIdentifierOfUuid(uuid(8)), name: 'unix' },
      ],
    )
    assert.deepEqual(await directory.describeAccount(uuid(3)), { state: 'expired', groups: [] })
    for (const nobody of [uuid(4), uuid(0), 'alice']) {
      assert.equal(await directory.describeAccount(nobody), null, nobody)
    }
  })

  test('takes certificates in the form that its schema asks for', async t => {
    const { administrator, url } = started()
    const credentials = { bindDn: administrator.bindDn, readPassword: () => administrator.password }
    const directory = open({ credentials })
    t.after(directory.close)
    const certificate = makeCertificate()
    for (let times = 0; times < 2; times++) await directory.publishCertificate(alice, certificate)
    assert.deepEqual(await publishedIn(url), [certificate])
    for (let times = 0; times < 2; times++) await directory.withdrawCertificate(alice, certificate)
    assert.deepEqual(await publishedIn(url), [])
  })

  test('verifies passwords by a bind, and never without one', async t => {
    const { administrator } = started()
    const credentials = { bindDn: administrator.bindDn, readPassword: () => administrator.password }
    for (const directory of [open(), open({ credentials })]) {
      t.after(directory.close)
      // She has none, which this server does not tell, and which says nothing about his.
      assert.equal(await directory.verifyPassword(alice, 'Sésame 1'), 'wrong-password')
      assert.equal(await directory.verifyPassword(bob, 'Sésame 1'), 'accepted')
      for (const password of ['sésame 1', 'wrong']) {
        assert.equal(await directory.verifyPassword(bob, password), 'wrong-password')
      }
      for (const password of ['', '\0']) {
        assert.equal(await directory.verifyPassword(bob, password), 'impossible-password')
      }
      assert.equal(await directory.verifyPassword(null, 'Sésame 1'), 'unknown-name')
      assert.equal(await directory.verifyPassword({ uuid: uuid(3) }, 'Sésame 1'), 'expired')
    }
  })

  test('tells which security identifiers nobody has', async t => {
    const directory = open()
    t.after(directory.close)
    const [person, group, nobody] = [uuid(1), uuid(4), '5e1f0000-0000-4000-8000-00000000ffff'].map(
      securityIdentifierOfUuid,
    )
    assert.ok(person !== undefined && group !== undefined && nobody !== undefined)
    const foreign = 'S-1-5-21-1-2-3-1000'
    assert.deepEqual(await directory.listMissingSids([person, nobody, group, foreign]), [nobody, foreign])
    assert.deepEqual(await directory.listMissingSids([foreign]), [foreign])
    assert.deepEqual(await directory.listMissingSids([]), [])
  })

  test('is not taken for Active Directory', async t => {
    const directory = open({ mapping: activeDirectoryMapping })
    t.after(directory.close)
    await assert.rejects(
      directory.findUserByName('alice'),
      (error: Error) =>
        error.cause instanceof LdapFault &&
        /no Active Directory: set ldap\.kind to openldap$/.test(error.cause.message),
    )
  })

  test('names a domain without an identifier', async t => {
    const directory = open()
    t.after(directory.close)
    assert.deepEqual(await directory.describe(), {
      domain: 'CONTOSO',
      dnsName: 'contoso.test',
      domainSid: null,
    })
  })
})

/** The server looks at what it is given, so this is a real one. */
function makeCertificate(): Buffer {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '/dev/null']
  const args = ['req', '-x509', ...key, '-subj', '/CN=alice', '-outform', 'DER']
  return execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'ignore'] })
}

async function publishedIn(url: string): Promise<Buffer[]> {
  const client = new Client({ url })
  try {
    const { searchEntries } = await client.search(alice.distinguishedName, {
      scope: 'base',
      attributes: ['userCertificate;binary'],
    })
    const value = searchEntries[0]?.['userCertificate;binary'] ?? []
    return (Array.isArray(value) ? value : [value]).map(each => Buffer.from(each))
  } finally {
    await client.unbind()
  }
}
