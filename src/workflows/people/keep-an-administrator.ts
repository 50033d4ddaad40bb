import { CardinalError } from '../../domain/error.ts'
import type { Reader, Transaction } from '../ports/store.ts'

/**
 * Carries out a change of people or groups, and refuses it where nobody would be left who may administrate: there would
 * be no way back by the API. Throws CardinalError InvalidParameter, which ends the transaction.
 */
export async function keepAnAdministrator<Result>(
  transaction: Transaction,
  change: () => Promise<Result>,
): Promise<Result> {
  const hadOne = await hasAdministrator(transaction)
  const result = await change()
  if (hadOne && !(await hasAdministrator(transaction))) {
    throw new CardinalError(
      'InvalidParameter',
      'Nobody who is enabled would be an administrator any more. Make somebody else one first.',
    )
  }
  return result
}

async function hasAdministrator(
  reader: Pick<Reader, 'listRoleAssignments' | 'findUserBySid' | 'findGroupBySid'>,
): Promise<boolean> {
  const assignments = await reader.listRoleAssignments()
  const waiting = assignments.filter(({ role }) => role === 'administrator').map(({ trustee }) => trustee)
  const seen = new Set(waiting)
  for (let sid = waiting.pop(); sid !== undefined; sid = waiting.pop()) {
    const user = await reader.findUserBySid(sid)
    if (user?.enabled === true) return true
    if (user !== null) continue
    const group = await reader.findGroupBySid(sid)
    // Whoever lives in another directory is not ours to judge.
    if (group === null) return true
    for (const member of group.members) {
      if (!seen.has(member)) waiting.push(member)
      seen.add(member)
    }
  }
  return false
}
