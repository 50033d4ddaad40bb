import type { OrganisationChanges } from '../../workflows/organisation/organisation-changes.ts'

/** A line for each change, and the sum. */
export function organisationChangeLines(
  { changes, unchanged }: OrganisationChanges,
  isDryRun: boolean,
): string[] {
  const added = changes.filter(({ isNew }) => isNew).length
  const sum = `${added} added, ${changes.length - added} changed; ${unchanged} as before.`
  return [
    ...changes.map(({ what, name, isNew, details }) =>
      isNew ? `add     ${what} ${name}` : `change  ${what} ${name}: ${details.join(', ')}`,
    ),
    isDryRun ? `Nothing was changed. It would be: ${sum}` : sum,
  ]
}
