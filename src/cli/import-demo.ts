import { join } from 'node:path'
import type { Configuration } from '../config/configuration.ts'
import { importOrganisationFile } from './import-organisation-file.ts'
import type { OpenEnvironment } from './open-environment.ts'

const demoOrganisation = new URL('../../demo/contoso.json', import.meta.url)

/** Fills an empty store with the demo organisation, by the same import as anybody's own. */
export async function importDemo(environment: OpenEnvironment, accountsFile: string): Promise<void> {
  if ((await environment.store.reader.findOrganisation()) !== null) return
  await importOrganisationFile(environment, demoOrganisation, accountsFile)
}

export function demoAccountsFile({ dataDir }: Pick<Configuration, 'dataDir'>): string {
  return join(dataDir, 'demo-accounts.json')
}
