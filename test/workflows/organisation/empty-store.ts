import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStore } from '../../../src/store/sqlite/open-sqlite-store.ts'
import {
  type ImportEnvironment,
  importOrganisation,
  type NewAccount,
} from '../../../src/workflows/organisation/import-organisation.ts'
import type { OrganisationFile } from '../../../src/workflows/organisation/organisation-file.ts'
import { randomness, settableClock } from '../../testbed/environment.ts'

/** An empty store, and an import into it that notes which passwords it hands out. */
export async function emptyStore(
  t: { after(close: () => Promise<void>): void },
  more: Partial<ImportEnvironment> = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-import-'))
  const store = await openSqliteStore({ file: join(folder, 'cardinal.db') })
  t.after(async () => {
    await store.close()
    await rm(folder, { recursive: true })
  })
  await store.migrate()
  const delivered: NewAccount[][] = []
  let passwords = 0
  const environment: ImportEnvironment = {
    store,
    clock: settableClock(new Date()),
    randomness,
    randomPassword: () => `password ${++passwords}`,
    hashPassword: async password => `hash of ${password}`,
    companyDirectory: null,
    randomDomainSid: () => 'S-1-5-21-1-2-3',
    deliverPasswords: async accounts => {
      delivered.push([...accounts])
    },
    ...more,
  }
  return {
    environment,
    store,
    delivered,
    import: async (file: OrganisationFile) => (await importOrganisation(environment, file)).accounts,
  }
}
