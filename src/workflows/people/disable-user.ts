import type { DirectoryUser } from '../../domain/directory-user.ts'
import { changeLocalDirectory } from './change-local-directory.ts'
import { keepAnAdministrator } from './keep-an-administrator.ts'
import { operatorAuditEntry, type PeopleEnvironment } from './people-environment.ts'
import { requireLocalUser } from './require-local.ts'

/** Nothing is kept here of whether they are disabled, so that the directory cannot be contradicted. */
const ofDirectory =
  'Disable people of an LDAP directory there: within ldap.cacheSeconds all their calls are refused here. An administrator ends ' +
  'their sessions for good with DELETE /CertificateManagement/api/v2.0/sessions?user=NAME (docs/identity.md).'

/**
 * Keeps somebody out from now on: their sessions end, and neither password nor API token nor certificate lets them in.
 * What they have stays, certificates too.
 *
 * @returns how many sessions ended; null where they were disabled already
 * @throws CardinalError UserNotFound, InvalidParameter for the last administrator
 */
export async function disableUser(
  environment: PeopleEnvironment,
  name: string,
): Promise<{ readonly user: DirectoryUser; readonly endedSessions: number | null }> {
  return await changeLocalDirectory(environment, async transaction => {
    const user = await requireLocalUser(transaction, name, ofDirectory)
    if (!user.enabled) return { user, endedSessions: null }
    await transaction.lockUser(user.uuid)
    const disabled = { ...user, enabled: false }
    await keepAnAdministrator(transaction, () => transaction.saveUser(disabled))
    const endedSessions = await transaction.deleteSessionsOfUser(user.uuid)
    await transaction.audit(
      operatorAuditEntry(environment, 'user-disabled', user.uuid, {
        accountName: user.accountName,
        endedSessions,
      }),
    )
    return { user: disabled, endedSessions }
  })
}
