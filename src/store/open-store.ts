import type { OpenStore } from './assemble-store.ts'
import { openPostgresStore } from './open-postgres-store.ts'
import { openSqliteStore } from './open-sqlite-store.ts'

/**
 * Opens PostgreSQL where a URL is given, the embedded database otherwise.
 *
 * @throws CardinalError ServiceUnavailable
 */
export function openStore({
  databaseUrl,
  file,
}: {
  databaseUrl: string | null
  file: string
}): Promise<OpenStore> {
  return databaseUrl === null ? openSqliteStore({ file }) : openPostgresStore({ url: databaseUrl })
}
