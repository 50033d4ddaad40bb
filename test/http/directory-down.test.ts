import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { CertificateFields } from '../../src/x509/certificate.ts'
import { encodeSidExtension } from '../../src/x509/extensions/sid-extension.ts'
import { type Slapd, startSlapd } from '../directory/ldap/slapd.ts'
import { sampleCertificate, sampleProfile, sampleProfileTemplate, sampleRequest } from '../store/records.ts'
import { audited } from '../store/store-contract.ts'
import { leftOutWithout } from '../testbed/left-out.ts'
import { generateTestKey, type TestAuthority } from '../x509/test-authority.ts'
import { cookieSetBy } from './authorization/answer.ts'
import { accessTokenFor, inject } from './authorization/schemes.ts'
import { type ServerOfSchemes, startServerOfSchemes } from './authorization/server-of-schemes.ts'

const domain = 'dc=contoso,dc=com'
const entry = (dn: string, classes: readonly string[], ...more: string[]) =>
  [`dn: ${dn}${domain}`, ...classes.map(each => `objectClass: ${each}`), ...more, ''].join('\n')
const people = [
  entry('', ['dcObject', 'organization'], 'dc: contoso', 'o: Contoso'),
  entry('ou=people,', ['organizationalUnit'], 'ou: people'),
  entry(
    'uid=alice,ou=people,',
    ['inetOrgPerson'],
    ...['uid: alice', 'sn: alice', 'cn: alice', 'userPassword: alice: the password'],
  ),
].join('\n')

const url = '/CertificateManagement/api/v2.0/session'
const skip = leftOutWithout('slapd')

const basic = (server: ServerOfSchemes, account: string, name = account) => ({
  authorization: `Basic ${Buffer.from(`${name}:${server.passwordOf(account)}`).toString('base64')}`,
})

async function start(): Promise<{ server: ServerOfSchemes; slapd: Slapd }> {
  const slapd = await startSlapd(domain, people)
  after(() => slapd.stop())
  const server = await startServerOfSchemes({
    CARDINAL_LDAP_URLS: slapd.url,
    CARDINAL_LDAP_KIND: 'openldap',
    CARDINAL_LDAP_ALLOW_UNENCRYPTED: 'true',
    CARDINAL_LDAP_DOMAIN: 'CONTOSO',
    // So that nothing is remembered but what counts for the grace time.
    CARDINAL_LDAP_CACHE_SECONDS: '0',
  })
  after(() => server[Symbol.asyncDispose]())
  return { server, slapd }
}

function issue(authority: TestAuthority, fields: Partial<CertificateFields>): Uint8Array {
  const [notBefore, notAfter] = [new Date(Date.now() - 3_600_000), new Date(Date.now() + 3_600_000)]
  return authority.issue(generateTestKey('P-256'), { extensions: [], notBefore, notAfter, ...fields })
}

/** A certificate of theirs that stands in the books. */
async function issuedTo({ backdoor, company }: ServerOfSchemes, ownerUuid: string): Promise<Uint8Array> {
  const { certificationAuthority } = backdoor.environment
  const issuer = certificationAuthority.certificate.subject
  const der = issue(company, { issuer, serialNumber: Uint8Array.of(42) })
  const template = sampleProfileTemplate()
  const request = sampleRequest(template)
  const profile = sampleProfile(template, { status: 'active', assignedUserUuid: ownerUuid })
  await audited(backdoor.store, async transaction => {
    await transaction.saveProfileTemplate(template)
    await transaction.insertRequest(request)
    await transaction.insertProfile(profile)
    await transaction.insertCertificate(
      sampleCertificate(request, profile, {
        certificationAuthorityUuid: certificationAuthority.uuid,
        serialNumber: '2A',
        state: 'issued',
        certificate: der,
      }),
    )
  })
  return der
}

describe('while the directory is down', { skip }, () => {
  test('sessions, API tokens, certificates of our own and accounts of our own go on, and nobody else signs in', async () => {
    const { server, slapd } = await start()
    const { app, authenticator, directory, company } = server
    const statusBy = async (headers: Record<string, string>) => (await inject(app, { url, headers })).status
    const byCertificate = (der: Uint8Array) =>
      authenticator
        .signIn({
          authorization: null,
          sessionToken: null,
          clientCertificate: { der, fault: null },
          address: '',
          correlationId: '',
        })
        .then(
          ({ signedIn }) => signedIn.user.accountName,
          (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
        )

    const alice = await directory.findUserByName('alice')
    assert.ok(alice !== null)
    const password = basic(server, 'alice')
    const begun = await inject(app, { method: 'POST', url, headers: password })
    const session = { cookie: cookieSetBy(begun, 'cardinal_session') ?? '' }
    const created = await inject(app, {
      method: 'POST',
      url: '/CertificateManagement/api/v2.0/api-tokens',
      headers: password,
      payload: {
        name: 'report',
        scopes: ['read'],
        expires: new Date(Date.now() + 3_600_000).toISOString(),
      },
    })
    const apiToken = { authorization: `Bearer ${JSON.parse(created.body).token}` }
    const ours = await issuedTo(server, alice.uuid)
    const foreign = issue(company, { extensions: [encodeSidExtension(alice.sid)] })
    const shown = [session, apiToken, basic(server, 'admin', 'LOCAL\\admin'), password]
    const all = async () => [
      ...(await Promise.all(shown.map(statusBy))),
      // Another one each time: the same is remembered for a minute.
      await statusBy({ authorization: `Bearer ${await accessTokenFor(server, 'alice')}` }),
      await byCertificate(ours),
      await byCertificate(foreign),
    ]
    assert.deepEqual(await all(), [200, 200, 200, 200, 200, 'alice', 'alice'])
    await slapd.stop()
    assert.deepEqual(await all(), [200, 200, 200, 503, 503, 'alice', 'ServiceUnavailable'])
  })
})
