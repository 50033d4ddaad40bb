import type { Logger } from 'pino'
import type { LdapDirectory } from '../../directory/ldap/ldap-directory.ts'
import { causeOf } from '../../http/cause-of.ts'
import { type Repetition, repeatEvery } from './repeat-every.ts'

const day = 24 * 60 * 60 * 1000

/**
 * Looks at the company's directory now and once a day, and writes to the log what an administrator has to mend there:
 * a mistake in the settings is not to wait for whoever cannot sign in.
 */
export function scheduleDirectoryLook(
  ldap: Pick<LdapDirectory, 'check'>,
  logger: Pick<Logger, 'error'>,
): Repetition {
  const look = async () => {
    try {
      await ldap.check()
    } catch (error) {
      logger.error({ fault: causeOf(error) }, 'the directory cannot be asked: nobody of it can sign in')
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
