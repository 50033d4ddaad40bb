import type { Role } from '../../../src/domain/role.ts'
import type { OrganisationFile } from '../../../src/workflows/organisation/organisation-file.ts'
import { demoOrganisation } from '../server.ts'

/** A role that somebody has alone, or none of them. */
export type Person = Role | 'no role'

/** Who calls. Each is an employee who may have cards as well, and so is called on the own and on others' objects. */
export const people: Readonly<Record<Person, string>> = {
  administrator: 'admin',
  manager: 'mona',
  'help-desk': 'heidi',
  'enrollment-agent': 'eva',
  auditor: 'audrey',
  subscriber: 'bob',
  'no role': 'nora',
}

/** Whose the others' objects are; calls nothing. */
export const other = 'alice'

/** Known to the directory, and not let in. */
export const disabled = 'dora'

export const everyPerson = Object.keys(people).map(key => key as Person)

/** The profile templates of the demo organisation, and two that it lacks. */
export const templates = {
  virtualSmartcard: '97cd65fa-af4b-4587-9309-0dd6bfd8b4e1',
  /** Its enrollment waits for a manager's approval. */
  logonCard: '2b7044cf-aa96-4911-b886-177947e9271b',
  /** Its enrollment is executed by an enrollment agent. */
  byAgent: '0b9e2c1d-5a55-4a0e-8a37-3b7b0c7e4f11',
  /** Nobody else may read it. */
  ofManagers: '5e6f7a1b-2c3d-4e5f-8a9b-0c1d2e3f4a5b',
} as const

/**
 * The demo organisation, where nobody has two roles. Its group of subscribers is that of all employees, so that
 * everybody may own a card; the role of a subscriber is one person's.
 */
export async function organisationOfRoles(): Promise<OrganisationFile> {
  const file = await demoOrganisation()
  const added = ['eva', 'audrey', 'nora', disabled]
  const members: Readonly<Record<string, readonly string[]>> = {
    Subscribers: [...Object.values(people), other, disabled],
    HelpDesk: [people['help-desk']],
    EnrollmentAgents: [people['enrollment-agent']],
  }
  const [virtualSmartcard] = file.profileTemplates
  if (virtualSmartcard === undefined) throw new Error('The demo organisation has no profile templates.')
  return {
    ...file,
    users: [
      ...file.users,
      ...added.map(account => ({ account, displayName: account, enabled: account !== disabled })),
    ],
    groups: [
      ...file.groups.map(group => ({ ...group, members: [...(members[group.name] ?? group.members)] })),
      { name: 'Auditors', members: [people.auditor] },
    ],
    roles: [
      ...file.roles.filter(({ role }) => role !== 'subscriber'),
      { role: 'subscriber', trustees: [people.subscriber] },
      { role: 'auditor', trustees: ['Auditors'] },
    ],
    profileTemplates: [
      ...file.profileTemplates,
      {
        ...virtualSmartcard,
        uuid: templates.byAgent,
        name: 'Handed out by an agent',
        policies: virtualSmartcard.policies.map(policy => ({
          ...policy,
          ...(policy.type === 'enroll' && {
            enrollAgentRequired: true,
            authorizedEnrollmentAgents: ['EnrollmentAgents'],
          }),
        })),
      },
      {
        ...virtualSmartcard,
        uuid: templates.ofManagers,
        name: 'For managers',
        grants: [{ trustee: 'Managers', rights: ['read'] }],
      },
    ],
  }
}
