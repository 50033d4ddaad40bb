import type { DirectoryUser } from '../domain/directory-user.ts'
import { isLocalName, localDomain, withoutLocalDomain } from '../domain/local-name.ts'
import type { Directory } from '../workflows/ports/directory.ts'

/**
 * The company's directory, and beside it the accounts that the server itself keeps, for when the other is down.
 *
 * By name those are found as `LOCAL\admin` only, and nobody else is: whoever may name accounts in the company's directory
 * could otherwise call one like ours, and whoever signs in there would come out here as the administrator. By UUID and
 * security identifier, which nobody chooses, ours are looked for first. They have no user principal name, so that no
 * certificate can make one of them somebody of the company.
 */
export function createComposedDirectory(local: Directory, company: Directory): Directory {
  const findLocal = async (find: Promise<DirectoryUser | null>) => {
    const user = await find
    return user === null ? null : { ...user, domain: localDomain, userPrincipalName: null }
  }
  const bareName = (name: string) => {
    const bare = withoutLocalDomain(name)
    return /[\\@]/.test(bare) ? '' : bare
  }
  return {
    findUser: async uuid => (await findLocal(local.findUser(uuid))) ?? company.findUser(uuid),
    findUserNow: async uuid => (await findLocal(local.findUserNow(uuid))) ?? company.findUserNow(uuid),
    findUserBySid: async sid => (await findLocal(local.findUserBySid(sid))) ?? company.findUserBySid(sid),
    findUserByName: async name =>
      isLocalName(name) ? findLocal(local.findUserByName(bareName(name))) : company.findUserByName(name),
    findGroupByName: async name =>
      isLocalName(name) ? local.findGroupByName(bareName(name)) : company.findGroupByName(name),
    listSids: async user =>
      (await local.findUser(user.uuid)) === null ? company.listSids(user) : local.listSids(user),
  }
}
