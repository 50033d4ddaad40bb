import type { Logger } from 'pino'
import type { Configuration } from '../../config/configuration.ts'
import type { OpenStore } from '../../store/assemble-store.ts'
import { claimServer } from '../../store/sqlite/claim-server.ts'

/**
 * Warns at the start of what does not keep a server from it: a database that takes nothing, and a second server on an
 * embedded one. What it returns is to be released when the server ends.
 */
export async function watchOverDatabase(
  { database }: Pick<Configuration, 'database'>,
  store: Pick<OpenStore, 'check'>,
  logger: Pick<Logger, 'warn'>,
): Promise<{ release(): void }> {
  await store.check().catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    logger.warn(`calls that change something may be refused: ${reason}`)
  })
  if (database.kind === 'postgresql') return { release: () => undefined }
  const claim = claimServer(database.file)
  if (claim.isTaken) {
    logger.warn(
      `another server works on ${database.file}, which is meant for one (docs/operations.md, "Two processes")`,
    )
  }
  return claim
}
