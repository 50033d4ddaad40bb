import { readFile } from 'node:fs/promises'
import { randomDomainSecurityIdentifier } from '../directory/security-identifier.ts'
import { hashPassword, randomPassword } from '../identity/password-hash.ts'
import { importOrganisation, type NewAccount } from '../workflows/import-organisation.ts'
import { type OrganisationFile, parseOrganisationFile } from '../workflows/organisation-file.ts'
import { writeAccountsFile } from './accounts-file.ts'
import type { OpenEnvironment } from './open-environment.ts'
import { systemRandomness } from './system-randomness.ts'

/** Imports an organisation file; passwords of new accounts go to `accountsFile`. */
export async function importOrganisationFile(
  environment: OpenEnvironment,
  path: string | URL,
  accountsFile: string,
): Promise<readonly NewAccount[]> {
  return await importInto(environment, parseOrganisationFile(await readFile(path, 'utf8')), accountsFile)
}

export async function importInto(
  environment: OpenEnvironment,
  file: OrganisationFile,
  accountsFile: string,
): Promise<readonly NewAccount[]> {
  return await importOrganisation(
    {
      ...environment,
      companyDirectory: environment.ldap,
      randomPassword: () => randomPassword(systemRandomness.integer),
      hashPassword: password => hashPassword(password, systemRandomness.bytes),
      randomDomainSid: () => randomDomainSecurityIdentifier(systemRandomness.integer),
      deliverPasswords: accounts => writeAccountsFile(accountsFile, accounts),
    },
    file,
  )
}
