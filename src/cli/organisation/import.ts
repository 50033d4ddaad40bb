import { join } from 'node:path'
import type { Configuration } from '../../config/configuration.ts'
import { createLogger } from '../environment/create-logger.ts'
import { openEnvironment } from '../environment/open-environment.ts'
import { importOrganisationFile } from './import-organisation-file.ts'
import { requirePublicUrl } from './init.ts'

/** `cardinal import FILE`: people, roles and templates of an organisation file. */
export async function importCommand(configuration: Configuration, file: string): Promise<void> {
  const environment = await openEnvironment(
    configuration,
    requirePublicUrl(configuration),
    createLogger('warn'),
  )
  try {
    const accountsFile = join(configuration.dataDir, 'new-accounts.json')
    const accounts = await importOrganisationFile(environment, file, accountsFile)
    process.stdout.write(`Imported ${file}.\n`)
    if (accounts.length > 0) {
      process.stdout.write(
        `The passwords of ${accounts.length} new accounts are in ${accountsFile}; delete the file once you have them.\n`,
      )
    }
  } finally {
    await environment.close()
  }
}
