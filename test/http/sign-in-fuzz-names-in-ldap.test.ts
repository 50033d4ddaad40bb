import assert from 'node:assert/strict'
import { after } from 'node:test'
import { startSlapd } from '../directory/ldap/slapd.ts'
import { leftOutWithout } from '../testbed/left-out.ts'
import { startServerOfSchemes } from './authorization/server-of-schemes.ts'
import { type Company, describeNames } from './sign-in-fuzz-names.ts'

const domain = 'dc=contoso,dc=com'
const entry = (dn: string, classes: readonly string[], ...more: string[]) =>
  [`dn: ${dn}${domain}`, ...classes.map(each => `objectClass: ${each}`), ...more, ''].join('\n')
const people = [
  entry('', ['dcObject', 'organization'], 'dc: contoso', 'o: Contoso'),
  entry('ou=people,', ['organizationalUnit'], 'ou: people'),
  entry('ou=groups,', ['organizationalUnit'], 'ou: groups'),
  ...['alice', 'bob'].map(name =>
    entry(
      `uid=${name},ou=people,`,
      ['inetOrgPerson'],
      `uid: ${name}`,
      `sn: ${name}`,
      `cn: ${name}`,
      `userPassword: ${name}: the password`,
    ),
  ),
  entry('cn=Managers,ou=groups,', ['groupOfNames'], 'cn: Managers', `member: uid=bob,ou=people,${domain}`),
].join('\n')

async function inOpenLdap(): Promise<Company> {
  const slapd = await startSlapd(domain, people)
  after(() => slapd.stop())
  const server = await startServerOfSchemes({
    CARDINAL_OPEN_ID_CONNECT_GROUPS_CLAIM: 'groups',
    CARDINAL_LDAP_URLS: slapd.url,
    CARDINAL_LDAP_KIND: 'openldap',
    CARDINAL_LDAP_ALLOW_UNENCRYPTED: 'true',
    CARDINAL_LDAP_DOMAIN: 'CONTOSO',
  })
  after(() => server[Symbol.asyncDispose]())
  assert.equal(server.passwordOf('alice'), 'alice: the password')
  const group = await server.directory.findGroupByName('Managers')
  assert.ok(group !== null)
  const { store, clock } = server.backdoor
  await store.transactor.transaction(async transaction => {
    await transaction.saveRoleAssignment({ role: 'manager', trustee: group.sid })
    await transaction.audit({
      at: clock.at,
      action: 'organisation-imported',
      actorUuid: null,
      requestUuid: null,
      subject: 'Managers',
      facts: {},
      correlationId: null,
    })
  })
  return { server, administrator: 'LOCAL\\admin', group: 'Managers' }
}

describeNames('in OpenLDAP', leftOutWithout('slapd'), inOpenLdap)
