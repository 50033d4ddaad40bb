import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createConfiguredClientCertificateScheme } from '../../../src/cli/server/create-client-certificate-scheme.ts'
import { createComposedDirectory } from '../../../src/directory/composed-directory.ts'
import type { DirectoryUser } from '../../../src/domain/directory-user.ts'
import type { ClientCertificateScheme } from '../../../src/identity/authentication-scheme.ts'
import { encodeSidExtension } from '../../../src/x509/extensions/sid-extension.ts'
import { encodePem } from '../../../src/x509/pem.ts'
import { createTestbed, type Testbed } from '../../testbed/environment.ts'
import { createTestAuthority, farEnd, generateTestKey } from '../../x509/test-authority.ts'

const authority = createTestAuthority('P-256', 'CN=Company Issuing')

let folder: string
/** The server's own accounts, and beside them those of the company, with the same names. */
let own: Testbed
let company: Testbed
let scheme: ClientCertificateScheme
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'client-certificates-'))
  ;[own, company] = await Promise.all([createTestbed(), createTestbed()])
  const authoritiesFile = join(folder, 'authorities.pem')
  await writeFile(authoritiesFile, encodePem('CERTIFICATE', authority.certificate.der))
  scheme = await createConfiguredClientCertificateScheme(
    { authoritiesFile, mapping: ['security-identifier'], thumbprintsFile: undefined, revocation: 'off' },
    {
      ...own,
      directory: createComposedDirectory(own.directory, company.directory),
      ldap: company.directory,
    },
  )
})
after(async () => {
  await Promise.all([own?.close(), company?.close(), rm(folder, { recursive: true })])
})

async function aliceOf(testbed: Testbed): Promise<DirectoryUser> {
  const user = await testbed.directory.findUserByName('alice')
  assert.ok(user !== null)
  return user
}

const certificateOf = ({ sid }: DirectoryUser) =>
  authority.issue(generateTestKey('P-256'), { extensions: [encodeSidExtension(sid)], notAfter: farEnd })

describe('a certificate of another authority, beside a directory of the company', () => {
  test('signs in whom its security identifier names there', async () => {
    const der = certificateOf(await aliceOf(company))
    const { user } = await scheme.identify({ der, fault: null })
    assert.deepEqual(user, await aliceOf(company))
  })

  test('signs in none of the server’s own accounts', async () => {
    const der = certificateOf(await aliceOf(own))
    await assert.rejects(scheme.identify({ der, fault: null }), { reason: 'unknown-user' })
  })
})
