import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import type { Configuration } from '../../config/configuration.ts'
import { openStore } from '../../store/open-store.ts'
import type { PeopleEnvironment } from '../../workflows/people/people-environment.ts'
import { UsageError } from '../usage-error.ts'
import { systemClock } from './system-clock.ts'
import { systemRandomness } from './system-randomness.ts'

/**
 * Opens the database for work on people and groups, beside a server that may be running. Makes none: an organisation
 * comes first. Throws UsageError.
 */
export async function withPeopleEnvironment<Result>(
  { database }: Configuration,
  work: (environment: PeopleEnvironment) => Promise<Result>,
): Promise<Result> {
  if (database.kind === 'sqlite' && !existsSync(database.file)) {
    throw new UsageError(
      `There is no database ${database.file} yet. Begin with "cardinal init", or set CARDINAL_DATA_DIR.`,
    )
  }
  const store = await openStore(
    database.kind === 'sqlite'
      ? { databaseUrl: null, file: database.file }
      : { databaseUrl: database.url, file: '' },
  )
  try {
    await store.migrate()
    return await work({
      store,
      clock: systemClock,
      randomness: systemRandomness,
      operator: operatorName(),
    })
  } finally {
    await store.close()
  }
}

/** A container's user may have a number and no name. */
function operatorName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
