import type { Logger } from 'pino'
import type { LdapDirectory } from '../../directory/ldap/ldap-directory.ts'
import { causeOf } from '../../http/cause-of.ts'
import type { Environment } from '../../workflows/environment.ts'
import { findWaitingPublications } from '../../workflows/publication/find-waiting-publications.ts'
import { type Repetition, repeatEvery } from './repeat-every.ts'

const day = 24 * 60 * 60 * 1000

/**
 * Looks at the company's directory now and once a day, and writes to the log what an administrator has to mend there:
 * a mistake in the settings is not to wait for whoever cannot sign in.
 */
export function scheduleDirectoryLook(
  environment: Pick<Environment, 'store' | 'clock' | 'faults'>,
  ldap: Pick<LdapDirectory, 'check'>,
  logger: Pick<Logger, 'warn' | 'error'>,
): Repetition {
  async function lookAtServers(): Promise<void> {
    try {
      await ldap.check()
    } catch (error) {
      logger.error({ fault: causeOf(error) }, 'the directory cannot be asked: nobody of it can sign in')
    }
  }

  async function lookAtPublications(): Promise<void> {
    const waiting = await findWaitingPublications(environment)
    if (waiting === null) return
    logger.warn(
      { certificates: waiting.count, since: waiting.since.toISOString() },
      'certificates wait to be written into entries of the directory, or taken out of them',
    )
  }

  const look = async () => {
    await lookAtServers()
    try {
      await lookAtPublications()
    } catch (error) {
      environment.faults.report('the database fails while the directory is looked after', error)
    }
  }
  const first = look()
  const daily = repeatEvery(day, look)
  return {
    async stop() {
      await first
      await daily.stop()
    },
  }
}
