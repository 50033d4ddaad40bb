import type { Smartcard } from '../../domain/smartcard.ts'
import type { Transaction } from '../ports/store.ts'

/** Whether the physical card of an assignment serves somebody else by now, or did so last. */
export async function wasPassedOn(transaction: Transaction, smartcard: Smartcard): Promise<boolean> {
  const assignments = await transaction.listSmartcardsByCardId(smartcard.cardId)
  const current = assignments.find(({ status }) => status !== 'retired') ?? assignments[0]
  return current !== undefined && current.assignedUserUuid !== smartcard.assignedUserUuid
}
