import type { DirectoryUser } from '../../domain/directory-user.ts'
import { CardinalError } from '../../domain/error.ts'
import { localDomain } from '../../domain/local-name.ts'
import type { DirectoryGroup, Organisation } from '../../domain/organisation.ts'
import {
  accountSecurityIdentifier,
  isDomainSecurityIdentifier,
  serviceAccountRelativeIdentifier,
} from '../../domain/security-identifier.ts'
import type { Environment } from '../environment.ts'
import { NewSecurityIdentifiers } from '../people/new-security-identifiers.ts'
import type { CompanyDirectory } from '../ports/directory.ts'
import type { OrganisationFile } from './organisation-file.ts'

export interface ComposeEnvironment extends Pick<Environment, 'store' | 'randomness'> {
  readonly randomDomainSid: () => string
  /** null where the server itself keeps all people. */
  readonly companyDirectory: CompanyDirectory | null
}

/** The company's directory, and what it says of its domain. */
type Company = { readonly directory: CompanyDirectory } & Awaited<ReturnType<CompanyDirectory['describe']>>

/** An organisation, and beside which company's directory it stands. */
export interface ComposedOrganisation {
  readonly organisation: Organisation
  readonly company: Company | null
}

/**
 * What the file says, or else the company's directory, or else the store. Throws InvalidParameter where they disagree.
 *
 * Beside a company's directory the domain identifier is still one of our own: a domain controller gives out numbers below
 * its own, and could give ours to somebody.
 */
export async function composeOrganisation(
  environment: ComposeEnvironment,
  { organisation: file }: OrganisationFile,
): Promise<ComposedOrganisation> {
  const { companyDirectory: directory, store, randomDomainSid } = environment
  const existing = await store.reader.findOrganisation()
  const company = directory === null ? null : { directory, ...(await directory.describe()) }
  const agreed = (key: 'domain' | 'dnsName'): string => {
    const theirs = company?.[key] || null
    const ours = file[key] ?? null
    if (ours !== null && theirs !== null && ours.toLowerCase() !== theirs.toLowerCase()) {
      throw fault(`organisation.${key}`, `is "${ours}", and "${theirs}" in the directory; leave it out`)
    }
    const value = theirs ?? ours
    if (value === null) throw fault(`organisation.${key}`, 'is missing')
    return value
  }
  const domain = agreed('domain').toUpperCase()
  const dnsName = agreed('dnsName').toLowerCase()
  if (company !== null && domain === localDomain) {
    throw fault(
      'organisation.domain',
      `${localDomain} stands for accounts of the server; set ldap.domain to another`,
    )
  }
  if (file.domainSid !== undefined && !isDomainSecurityIdentifier(file.domainSid)) {
    throw fault('organisation.domainSid', 'is not the security identifier of a domain: S-1-5-21-a-b-c')
  }
  const theirSid = company?.domainSid ?? null
  if (theirSid !== null && file.domainSid === theirSid) {
    throw fault('organisation.domainSid', 'is that of the directory; accounts of the server need another')
  }
  const kept = existing?.domainSid === theirSid ? undefined : existing?.domainSid
  const domainSid = file.domainSid ?? kept ?? randomDomainSid()
  const serviceAccountSid =
    file.serviceAccountSid ??
    existing?.serviceAccountSid ??
    accountSecurityIdentifier(domainSid, serviceAccountRelativeIdentifier)
  return { organisation: { name: file.name, domain, dnsName, domainSid, serviceAccountSid }, company }
}

export interface ComposedPeople {
  readonly users: readonly DirectoryUser[]
  readonly groups: readonly DirectoryGroup[]
}

export async function composePeople(
  environment: ComposeEnvironment,
  composed: ComposedOrganisation,
  file: OrganisationFile,
): Promise<ComposedPeople> {
  const stated = [...file.users, ...file.groups].flatMap(({ sid }) => sid ?? [])
  const sids = new NewSecurityIdentifiers(environment.randomness, composed.organisation, stated)
  return {
    users: await composeUsers(environment, composed, file, sids),
    groups: await composeGroups(environment, composed, file, sids),
  }
}

async function composeUsers(
  environment: ComposeEnvironment,
  { organisation, company }: ComposedOrganisation,
  file: OrganisationFile,
  sids: NewSecurityIdentifiers,
): Promise<DirectoryUser[]> {
  const { store, randomness } = environment
  const isBesideCompany = company !== null
  const users: DirectoryUser[] = []
  for (const [index, user] of file.users.entries()) {
    const place = `users.${index}`
    const existing = await store.reader.findUserByName(user.account)
    const uuid = user.uuid?.toLowerCase() ?? existing?.uuid ?? randomness.uuid()
    const sid = user.sid ?? existing?.sid ?? (await sids.drawUnknownTo(store.reader))
    if (isBesideCompany && user.userPrincipalName !== undefined) {
      throw fault(
        `${place}.userPrincipalName`,
        'belongs to accounts of the directory; this one is an account of the server',
      )
    }
    if (company !== null) {
      refuseForeignSid(company, sid, place)
      await refuseTakenIdentity(company, { uuid, sid }, place)
    }
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

async function composeGroups(
  { store, randomness }: ComposeEnvironment,
  { company }: ComposedOrganisation,
  file: OrganisationFile,
  sids: NewSecurityIdentifiers,
): Promise<DirectoryGroup[]> {
  const groups: DirectoryGroup[] = []
  for (const [index, group] of file.groups.entries()) {
    const existing = await store.reader.findGroupByName(group.name)
    const uuid = group.uuid?.toLowerCase() ?? existing?.uuid ?? randomness.uuid()
    const sid = group.sid ?? existing?.sid ?? (await sids.drawUnknownTo(store.reader))
    if (company !== null) refuseForeignSid(company, sid, `groups.${index}`)
    groups.push({ uuid, sid, name: group.name, members: group.members })
  }
  return groups
}

function refuseForeignSid({ domainSid }: Company, sid: string, place: string): void {
  if (domainSid === null || !sid.startsWith(`${domainSid}-`)) return
  throw fault(`${place}.sid`, `${sid} belongs to the domain of the directory`)
}

async function refuseTakenIdentity(
  { directory }: Company,
  { uuid, sid }: { readonly uuid: string; readonly sid: string },
  place: string,
): Promise<void> {
  if ((await directory.findUser(uuid)) !== null) {
    throw fault(`${place}.uuid`, `${uuid} belongs to an account of the directory`)
  }
  if ((await directory.findUserBySid(sid)) !== null) {
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
