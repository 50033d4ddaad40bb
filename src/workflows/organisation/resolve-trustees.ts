import type { DirectoryUser } from '../../domain/directory-user.ts'
import { CardinalError } from '../../domain/error.ts'
import { isLocalName, withoutLocalDomain } from '../../domain/local-name.ts'
import type { DirectoryGroup, Organisation } from '../../domain/organisation.ts'
import type { CompanyDirectory } from '../ports/directory.ts'
import type { OrganisationFile } from './organisation-file.ts'
import { TrusteeNames } from './trustee-names.ts'
import { trusteesOf } from './trustees-of-file.ts'

interface People {
  readonly organisation: Pick<Organisation, 'domain'>
  /** Those of the file. */
  readonly users: readonly DirectoryUser[]
  readonly groups: readonly DirectoryGroup[]
  readonly companyDirectory: CompanyDirectory | null
}

type Resolved = { readonly sid: string; readonly isOfFile: boolean } | { readonly fault: string }

/**
 * Finds out whom an organisation file means. A name is that of a user or a group of the file, or of the company's
 * directory; where it could be either, the file has to say which.
 * Throws InvalidParameter that names every fault by its place in the file, and ServiceUnavailable.
 */
export async function resolveTrustees(file: OrganisationFile, people: People): Promise<TrusteeNames> {
  const ofFile = namesOfFile(people)
  const resolved = new Map<string, Resolved>()
  const faults: string[] = []
  for (const { place, name, isGroupMember } of trusteesOf(file)) {
    const one = resolved.get(name) ?? (await resolveName(name, ofFile, people))
    resolved.set(name, one)
    if ('fault' in one) faults.push(`${place}: "${name}" ${one.fault}`)
    else if (isGroupMember && !one.isOfFile) {
      faults.push(`${place}: "${name}" is of the directory, and groups of this file hold people of this file`)
    }
  }
  if (faults.length > 0) {
    throw new CardinalError('InvalidParameter', `The organisation file has faults:\n  ${faults.join('\n  ')}`)
  }
  const sids = [...resolved].flatMap(([name, one]) => ('sid' in one ? [[name, one.sid] as const] : []))
  return new TrusteeNames(new Map(sids), people.groups)
}

function namesOfFile({ users, groups }: People): ReadonlyMap<string, string> {
  return new Map([
    ...users.map(user => [user.accountName.toLowerCase(), user.sid] as const),
    ...groups.map(group => [group.name.toLowerCase(), group.sid] as const),
  ])
}

async function resolveName(
  name: string,
  ofFile: ReadonlyMap<string, string>,
  { organisation, companyDirectory }: People,
): Promise<Resolved> {
  if (/^S-1-\d/.test(name)) return { sid: name, isOfFile: true }
  const key = name.toLowerCase()
  const prefix = `${organisation.domain.toLowerCase()}\\`
  if (companyDirectory === null) {
    const sid = ofFile.get(key.startsWith(prefix) ? key.slice(prefix.length) : key)
    return sid === undefined ? unknown('of the organisation file') : { sid, isOfFile: true }
  }
  const sid = ofFile.get(withoutLocalDomain(key))
  if (isLocalName(name))
    return sid === undefined ? unknown('of the organisation file') : { sid, isOfFile: true }
  const theirs = await findInCompany(companyDirectory, name)
  if (sid === undefined) return theirs
  if ('sid' in theirs) {
    return {
      fault: `is in this file and in the directory; write LOCAL\\${name} or ${organisation.domain}\\${name}`,
    }
  }
  return { sid, isOfFile: true }
}

async function findInCompany(companyDirectory: CompanyDirectory, name: string): Promise<Resolved> {
  const user = await companyDirectory.findUserByName(name)
  const group = await companyDirectory.findGroupByName(name)
  if (user !== null && group !== null)
    return { fault: 'is a user and a group of the directory; write its SID' }
  const found = user ?? group
  return found === null
    ? unknown('of the organisation file or the directory')
    : { sid: found.sid, isOfFile: false }
}

function unknown(where: string): Resolved {
  return { fault: `is neither a user nor a group ${where}` }
}
