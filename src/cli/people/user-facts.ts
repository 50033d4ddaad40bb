import type { DirectoryUser } from '../../domain/directory-user.ts'

/** A user as JSON, by the names of the columns that an import takes. */
export function userFacts(user: DirectoryUser) {
  const {
    uuid,
    sid,
    accountName: account,
    displayName,
    userPrincipalName,
    mail,
    distinguishedName,
    enabled,
  } = user
  return { account, displayName, userPrincipalName, mail, distinguishedName, enabled, uuid, sid }
}
