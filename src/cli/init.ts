import { join } from 'node:path'
import type { Configuration } from '../config/configuration.ts'
import type { OrganisationFile } from '../workflows/organisation-file.ts'
import { createLogger } from './create-logger.ts'
import { importInto } from './import-organisation-file.ts'
import { openEnvironment } from './open-environment.ts'
import { UsageError } from './usage-error.ts'

export interface InitOptions {
  readonly organisation: string
  readonly domain: string
  readonly dnsName: string
  readonly administrator: string
}

/** `cardinal init`: an organisation with nothing in it but one administrator. */
export async function init(configuration: Configuration, options: InitOptions): Promise<void> {
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
    await importInto(environment, organisationWith(options), accountsFile)
    process.stdout.write(
      `The organisation ${options.organisation} is set up.\n` +
        `The password of ${options.administrator} is in ${accountsFile}; delete the file once you have it.\n`,
    )
  } finally {
    await environment.store.close()
  }
}

/** Certificates name this address for as long as they live, so that it cannot be guessed. */
export function requirePublicUrl({ publicUrl }: Configuration): string {
  if (publicUrl !== undefined) return publicUrl
  throw new UsageError(
    'Set publicUrl (CARDINAL_PUBLIC_URL): the address under which others reach this server.',
  )
}

function organisationWith({ organisation, domain, dnsName, administrator }: InitOptions): OrganisationFile {
  return {
    format: 'cardinal-organisation-1',
    organisation: { name: organisation, domain, dnsName },
    users: [{ account: administrator, displayName: administrator, generatePassword: true }],
    groups: [{ name: 'Administrators', members: [administrator] }],
    roles: [{ role: 'administrator', trustees: ['Administrators'] }],
    userGrants: [],
    certificateTemplates: [],
    profileTemplates: [],
  }
}
