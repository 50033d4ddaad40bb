import type { CertificateTemplate } from '../../domain/certificate-template.ts'
import type { DirectoryUser } from '../../domain/directory-user.ts'
import type { DirectoryGroup, Organisation, RoleAssignment } from '../../domain/organisation.ts'
import type { UserGrant } from '../../domain/permission.ts'
import type { ProfileTemplate } from '../../domain/profile-template.ts'
import { changedFields } from '../people/local-user.ts'
import type { Reader } from '../ports/store.ts'

/** What an organisation file says, as it is to be kept; whoever has roles and rights stands with their name in the file. */
export interface PlannedOrganisation {
  readonly organisation: Organisation
  readonly users: readonly DirectoryUser[]
  /** Members by security identifier. */
  readonly groups: readonly DirectoryGroup[]
  readonly roles: readonly (RoleAssignment & { readonly name: string })[]
  readonly userGrants: readonly (UserGrant & { readonly name: string })[]
  readonly certificateTemplates: readonly CertificateTemplate[]
  /** With the version that each would get. */
  readonly profileTemplates: readonly ProfileTemplate[]
}

export interface OrganisationChange {
  readonly what:
    | 'organisation'
    | 'user'
    | 'group'
    | 'role'
    | 'right'
    | 'certificate template'
    | 'profile template'
  readonly name: string
  readonly isNew: boolean
  /** What is different; empty for what is new. */
  readonly details: readonly string[]
}

export interface OrganisationChanges {
  readonly changes: readonly OrganisationChange[]
  readonly unchanged: number
}

/** Compares what is planned with what is kept. */
export async function compareOrganisation(
  reader: Reader,
  plan: PlannedOrganisation,
): Promise<OrganisationChanges> {
  const compared = [
    await compareItself(reader, plan.organisation),
    ...(await Promise.all(plan.users.map(user => compareUser(reader, user)))),
    ...(await Promise.all(plan.groups.map(group => compareGroup(reader, group)))),
    ...(await compareRoles(reader, plan.roles)),
    ...(await compareGrants(reader, plan.userGrants)),
    ...(await Promise.all(
      plan.certificateTemplates.map(async after => {
        const before = await reader.findCertificateTemplate(after.commonName)
        return change('certificate template', after.commonName, before, before && differing(before, after))
      }),
    )),
    ...(await Promise.all(
      plan.profileTemplates.map(async after => {
        const before = await reader.findProfileTemplate(after.uuid)
        return change('profile template', after.name, before, before && differing(before, after))
      }),
    )),
  ]
  const changes = compared.filter(({ isNew, details }) => isNew || details.length > 0)
  return { changes, unchanged: compared.length - changes.length }
}

async function compareItself(reader: Reader, after: Organisation): Promise<OrganisationChange> {
  const before = await reader.findOrganisation()
  const fields = ['name', 'domain', 'dnsName', 'domainSid', 'serviceAccountSid'] as const
  const details =
    before &&
    fields
      .filter(field => before[field] !== after[field])
      .map(field => `${field} ${before[field]} → ${after[field]}`)
  return change('organisation', after.name, before, details)
}

async function compareUser(reader: Reader, after: DirectoryUser): Promise<OrganisationChange> {
  const before = (await reader.findUser(after.uuid)) ?? null
  const details =
    before &&
    changedFields(before, after).map(
      field => `${field} ${before[field] ?? 'none'} → ${after[field] ?? 'none'}`,
    )
  return change('user', before?.accountName ?? after.accountName, before, details)
}

async function compareGroup(reader: Reader, after: DirectoryGroup): Promise<OrganisationChange> {
  const before = await reader.findGroupBySid(after.sid)
  if (before === null) return change('group', after.name, null, null)
  const added = after.members.filter(member => !before.members.includes(member)).length
  const removed = before.members.filter(member => !after.members.includes(member)).length
  return change('group', before.name, before, [
    ...(before.name === after.name ? [] : [`name ${before.name} → ${after.name}`]),
    ...(added + removed === 0 ? [] : [`${added} in, ${removed} out`]),
  ])
}

async function compareRoles(
  reader: Reader,
  roles: PlannedOrganisation['roles'],
): Promise<OrganisationChange[]> {
  const kept = await reader.listRoleAssignments()
  return roles.map(({ role, trustee, name }) => {
    const before = kept.find(each => each.role === role && each.trustee === trustee) ?? null
    return change('role', `${role} for ${name}`, before, [])
  })
}

async function compareGrants(
  reader: Reader,
  grants: PlannedOrganisation['userGrants'],
): Promise<OrganisationChange[]> {
  const kept = await reader.listUserGrants()
  return grants.map(({ trustee, over, rights, name }) => {
    const before = kept.find(each => each.trustee === trustee && each.over === over) ?? null
    const isSame = before !== null && canonical(before.rights) === canonical(rights)
    return change(
      'right',
      name,
      before,
      isSame ? [] : [`${before?.rights.join(', ')} → ${rights.join(', ')}`],
    )
  })
}

function change(
  what: OrganisationChange['what'],
  name: string,
  before: object | null,
  details: readonly string[] | null,
): OrganisationChange {
  return { what, name, isNew: before === null, details: before === null ? [] : (details ?? []) }
}

/** Names of the fields that differ. */
function differing<Item extends object>(before: Item, after: Item): string[] {
  const old = new Map(Object.entries(before))
  return Object.entries(after)
    .filter(([field, value]) => canonical(old.get(field)) !== canonical(value))
    .map(([field]) => field)
}

/** The same text for the same value, in whatever order its keys stand. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, part: unknown) =>
      typeof part === 'object' && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
        : part,
    ) ?? ''
  )
}
