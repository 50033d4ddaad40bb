import type { Logger } from 'pino'
import type { Configuration } from '../../config/configuration.ts'
import type { Environment } from '../../workflows/environment.ts'
import { publishDueRevocationList } from '../../workflows/publication/publish-revocation-list.ts'

/** How often it is looked whether a list is due. */
const lookMilliseconds = 60_000

/** Publishes what is due now, and goes on doing so. */
export async function scheduleRevocationLists(
  environment: Environment,
  { certificationAuthority: { crlPublishIntervalHours } }: Configuration,
  logger: Logger,
): Promise<{ stop(): void }> {
  const publishDue = async () => {
    for (const authority of [environment.rootAuthority, environment.certificationAuthority]) {
      await publishDueRevocationList(environment, authority, crlPublishIntervalHours)
    }
  }
  await publishDue()
  const timer = setInterval(() => {
    publishDue().catch((error: unknown) =>
      logger.error({ err: error }, 'a revocation list could not be published'),
    )
  }, lookMilliseconds)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}
