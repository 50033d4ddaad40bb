import { printableText } from '../../client/printable-text.ts'
import { qualifiedAccountName } from '../../domain/directory-user.ts'
import type { ShownUser } from '../../workflows/people/show-user.ts'
import { userFacts } from './user-facts.ts'

/** Room for all groups of somebody who is in thousands. */
const longestText = 100_000

export function shownFacts({ user, ...more }: ShownUser) {
  return { qualifiedName: qualifiedAccountName(user), ...userFacts(user), ...more }
}

/** A row for each fact; `-` where there is none. */
export function shownLines(shown: ShownUser): string[] {
  // The state says it, and more.
  const { enabled: _, keptBy, groups, groupsByWayOfOthers, roles, ...facts } = shownFacts(shown)
  const rows = {
    ...facts,
    keptBy: keptBy === 'cardinal' ? 'Cardinal itself' : 'the LDAP directory',
    groups: groups.join(', '),
    ...(groupsByWayOfOthers !== null && { groupsByWayOfOthers: groupsByWayOfOthers.join(', ') }),
    roles: roles.map(({ role, by }) => `${role} (by ${by.join(', ')})`).join(', '),
  }
  return Object.entries(rows)
    .filter(([field, value]) => field !== 'hasPassword' || value !== null)
    .map(([field, value]) => `${field.padEnd(20)}  ${printableText(String(value ?? ''), longestText) || '-'}`)
}
