import type { createLocalDirectory } from '../../src/directory/local-directory.ts'
import type { DirectoryUser } from '../../src/domain/directory-user.ts'
import { domainSid } from './alice.ts'

/** The group that everybody is in. */
export const everybodysGroup = `${domainSid}-2001`

/** What a local directory reads, where these are its users. */
export function directoryReader(
  users: ReadonlyMap<string, DirectoryUser>,
): Parameters<typeof createLocalDirectory>[0] {
  const find = (isIt: (user: DirectoryUser) => boolean) => [...users.values()].find(isIt) ?? null
  return {
    findUser: async uuid => users.get(uuid) ?? null,
    findUserByName: async name =>
      find(user => [user.accountName, user.userPrincipalName].includes(name.toLowerCase())),
    findUserBySid: async sid => find(user => user.sid === sid),
    findGroupByName: async () => null,
    findOrganisation: async () => null,
    listGroupSidsOf: async () => [everybodysGroup],
  }
}
