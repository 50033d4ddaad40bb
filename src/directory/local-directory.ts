import type { DirectoryUser } from '../domain/directory-user.ts'
import type { Directory, Reader } from '../workflows/ports.ts'

/** A user principal name has at most 1024 characters (MS-ADA3 2.349); the domain's NetBIOS name adds 16. */
const longestName = 1040

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
  return {
    findUser: uuid => reader.findUser(uuid),
    async findUserByName(name) {
      if (name.length > longestName) return null
      const [first = '', second, ...rest] = name.split('\\')
      if (second === undefined) return first === '' ? null : reader.findUserByName(first)
      if (rest.length > 0 || second === '') return null
      const user = await reader.findUserByName(second)
      // The reader takes user principal names too, which do not go together with a domain before them.
      return user !== null && isSame(user.domain, first) && isSame(user.accountName, second) ? user : null
    },
    findUserBySid: sid => reader.findUserBySid(sid),
    async findGroupByName(name) {
      const [first = '', second, ...rest] = name.split('\\')
      if (second === undefined) return reader.findGroupByName(first)
      const organisation = await reader.findOrganisation()
      const isOurs = rest.length === 0 && organisation !== null && isSame(organisation.domain, first)
      return isOurs ? reader.findGroupByName(second) : null
    },
    async listSids(user: DirectoryUser) {
      return new Set([user.sid, ...(await reader.listGroupSidsOf(user.sid))])
    },
  }
}

function isSame(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}
