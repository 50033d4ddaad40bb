import { join } from 'node:path'
import type { Configuration } from '../../config/configuration.ts'
import { localDomain } from '../../domain/local-name.ts'
import type { OrganisationFile } from '../../workflows/organisation/organisation-file.ts'
import { createLogger } from '../environment/create-logger.ts'
import { openEnvironment } from '../environment/open-environment.ts'
import { UsageError } from '../usage-error.ts'
import { importInto } from './import-organisation-file.ts'

export interface InitOptions {
  readonly organisation: string
  /** Both may be left out where the company's directory says them. */
  readonly domain: string | undefined
  readonly dnsName: string | undefined
  /** An account to be made; with a domain before it, a user or a group of the company's directory. */
  readonly administrator: string
}

/** `cardinal init`: an organisation with nothing in it but one administrator. */
export async function init(configuration: Configuration, options: InitOptions): Promise<void> {
  const isOfCompany = configuration.ldap !== undefined && options.administrator.includes('\\')
  const environment = await openEnvironment(
    configuration,
    requirePublicUrl(configuration),
    createLogger('warn'),
  )
  try {
    const existing = await environment.store.reader.findOrganisation()
    if (existing !== null) {
      throw new UsageError(`The organisation ${existing.name} is set up already; nothing was changed.`)
    }
    const accountsFile = join(configuration.dataDir, 'administrator-account.json')
    const file = organisationWith(options, isOfCompany, configuration.ldap !== undefined)
    await importInto(environment, file, accountsFile)
    const { administrator } = options
    const signInName = configuration.ldap === undefined ? administrator : `${localDomain}\\${administrator}`
    process.stdout.write(
      `The organisation ${options.organisation} is set up.\n` +
        (isOfCompany
          ? `${administrator} of the directory is its administrator.\n`
          : `The password of ${signInName} is in ${accountsFile}; delete the file once you have it.\n`),
    )
  } finally {
    await environment.close()
  }
}

/** Certificates name this address for as long as they live, so that it cannot be guessed. */
export function requirePublicUrl({ publicUrl }: Configuration): string {
  if (publicUrl !== undefined) return publicUrl
  throw new UsageError(
    'Set publicUrl (CARDINAL_PUBLIC_URL): the address under which others reach this server.',
  )
}

function organisationWith(
  options: InitOptions,
  isOfCompany: boolean,
  isBesideCompany: boolean,
): OrganisationFile {
  const { organisation, domain, dnsName, administrator } = options
  // The directory may have names that are the same.
  const own = (name: string) => (isBesideCompany ? `${localDomain}\\${name}` : name)
  return {
    format: 'cardinal-organisation-1',
    organisation: {
      name: organisation,
      ...(domain !== undefined && { domain }),
      ...(dnsName !== undefined && { dnsName }),
    },
    users: isOfCompany
      ? []
      : [{ account: administrator, displayName: administrator, generatePassword: true }],
    groups: isOfCompany ? [] : [{ name: 'Administrators', members: [own(administrator)] }],
    roles: [{ role: 'administrator', trustees: [isOfCompany ? administrator : own('Administrators')] }],
    userGrants: [],
    certificateTemplates: [],
    profileTemplates: [],
  }
}
