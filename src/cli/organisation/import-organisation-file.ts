import { readFile } from 'node:fs/promises'
import { randomDomainSecurityIdentifier } from '../../domain/security-identifier.ts'
import { hashPassword, randomPassword } from '../../identity/passwords/password-hash.ts'
import { importOrganisation, type NewAccount } from '../../workflows/organisation/import-organisation.ts'
import {
  type OrganisationFile,
  parseOrganisationFile,
} from '../../workflows/organisation/organisation-file.ts'
import { withDirectoryReason } from '../environment/directory-reason.ts'
import type { OpenEnvironment } from '../environment/open-environment.ts'
import { systemRandomness } from '../environment/system-randomness.ts'
import { unreadableFile } from '../unreadable-file.ts'
import { writeAccountsFile } from './accounts-file.ts'

/** Imports an organisation file; passwords of new accounts go to `accountsFile`. */
export async function importOrganisationFile(
  environment: OpenEnvironment,
  path: string | URL,
  accountsFile: string,
): Promise<readonly NewAccount[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadableFile(path, error)
  })
  return await importInto(environment, parseOrganisationFile(text), accountsFile)
}

export async function importInto(
  environment: OpenEnvironment,
  file: OrganisationFile,
  accountsFile: string,
): Promise<readonly NewAccount[]> {
  try {
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
  } catch (error) {
    throw withDirectoryReason(error)
  }
}
