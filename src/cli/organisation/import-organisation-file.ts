import { readFile } from 'node:fs/promises'
import { randomDomainSecurityIdentifier } from '../../domain/security-identifier.ts'
import { hashPassword, randomPassword } from '../../identity/passwords/password-hash.ts'
import type { Environment } from '../../workflows/environment.ts'
import {
  type ImportOutcome,
  importOrganisation,
  previewOrganisationImport,
} from '../../workflows/organisation/import-organisation.ts'
import type { OrganisationChanges } from '../../workflows/organisation/organisation-changes.ts'
import {
  type OrganisationFile,
  parseOrganisationFile,
} from '../../workflows/organisation/organisation-file.ts'
import type { CompanyDirectory } from '../../workflows/ports/directory.ts'
import { withDirectoryReason } from '../environment/directory-reason.ts'
import { systemRandomness } from '../environment/system-randomness.ts'
import { unreadableFile } from '../unreadable-file.ts'
import { writeAccountsFile } from './accounts-file.ts'

interface CommandEnvironment extends Pick<Environment, 'store' | 'clock' | 'randomness'> {
  readonly ldap: CompanyDirectory | null
}

/** Imports an organisation file; passwords of new accounts go to `accountsFile`. */
export async function importOrganisationFile(
  environment: CommandEnvironment,
  path: string | URL,
  accountsFile: string,
): Promise<ImportOutcome> {
  return await importInto(environment, await readOrganisationFile(path), accountsFile)
}

/** What {@link importOrganisationFile} would change. */
export async function previewOrganisationFile(
  environment: CommandEnvironment,
  path: string,
): Promise<OrganisationChanges> {
  const file = await readOrganisationFile(path)
  try {
    return await previewOrganisationImport(composing(environment), file)
  } catch (error) {
    throw withDirectoryReason(error)
  }
}

export async function importInto(
  environment: CommandEnvironment,
  file: OrganisationFile,
  accountsFile: string,
): Promise<ImportOutcome> {
  try {
    return await importOrganisation(
      {
        ...composing(environment),
        randomPassword: () => randomPassword(systemRandomness.integer),
        hashPassword: password => hashPassword(password, systemRandomness.bytes),
        deliverPasswords: accounts => writeAccountsFile(accountsFile, accounts),
      },
      file,
    )
  } catch (error) {
    throw withDirectoryReason(error)
  }
}

function composing(environment: CommandEnvironment) {
  return {
    ...environment,
    companyDirectory: environment.ldap,
    randomDomainSid: () => randomDomainSecurityIdentifier(systemRandomness.integer),
  }
}

async function readOrganisationFile(path: string | URL): Promise<OrganisationFile> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadableFile(path, error)
  })
  return parseOrganisationFile(text)
}
