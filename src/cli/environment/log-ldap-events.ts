import type { Logger } from 'pino'
import type { LdapEvent } from '../../directory/ldap/ldap-options.ts'
import { causeOf } from '../../http/cause-of.ts'
import type { Clock } from '../../workflows/ports/clock.ts'

/** What comes with every lookup while something lasts is told once in this time. */
const pauseMilliseconds = 60_000

/** Writes to the log what an administrator wants to know of the directory. */
export function createLdapEventLog(
  logger: Pick<Logger, 'info' | 'warn'>,
  clock: Clock,
): (event: LdapEvent) => void {
  const toldAt = new Map<LdapEvent['kind'], number>()

  function isTold(kind: LdapEvent['kind']): boolean {
    const now = clock.now().getTime()
    if (now < (toldAt.get(kind) ?? Number.NEGATIVE_INFINITY) + pauseMilliseconds) return true
    toldAt.set(kind, now)
    return false
  }

  return event => {
    switch (event.kind) {
      case 'connected':
        return logger.info({ url: event.url }, 'connected to the directory')
      case 'server-failed':
        return logger.warn(
          { url: event.url, fault: causeOf(event.fault) },
          'a server of the directory failed',
        )
      case 'account-refused':
        return logger.info(
          { user: event.uuid, reason: event.reason },
          'an account of the directory is not usable',
        )
      case 'ambiguous':
        return logger.warn('several entries of the directory go by one name; none of them is taken')
      case 'incomplete-entry':
        return logger.warn(
          { entry: event.distinguishedName },
          'an entry of the directory lacks its UUID, SID or account name, or may not be read',
        )
      case 'no-token-groups':
        if (isTold(event.kind)) return
        return logger.warn('the directory does not compute groups (tokenGroups); they are searched for')
      case 'served-from-cache':
        if (isTold(event.kind)) return
        return logger.warn(
          { fault: causeOf(event.fault) },
          'the directory does not answer; who is signed in goes on by what is remembered',
        )
    }
  }
}
