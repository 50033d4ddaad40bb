import { join } from 'node:path'
import type { Configuration } from '../../config/configuration.ts'
import { CardinalError } from '../../domain/error.ts'
import type { OpenEnvironment } from '../environment/open-environment.ts'

const demoOrganisation = new URL('../../../demo/contoso.json', import.meta.url)

/** Fills an empty store with the demo organisation, by the same import as anybody's own. */
export async function importDemo(environment: OpenEnvironment, accountsFile: string): Promise<void> {
  if ((await environment.store.reader.findOrganisation()) !== null) return
  // Reading such a file takes a schema library with it, a fifth of the time that a start takes.
  const { importOrganisationFile } = await import('./import-organisation-file.ts')
  try {
    await importOrganisationFile(environment, demoOrganisation, accountsFile)
  } catch (error) {
    // Another process that started at the same moment was first.
    const isLate = error instanceof CardinalError && error.code === 'ConcurrentChange'
    if (!isLate || (await environment.store.reader.findOrganisation()) === null) throw error
  }
}

export function demoAccountsFile({ dataDir }: Pick<Configuration, 'dataDir'>): string {
  return join(dataDir, 'demo-accounts.json')
}
