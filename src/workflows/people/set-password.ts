import type { DirectoryUser } from '../../domain/directory-user.ts'
import type { Transaction } from '../ports/store.ts'
import { operatorAuditEntry, type PeopleEnvironment } from './people-environment.ts'
import { requireLocalUser } from './require-local.ts'

export interface NewPassword {
  readonly hash: string
  /**
   * Keeps a password that was made up for whoever hands it out; called right before the commit, so that none is lost.
   * Does nothing where the password was given.
   */
  deliver(user: DirectoryUser): Promise<void>
}

/**
 * Gives somebody a password in place of the one they had. Who used the old one is signed out.
 *
 * @throws CardinalError UserNotFound
 */
export async function setPassword(
  environment: PeopleEnvironment,
  name: string,
  password: NewPassword,
): Promise<{ readonly user: DirectoryUser; readonly endedSessions: number }> {
  return await environment.store.transactor.transaction(async transaction => {
    const user = await requireLocalUser(transaction, name)
    await transaction.lockUser(user.uuid)
    const endedSessions = await transaction.deleteSessionsOfUser(user.uuid)
    await savePassword(environment, transaction, user, password)
    return { user, endedSessions }
  })
}

/** Within a transaction that does more: the last thing in it. */
export async function savePassword(
  environment: PeopleEnvironment,
  transaction: Transaction,
  user: DirectoryUser,
  password: NewPassword,
): Promise<void> {
  await transaction.saveLocalAccount({ userUuid: user.uuid, passwordHash: password.hash })
  await transaction.audit(
    operatorAuditEntry(environment, 'password-set', user.uuid, { accountName: user.accountName }),
  )
  await password.deliver(user)
}
