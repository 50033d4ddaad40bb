import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as passing } from 'node:timers/promises'
import { Client } from 'ldapts'
import { createCardinalClient } from '../../src/client/library/create-cardinal-client.ts'
import type { OrganisationFile } from '../../src/workflows/organisation/organisation-file.ts'
import { enrollSoftwareProfile } from '../client/enrollment/software-enrollment.ts'
import { type Slapd, startSlapd } from '../directory/ldap/slapd.ts'
import { leftOutWithout } from '../testbed/left-out.ts'
import { startServer, type TestServer } from '../testbed/server.ts'
import { runCardinal } from './command.ts'
import { companyOrganisation } from './company-directory.ts'
import { basic } from './session.ts'

const skip = leftOutWithout('slapd')
const alice = 'uid=alice,ou=people,dc=contoso,dc=test'
const password = 'correct horse'

/** RFC 2849. alice is in pki-users by way of staff; the other groups hold mona. */
const people = `
dn: dc=contoso,dc=test
objectClass: dcObject
objectClass: organization
dc: contoso
o: Contoso

dn: ou=people,dc=contoso,dc=test
objectClass: organizationalUnit
ou: people

dn: ou=groups,dc=contoso,dc=test
objectClass: organizationalUnit
ou: groups

${['alice', 'mona'].map(name => `dn: uid=${name},ou=people,dc=contoso,dc=test\nobjectClass: inetOrgPerson\nuid: ${name}\ncn: ${name}\nsn: ${name}\nmail: ${name}@contoso.test\nuserPassword: ${password}\n`).join('\n')}
${Object.entries({
  staff: alice,
  'PKI Users': 'cn=staff,ou=groups,dc=contoso,dc=test',
  'PKI Managers': 'uid=mona,ou=people,dc=contoso,dc=test',
  'PKI Help Desk': 'uid=mona,ou=people,dc=contoso,dc=test',
  'PKI Administrators': 'uid=mona,ou=people,dc=contoso,dc=test',
})
  .map(
    ([name, member]) =>
      `dn: cn=${name},ou=groups,dc=contoso,dc=test\nobjectClass: groupOfNames\ncn: ${name}\nmember: ${member}\n`,
  )
  .join('\n')}`

/** There are no user principal names and no security identifiers that Windows would know. */
async function organisationWithoutWindows(): Promise<OrganisationFile> {
  const file = await companyOrganisation()
  return {
    ...file,
    certificateTemplates: file.certificateTemplates.map(template => ({
      ...template,
      subjectAlternativeNames: ['email'],
      includeSecurityIdentifier: false,
    })),
  }
}

describe('beside OpenLDAP', { skip }, () => {
  let slapd: Slapd
  let folder: string
  let server: TestServer
  before(async () => {
    slapd = await startSlapd('dc=contoso,dc=test', people.trimStart())
    folder = await mkdtemp(path.join(os.tmpdir(), 'cardinal-openldap-'))
    const file = path.join(folder, 'organisation.json')
    await writeFile(file, JSON.stringify(await organisationWithoutWindows()))
    await writeFile(path.join(folder, 'bind-password'), slapd.administrator.password, { mode: 0o600 })
    const settings = {
      CARDINAL_LDAP_KIND: 'openldap',
      CARDINAL_LDAP_URLS: slapd.url,
      CARDINAL_LDAP_ALLOW_UNENCRYPTED: 'true',
      CARDINAL_LDAP_BIND_DN: slapd.administrator.bindDn,
      CARDINAL_LDAP_BIND_PASSWORD_FILE: path.join(folder, 'bind-password'),
    }
    const dataDir = path.join(folder, 'data')
    const imported = await runCardinal(['import', file], {
      ...settings,
      CARDINAL_DATA_DIR: dataDir,
      CARDINAL_CERTIFICATION_AUTHORITY_KEY_ALGORITHM: 'EC-P256',
      CARDINAL_PUBLIC_URL: 'http://127.0.0.1:8080',
    })
    assert.deepEqual({ code: imported.code, stderr: imported.stderr }, { code: 0, stderr: '' })
    server = await startServer({ settings, dataDir })
  })
  after(async () => {
    await server?.remove()
    await slapd?.stop()
    await rm(folder, { recursive: true })
  })

  test('people sign in by their passwords, with the roles of nested groups', async () => {
    const signIn = async (user: string, secret: string) => {
      const response = await fetch(`${server.url}/CertificateManagement/api/v2.0/session`, {
        headers: { authorization: basic(user, secret) },
      })
      const body: unknown = await response.json()
      const roles = typeof body === 'object' && body !== null && 'roles' in body ? body.roles : null
      return [response.status, roles]
    }
    assert.deepEqual(await signIn('alice', password), [200, ['subscriber']])
    assert.deepEqual(await signIn('CONTOSO\\alice', password), [200, ['subscriber']])
    assert.deepEqual(await signIn('alice', 'wrong'), [401, null])
  })

  test('a certificate is enrolled and stands in the directory', async () => {
    const client = createCardinalClient({
      baseUrl: server.url,
      credentials: { user: 'alice', password },
      retries: 0,
    })
    const enrolled = await enrollSoftwareProfile(client)
    const certificate = new X509Certificate(enrolled.certificatePem)
    const deadline = Date.now() + 60_000
    while ((await published()).length === 0) {
      assert.ok(Date.now() < deadline, server.output().slice(-4000))
      await passing(100)
    }
    assert.deepEqual(await published(), [certificate.raw])
  })

  async function published(): Promise<Buffer[]> {
    const client = new Client({ url: slapd.url })
    try {
      const name = 'userCertificate;binary'
      const { searchEntries } = await client.search(alice, { scope: 'base', attributes: [name] })
      const value = searchEntries[0]?.[name] ?? []
      return (Array.isArray(value) ? value : [value]).map(each => Buffer.from(each))
    } finally {
      await client.unbind()
    }
  }
})
