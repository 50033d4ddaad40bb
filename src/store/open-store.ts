import type { OpenStore } from './assemble-store.ts'
import { openSqliteStore } from './sqlite/open-sqlite-store.ts'

/**
 * Opens PostgreSQL where a URL is given, the embedded database otherwise.
 *
 * @throws CardinalError ServiceUnavailable
 */
export async function openStore({
  databaseUrl,
  file,
}: {
  databaseUrl: string | null
  file: string
}): Promise<OpenStore> {
  if (databaseUrl === null) return await openSqliteStore({ file })
  // Its driver is several megabytes of memory that the embedded database has no use for.
  const { openPostgresStore } = await import('./postgres/open-postgres-store.ts')
  return await openPostgresStore({ url: databaseUrl })
}
