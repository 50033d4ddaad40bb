import type { DirectoryUser } from '../domain/directory-user.ts'
import { isSecurityIdentifier } from '../domain/security-identifier.ts'
import type { Directory } from '../workflows/ports/directory.ts'
import type { Reader } from '../workflows/ports/store.ts'
import { canBeName } from './name.ts'

/** The directory of people and groups that the server itself keeps. */
export function createLocalDirectory(
  reader: Pick<
    Reader,
    | 'findUser'
    | 'findUserByName'
    | 'findUserBySid'
    | 'findGroupByName'
    | 'findOrganisation'
    | 'listGroupSidsOf'
  >,
): Directory {
  const findUser = async (uuid: string) => (canBeName(uuid) ? reader.findUser(uuid) : null)
  return {
    findUser,
    findUserNow: findUser,
    async findUserByName(name) {
      if (!canBeName(name)) return null
      const [first = '', second, ...rest] = name.split('\\')
      if (second === undefined) return reader.findUserByName(first)
      if (rest.length > 0 || second === '') return null
      const user = await reader.findUserByName(second)
      // The reader takes user principal names too, which do not go together with a domain before them.
      return user !== null && isSame(user.domain, first) && isSame(user.accountName, second) ? user : null
    },
    findUserBySid: async sid => (isSecurityIdentifier(sid) ? reader.findUserBySid(sid) : null),
    async findGroupByName(name) {
      if (!canBeName(name)) return null
      const [first = '', second, ...rest] = name.split('\\')
      if (second === undefined) return nameAndSid(await reader.findGroupByName(first))
      if (rest.length > 0) return null
      const organisation = await reader.findOrganisation()
      const isOurs = organisation !== null && isSame(organisation.domain, first)
      return isOurs ? nameAndSid(await reader.findGroupByName(second)) : null
    },
    async listSids(user: DirectoryUser) {
      return new Set([user.sid, ...(await reader.listGroupSidsOf(user.sid))])
    },
  }
}

function nameAndSid(group: { sid: string; name: string } | null): { sid: string; name: string } | null {
  return group === null ? null : { sid: group.sid, name: group.name }
}

function isSame(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}
