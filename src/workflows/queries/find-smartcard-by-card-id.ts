import { maySee } from '../../domain/permission.ts'
import type { Smartcard } from '../../domain/smartcard.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { requireVisibleSmartcard } from './require-visible-smartcard.ts'

/**
 * An assignment by its uuid, otherwise the current one of a physical card: the newest that has not ended, or else the
 * newest. What the caller may not see stands in the way of nothing; of others' it is told that a card serves them now, and
 * nothing of what has ended. null where there is none. Throws NotPermitted.
 */
export async function findSmartcardByCardId(
  environment: Pick<Environment, 'store'>,
  caller: Caller,
  cardId: string,
): Promise<Smartcard | null> {
  const { reader } = environment.store
  const byUuid = await reader.findSmartcard(cardId)
  const assignments = await reader.listSmartcardsByCardId(cardId)
  const found = byUuid === null ? assignments : [byUuid, ...assignments]
  const seen = found.filter(smartcard => maySee(caller.principal, [smartcard.assignedUserUuid]))
  const [first] = seen
  if (first === undefined) return requireVisibleSmartcard(caller, found.find(isInUse) ?? null)
  return first === byUuid ? first : (seen.find(isInUse) ?? first)
}

function isInUse({ status }: Smartcard): boolean {
  return status !== 'retired'
}
