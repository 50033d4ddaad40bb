import type { Logger } from 'pino'
import type { LdapDirectory } from '../../directory/ldap/ldap-directory.ts'
import { causeOf } from '../../http/cause-of.ts'
import type { Environment } from '../../workflows/environment.ts'
import { findMissingTrustees } from '../../workflows/organisation/find-missing-trustees.ts'
import { findWaitingPublications } from '../../workflows/publication/find-waiting-publications.ts'
import { type Repetition, repeatEvery } from './repeat-every.ts'

const day = 24 * 60 * 60 * 1000
/** In one line of the log. */
const mostTrustees = 20

/**
 * Looks at the company's directory now and once a day, and writes to the log what an administrator has to mend there:
 * a mistake in the settings is not to wait for whoever cannot sign in. Who is no more there is told at the start alone.
 */
export function scheduleDirectoryLook(
  environment: Pick<Environment, 'store' | 'clock' | 'faults'>,
  ldap: Pick<LdapDirectory, 'check' | 'listMissingSids'>,
  logger: Pick<Logger, 'warn' | 'error'>,
): Repetition {
  async function areServersSound(): Promise<boolean> {
    try {
      await ldap.check()
      return true
    } catch (error) {
      logger.error({ fault: causeOf(error) }, 'the directory cannot be asked: nobody of it can sign in')
      return false
    }
  }

  async function lookAtTrustees(): Promise<void> {
    const missing = await findMissingTrustees(environment, ldap)
    if (missing.length === 0) return
    logger.warn(
      { count: missing.length, trustees: missing.slice(0, mostTrustees) },
      'users or groups that hold these are no more in the directory; where others were made under their names, import ' +
        'the organisation file again',
    )
  }

  async function lookAtPublications(): Promise<void> {
    const waiting = await findWaitingPublications(environment)
    if (waiting === null) return
    logger.warn(
      { certificates: waiting.count, since: waiting.since.toISOString() },
      'certificates wait to be written into entries of the directory, or taken out of them',
    )
  }

  const reported = (error: unknown) =>
    environment.faults.report('the directory could not be looked after', error)
  const start = async () => {
    if (await areServersSound()) await lookAtTrustees().catch(reported)
    await lookAtPublications().catch(reported)
  }
  const first = start()
  const daily = repeatEvery(day, async () => {
    await areServersSound()
    await lookAtPublications().catch(reported)
  })
  return {
    async stop() {
      await first
      await daily.stop()
    },
  }
}
