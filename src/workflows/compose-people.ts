import type { DirectoryUser } from '../domain/directory-user.ts'
import { CardinalError } from '../domain/error.ts'
import { localDomain } from '../domain/local-name.ts'
import type { DirectoryGroup, Organisation } from '../domain/organisation.ts'
import type { Environment } from './environment.ts'
import type { OrganisationFile } from './organisation-file.ts'
import type { CompanyDirectory } from './ports.ts'

export interface PeopleEnvironment extends Pick<Environment, 'store' | 'randomness'> {
  readonly randomDomainSid: () => string
  /** null where the server itself keeps all people. */
  readonly companyDirectory: CompanyDirectory | null
}

/** Relative identifiers below 1000 belong to accounts that Windows itself makes. */
const serviceAccountRelativeIdentifier = 1000
const firstRelativeIdentifier = 1100
/** Drawn at random, so that one import needs not know what another has given out. */
const relativeIdentifiers = 2 ** 30

/** What the file says, or else the company's directory, or else the store. Throws InvalidParameter where they disagree. */
export async function composeOrganisation(
  environment: PeopleEnvironment,
  { organisation: file }: OrganisationFile,
): Promise<Organisation> {
  const { companyDirectory, store, randomDomainSid, randomness } = environment
  const existing = await store.reader.findOrganisation()
  const company = (await companyDirectory?.describe()) ?? null
  const agreed = (key: 'domain' | 'dnsName' | 'domainSid'): string | null => {
    const theirs = company?.[key] || null
    const ours = file[key] ?? null
    if (ours !== null && theirs !== null && ours.toLowerCase() !== theirs.toLowerCase()) {
      throw fault(`organisation.${key}`, `is "${ours}", and "${theirs}" in the directory; leave it out`)
    }
    return theirs ?? ours
  }
  const domain = agreed('domain')?.toUpperCase() ?? null
  const dnsName = agreed('dnsName')?.toLowerCase() ?? null
  if (domain === null) throw fault('organisation.domain', 'is missing')
  if (dnsName === null) throw fault('organisation.dnsName', 'is missing')
  if (company !== null && domain === localDomain) {
    throw fault(
      'organisation.domain',
      `${localDomain} stands for accounts of the server; set ldap.domain to another`,
    )
  }
  const domainSid = agreed('domainSid') ?? existing?.domainSid ?? randomDomainSid()
  const newServiceAccountSid =
    companyDirectory?.localSid(randomness.uuid()) ?? `${domainSid}-${serviceAccountRelativeIdentifier}`
  const serviceAccountSid = file.serviceAccountSid ?? existing?.serviceAccountSid ?? newServiceAccountSid
  return { name: file.name, domain, dnsName, domainSid, serviceAccountSid }
}

export async function composeUsers(
  environment: PeopleEnvironment,
  organisation: Organisation,
  file: OrganisationFile,
): Promise<DirectoryUser[]> {
  const { companyDirectory, store, randomness } = environment
  const isBesideCompany = companyDirectory !== null
  const users: DirectoryUser[] = []
  for (const [index, user] of file.users.entries()) {
    const place = `users.${index}`
    const existing = await store.reader.findUserByName(user.account)
    const uuid = user.uuid?.toLowerCase() ?? existing?.uuid ?? randomness.uuid()
    const sid = user.sid ?? existing?.sid ?? newSid(environment, organisation, uuid)
    if (isBesideCompany && user.userPrincipalName !== undefined) {
      throw fault(
        `${place}.userPrincipalName`,
        'belongs to accounts of the directory; this one is an account of the server',
      )
    }
    refuseForeignSid(environment, organisation, sid, place)
    await refuseTakenIdentity(environment, { uuid, sid }, place)
    const name = `CN=${escapeNamePart(user.displayName)}`
    users.push({
      uuid,
      sid,
      domain: isBesideCompany ? localDomain : organisation.domain,
      accountName: user.account,
      displayName: user.displayName,
      userPrincipalName: isBesideCompany
        ? null
        : (user.userPrincipalName ?? `${user.account}@${organisation.dnsName}`),
      mail: user.mail ?? null,
      distinguishedName:
        user.distinguishedName ??
        (isBesideCompany
          ? `${name},O=${escapeNamePart(organisation.name)}`
          : `${name},CN=Users,${domainComponents(organisation)}`),
      enabled: user.enabled ?? true,
    })
  }
  return users
}

export async function composeGroups(
  environment: PeopleEnvironment,
  organisation: Organisation,
  file: OrganisationFile,
): Promise<DirectoryGroup[]> {
  const groups: DirectoryGroup[] = []
  for (const [index, group] of file.groups.entries()) {
    const existing = await environment.store.reader.findGroupByName(group.name)
    const uuid = group.uuid?.toLowerCase() ?? existing?.uuid ?? environment.randomness.uuid()
    const sid = group.sid ?? existing?.sid ?? newSid(environment, organisation, uuid)
    refuseForeignSid(environment, organisation, sid, `groups.${index}`)
    groups.push({ uuid, sid, name: group.name, members: group.members })
  }
  return groups
}

/** Beside a company's directory never one of its domain: it may give out the same number itself. */
function newSid(environment: PeopleEnvironment, organisation: Organisation, uuid: string): string {
  const { companyDirectory, randomness } = environment
  if (companyDirectory !== null) return companyDirectory.localSid(uuid)
  return `${organisation.domainSid}-${firstRelativeIdentifier + randomness.integer(relativeIdentifiers)}`
}

function refuseForeignSid(
  { companyDirectory }: PeopleEnvironment,
  { domainSid }: Organisation,
  sid: string,
  place: string,
): void {
  if (companyDirectory === null || !sid.startsWith(`${domainSid}-`)) return
  throw fault(`${place}.sid`, `${sid} belongs to the domain of the directory`)
}

async function refuseTakenIdentity(
  { companyDirectory }: PeopleEnvironment,
  { uuid, sid }: { readonly uuid: string; readonly sid: string },
  place: string,
): Promise<void> {
  if (companyDirectory === null) return
  if ((await companyDirectory.findUser(uuid)) !== null) {
    throw fault(`${place}.uuid`, `${uuid} belongs to an account of the directory`)
  }
  if ((await companyDirectory.findUserBySid(sid)) !== null) {
    throw fault(`${place}.sid`, `${sid} belongs to an account of the directory`)
  }
}

function domainComponents({ dnsName }: Organisation): string {
  return dnsName
    .split('.')
    .map(label => `DC=${label}`)
    .join(',')
}

/** RFC 4514 §2.4. */
function escapeNamePart(value: string): string {
  return value.replaceAll(/[\\,+"<>;=]/g, '\\$&').replaceAll(/^[ #]| $/g, '\\$&')
}

function fault(place: string, message: string): CardinalError {
  return new CardinalError('InvalidParameter', `The organisation file has faults:\n  ${place} ${message}.`)
}
