import type { Logger } from 'pino'
import type { Configuration } from '../../config/configuration.ts'
import { finishPreparedCertificates } from '../../workflows/certificates/finish-prepared-certificates.ts'
import type { Environment } from '../../workflows/environment.ts'
import { publishDueRevocationList } from '../../workflows/publication/publish-revocation-list.ts'
import { type Repetition, repeatEvery } from './repeat-every.ts'

const minute = 60_000

/** Signing takes milliseconds, and a slow device seconds: a call that is still at it after this has most likely failed. */
const unfinishedAfterMilliseconds = 2 * minute

/**
 * Finishes what a crash left behind and publishes the revocation lists that are due, and looks for both once a minute from
 * then on. Throws what goes wrong now; what goes wrong later is reported.
 */
export async function scheduleMinuteWork(
  environment: Environment,
  {
    certificationAuthority: { crlPublishIntervalHours },
  }: {
    readonly certificationAuthority: Pick<Configuration['certificationAuthority'], 'crlPublishIntervalHours'>
  },
  logger: Pick<Logger, 'warn'>,
): Promise<Repetition> {
  const finish = async (minimumAgeMilliseconds: number | null) => {
    const finished = await finishPreparedCertificates(environment, minimumAgeMilliseconds)
    if (finished > 0) logger.warn({ finished }, 'signed certificates that had been left unsigned')
  }
  const publish = async () => {
    for (const authority of [environment.rootAuthority, environment.certificationAuthority]) {
      await publishDueRevocationList(environment, authority, crlPublishIntervalHours)
    }
  }
  const reported = (what: string) => (error: unknown) => environment.faults.report(what, error)
  await finish(null)
  await publish()
  return repeatEvery(minute, async () => {
    await finish(unfinishedAfterMilliseconds).catch(reported('certificates that were left unsigned wait'))
    await publish().catch(reported('a revocation list could not be published'))
  })
}
