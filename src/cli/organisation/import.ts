import { join } from 'node:path'
import type { Configuration } from '../../config/configuration.ts'
import { createLogger } from '../environment/create-logger.ts'
import { openEnvironment } from '../environment/open-environment.ts'
import { withDirectory } from '../environment/with-directory.ts'
import { printJson, printLines } from '../terminal/print.ts'
import { importOrganisationFile, previewOrganisationFile } from './import-organisation-file.ts'
import { requirePublicUrl } from './init.ts'
import { organisationChangeLines } from './organisation-change-lines.ts'

export interface ImportOptions {
  readonly isDryRun: boolean
  readonly isJson: boolean
}

/** `cardinal import FILE`: people, roles and templates of an organisation file. */
export async function importCommand(
  configuration: Configuration,
  file: string,
  options: ImportOptions,
): Promise<void> {
  if (options.isDryRun) await preview(configuration, file, options)
  else await carryOut(configuration, file, options)
}

async function preview(configuration: Configuration, file: string, { isJson }: ImportOptions): Promise<void> {
  await withDirectory(configuration, async environment => {
    const changes = await previewOrganisationFile(environment, file)
    if (isJson) return printJson({ dryRun: true, ...changes })
    printLines(...organisationChangeLines(changes, true))
  })
}

async function carryOut(
  configuration: Configuration,
  file: string,
  { isJson }: ImportOptions,
): Promise<void> {
  const environment = await openEnvironment(
    configuration,
    requirePublicUrl(configuration),
    createLogger('warn'),
  )
  try {
    const isFirst = (await environment.store.reader.findOrganisation()) === null
    const accountsFile = join(configuration.dataDir, 'new-accounts.json')
    const { accounts, ...changes } = await importOrganisationFile(environment, file, accountsFile)
    const newAccounts = accounts.map(({ user }) => user)
    if (isJson) return printJson({ dryRun: false, ...changes, newAccounts })
    printLines(`Imported ${file}.`)
    // Of a first import everything is new, which the file says better.
    if (!isFirst && changes.changes.length > 0) printLines(...organisationChangeLines(changes, false))
    if (accounts.length > 0) {
      printLines(
        `The passwords of ${accounts.length} new accounts are in ${accountsFile}; delete the file once you have them.`,
      )
    }
  } finally {
    await environment.close()
  }
}
