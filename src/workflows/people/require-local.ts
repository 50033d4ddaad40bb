import type { DirectoryUser } from '../../domain/directory-user.ts'
import { CardinalError } from '../../domain/error.ts'
import type { DirectoryGroup, Organisation } from '../../domain/organisation.ts'
import type { Reader } from '../ports/store.ts'
import { quote } from './local-user.ts'

/** Throws CardinalError InvalidParameter where none was set up. */
export async function requireOrganisation(reader: Pick<Reader, 'findOrganisation'>): Promise<Organisation> {
  const organisation = await reader.findOrganisation()
  if (organisation !== null) return organisation
  throw new CardinalError(
    'InvalidParameter',
    'No organisation is set up yet. Begin with "cardinal init" or "cardinal import".',
  )
}

/**
 * @param name `alice`, `CONTOSO\alice` or `alice@contoso.com`
 * @param elsewhere what is said of those whom an LDAP directory has
 * @throws CardinalError UserNotFound
 */
export async function requireLocalUser(
  reader: Pick<Reader, 'findUserByName'>,
  name: string,
  elsewhere = 'People of an LDAP directory are managed there.',
): Promise<DirectoryUser> {
  const user = await reader.findUserByName(name)
  if (user !== null) return user
  throw new CardinalError(
    'UserNotFound',
    `There is no user ${quote(name)} in Cardinal's own directory. ${elsewhere}`,
  )
}

/** Throws CardinalError InvalidParameter. */
export async function requireLocalGroup(
  reader: Pick<Reader, 'findGroupByName'>,
  name: string,
): Promise<DirectoryGroup> {
  const group = await reader.findGroupByName(name)
  if (group !== null) return group
  throw new CardinalError(
    'InvalidParameter',
    `There is no group ${quote(name)} in Cardinal's own directory. Groups of an LDAP directory are managed there.`,
  )
}

/**
 * Refuses names that somebody else has: those of users and groups are of one space (MS-SAMR 3.1.1.6), and a user
 * principal name belongs to one user. Throws CardinalError InvalidParameter.
 */
export async function requireFreeNames(reader: Reader, user: DirectoryUser): Promise<void> {
  const sameAccount = await reader.findUserByName(`${user.domain}\\${user.accountName}`)
  if (sameAccount !== null && sameAccount.uuid !== user.uuid) throw taken('user', user.accountName)
  if ((await reader.findGroupByName(user.accountName)) !== null) throw taken('group', user.accountName)
  if (user.userPrincipalName === null) return
  const samePrincipal = await reader.findUserByName(user.userPrincipalName)
  if (samePrincipal !== null && samePrincipal.uuid !== user.uuid) {
    throw new CardinalError(
      'InvalidParameter',
      `The user principal name ${quote(user.userPrincipalName)} belongs to ${samePrincipal.accountName}.`,
    )
  }
}

export async function requireFreeGroupName(reader: Reader, name: string): Promise<void> {
  if ((await reader.findGroupByName(name)) !== null) throw taken('group', name)
  if ((await reader.findUserByName(name)) !== null) throw taken('user', name)
}

/** Throws CardinalError InvalidParameter that names them all. */
export function requireNoFaults(faults: readonly string[]): void {
  if (faults.length > 0) throw new CardinalError('InvalidParameter', faults.join('\n'))
}

function taken(what: 'user' | 'group', name: string): CardinalError {
  return new CardinalError('InvalidParameter', `There is a ${what} ${quote(name)} already.`)
}
