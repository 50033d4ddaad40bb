import type { PeopleChanges } from '../../workflows/people/import-people.ts'
import { changedFields } from '../../workflows/people/local-user.ts'
import type { PlannedGroup } from '../../workflows/people/plan-groups.ts'
import type { PlannedPerson } from '../../workflows/people/plan-people.ts'
import { countOf } from '../terminal/print.ts'
import { userFacts } from './user-facts.ts'

/** What an import changes, a line for each person and group, and the sum. */
export function changeLines(changes: PeopleChanges, isDryRun: boolean): string[] {
  const { people, missing, groups, unchanged } = changes
  const added = people.filter(({ before }) => before === null).length
  const newGroups = groups.filter(({ before }) => before === null).length
  const sum = [
    `${countOf(added, 'person', 'people')} added, ${people.length - added} changed, ${missing.length} disabled`,
    `${countOf(newGroups, 'group')} added, ${groups.length - newGroups} changed`,
    `${unchanged} as before`,
  ].join('; ')
  return [
    ...people.map(personLine),
    ...missing.map(({ accountName }) => `disable ${accountName}`),
    ...groups.map(groupLine),
    isDryRun ? `Nothing was changed. It would be: ${sum}.` : `${sum}.`,
  ]
}

export function changeFactsOf({ people, missing, groups, unchanged }: PeopleChanges) {
  return {
    people: people.map(({ before, after }) => ({
      change: before === null ? 'added' : 'changed',
      fields: before === null ? [] : changedFields(before, after),
      ...userFacts(after),
    })),
    disabledAsMissing: missing.map(({ accountName }) => accountName),
    groups: groups.map(group => ({
      change: group.before === null ? 'added' : 'changed',
      name: group.after.name,
      uuid: group.after.uuid,
      sid: group.after.sid,
      ...memberChanges(group),
    })),
    unchanged,
  }
}

function personLine({ before, after }: PlannedPerson): string {
  if (before === null) return `add     ${after.accountName} (${after.displayName})`
  const fields = changedFields(before, after).map(
    field => `${field} ${before[field] ?? 'none'} → ${after[field] ?? 'none'}`,
  )
  return `change  ${before.accountName}: ${fields.join(', ')}`
}

function groupLine(group: PlannedGroup): string {
  const { before, after } = group
  if (before === null) return `add     group ${after.name} with ${countOf(after.members.length, 'member')}`
  const { added, removed } = memberChanges(group)
  const renamed = before.name === after.name ? '' : ` → ${after.name}`
  return `change  group ${before.name}${renamed}: ${added} in, ${removed} out`
}

function memberChanges({ before, after }: PlannedGroup): { added: number; removed: number } {
  const old = new Set(before?.members ?? [])
  const added = after.members.filter(member => !old.has(member)).length
  return { added, removed: old.size - (after.members.length - added) }
}
