import type { DirectoryUser } from '../../domain/directory-user.ts'
import {
  defaultDistinguishedName,
  defaultUserPrincipalName,
  findAccountNameFault,
  findDisplayNameFault,
  findMailFault,
  findUserPrincipalNameFault,
} from '../../domain/local-names.ts'
import type { Organisation } from '../../domain/organisation.ts'
import { encodeName, parseName } from '../../x509/names/distinguished-name.ts'
import { X509Error } from '../../x509/x509-error.ts'

/** What can be said of a user; undefined is not said. */
export interface UserFields {
  readonly accountName?: string | undefined
  readonly displayName?: string | undefined
  readonly userPrincipalName?: string | null | undefined
  readonly mail?: string | null | undefined
  readonly distinguishedName?: string | undefined
  readonly enabled?: boolean | undefined
}

export const userFieldNames = [
  'accountName',
  'displayName',
  'userPrincipalName',
  'mail',
  'distinguishedName',
  'enabled',
] as const

/** Somebody new: what is not said follows from the account name. */
export function composeNewUser(
  organisation: Organisation,
  fields: UserFields & { readonly accountName: string },
  identity: { readonly uuid: string; readonly sid: string },
): DirectoryUser {
  const { accountName, displayName = accountName, userPrincipalName, distinguishedName } = fields
  return {
    ...identity,
    domain: organisation.domain,
    accountName,
    displayName,
    userPrincipalName:
      userPrincipalName === undefined
        ? defaultUserPrincipalName(accountName, organisation)
        : userPrincipalName,
    mail: fields.mail ?? null,
    distinguishedName: distinguishedName ?? defaultDistinguishedName(displayName, organisation),
    enabled: fields.enabled ?? true,
  }
}

/** The user as changed. Names that were the default ones follow the names that they were made from. */
export function composeChangedUser(
  organisation: Organisation,
  user: DirectoryUser,
  fields: UserFields,
): DirectoryUser {
  const accountName = fields.accountName ?? user.accountName
  const displayName = fields.displayName ?? user.displayName
  const followsAccount =
    user.userPrincipalName?.toLowerCase() ===
    defaultUserPrincipalName(user.accountName, organisation).toLowerCase()
  const followsName = user.distinguishedName === defaultDistinguishedName(user.displayName, organisation)
  const { userPrincipalName, mail, distinguishedName } = fields
  const principalName = followsAccount
    ? defaultUserPrincipalName(accountName, organisation)
    : user.userPrincipalName
  return {
    ...user,
    accountName,
    displayName,
    userPrincipalName: userPrincipalName === undefined ? principalName : userPrincipalName,
    mail: mail === undefined ? user.mail : mail,
    distinguishedName:
      distinguishedName ??
      (followsName ? defaultDistinguishedName(displayName, organisation) : user.distinguishedName),
    enabled: fields.enabled ?? user.enabled,
  }
}

/** Names of the fields in which two records of a user differ. */
export function changedFields(
  before: DirectoryUser,
  after: DirectoryUser,
): readonly (typeof userFieldNames)[number][] {
  return userFieldNames.filter(field => before[field] !== after[field])
}

/** What is wrong with a user by itself, a sentence each. */
export function findUserFaults(user: DirectoryUser): string[] {
  const { accountName, displayName, userPrincipalName, mail, distinguishedName } = user
  const faults: [what: string, value: string, fault: string | null][] = [
    ['account name', accountName, findAccountNameFault(accountName)],
    ['display name', displayName, findDisplayNameFault(displayName)],
    ['distinguished name', distinguishedName, findDistinguishedNameFault(distinguishedName)],
  ]
  if (mail !== null) faults.push(['mail address', mail, findMailFault(mail)])
  // One that follows from a wrong account name is not another fault.
  if (userPrincipalName !== null && !userPrincipalName.startsWith(`${accountName}@`)) {
    const fault = findUserPrincipalNameFault(userPrincipalName)
    faults.push(['user principal name', userPrincipalName, fault])
  }
  return faults.flatMap(([what, value, fault]) =>
    fault === null ? [] : [`The ${what} ${quote(value)} ${fault}.`],
  )
}

/** Certificates carry the name as their subject, so that it must be one that can be encoded. */
function findDistinguishedNameFault(name: string): string | null {
  try {
    encodeName(parseName(name))
    return null
  } catch (error) {
    if (error instanceof X509Error) return `cannot stand in a certificate: ${error.message}`
    throw error
  }
}

/** In one line, and not longer than what a person reads. */
export function quote(value: string): string {
  const shown = value.length > 80 ? `${value.slice(0, 80)}…` : value
  return `"${shown.toWellFormed().replaceAll(/\p{Cc}/gu, '�')}"`
}
