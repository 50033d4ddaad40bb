import type { OrganisationFile } from './organisation-file.ts'

/** Where an organisation file names a user or a group. */
export interface TrusteePlace {
  /** `roles.0.trustees.1` */
  readonly place: string
  readonly name: string
  readonly isGroupMember: boolean
}

type PolicyEntry = OrganisationFile['profileTemplates'][number]['policies'][number]

export function trusteesOf(file: OrganisationFile): TrusteePlace[] {
  const { groups, roles, userGrants, certificateTemplates, profileTemplates } = file
  const members = groups.flatMap((group, index) => places(`groups.${index}.members`, group.members))
  return [
    ...members.map(place => ({ ...place, isGroupMember: true })),
    ...roles.flatMap((role, index) => places(`roles.${index}.trustees`, role.trustees)),
    ...userGrants.flatMap(({ trustee, over }, index) => [
      placeOf(`userGrants.${index}.trustee`, trustee),
      placeOf(`userGrants.${index}.over`, over),
    ]),
    ...certificateTemplates.flatMap((template, index) =>
      places(`certificateTemplates.${index}.enrollers`, template.enrollers),
    ),
    ...profileTemplates.flatMap(({ grants, policies }, index) => [
      ...grants.map((grant, position) =>
        placeOf(`profileTemplates.${index}.grants.${position}.trustee`, grant.trustee),
      ),
      ...policies.flatMap((policy, position) =>
        trusteesOfPolicy(`profileTemplates.${index}.policies.${position}`, policy),
      ),
    ]),
  ]
}

function trusteesOfPolicy(place: string, policy: PolicyEntry): TrusteePlace[] {
  const lists = ['authorizedInitiators', 'authorizedApprovers', 'authorizedEnrollmentAgents'] as const
  return lists.flatMap(list => places(`${place}.${list}`, policy[list] ?? []))
}

function places(place: string, names: readonly string[]): TrusteePlace[] {
  return names.map((name, index) => placeOf(`${place}.${index}`, name))
}

function placeOf(place: string, name: string): TrusteePlace {
  return { place, name, isGroupMember: false }
}
