import { type AccessControlEntry, everyone } from '../../domain/access-control.ts'
import { everyoneLetters, requestRightLetters } from './numbers.ts'

/**
 * SDDL (MS-DTYP 2.5.1) as the published samples show it: owner where there is one, no group, no SACL,
 * and one U+0000 behind the text for each access control entry.
 */
export function securityDescriptorView(owner: string | null, entries: readonly AccessControlEntry[]): string {
  const ownerPart = owner === null ? '' : `O:${owner}`
  return `${ownerPart}D:${entries.map(entryView).join('')}${'\u0000'.repeat(entries.length)}`
}

function entryView({ effect, rights, trustee }: AccessControlEntry): string {
  const type = effect === 'allow' ? 'A' : 'D'
  const letters = rights.map(right => requestRightLetters[right]).join('')
  return `(${type};;${letters};;;${trustee === everyone ? everyoneLetters : trustee})`
}
