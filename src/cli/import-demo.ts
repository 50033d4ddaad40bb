import { join } from 'node:path'
import type { Configuration } from '../config/configuration.ts'
import type { OpenEnvironment } from './open-environment.ts'

const demoOrganisation = new URL('../../demo/contoso.json', import.meta.url)

/** Fills an empty store with the demo organisation, by the same import as anybody's own. */
export async function importDemo(environment: OpenEnvironment, accountsFile: string): Promise<void> {
  if ((await environment.store.reader.findOrganisation()) !== null) return
  // Reading such a file takes a schema library with it, a fifth of the time that a start takes.
  const { importOrganisationFile } = await import('./import-organisation-file.ts')
  await importOrganisationFile(environment, demoOrganisation, accountsFile)
}

export function demoAccountsFile({ dataDir }: Pick<Configuration, 'dataDir'>): string {
  return join(dataDir, 'demo-accounts.json')
}
