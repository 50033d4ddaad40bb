import { accept } from '../../domain/refusal.ts'
import {
  nextSmartcardStatus,
  type Smartcard,
  type SmartcardEvent,
  type SmartcardFlag,
} from '../../domain/smartcard.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import type { Transaction } from '../ports/store.ts'

/** Moves a locked smart card to its next state, with the audit record. Throws SmartcardStateForbids. */
export async function changeSmartcardStatus(
  environment: Pick<Environment, 'clock'>,
  transaction: Transaction,
  caller: Caller,
  requestUuid: string,
  smartcard: Smartcard,
  event: SmartcardEvent,
  newFlags: readonly SmartcardFlag[] = [],
): Promise<void> {
  const status = accept(nextSmartcardStatus(smartcard.status, event))
  await transaction.updateSmartcard({ ...smartcard, status, flags: [...smartcard.flags, ...newFlags] })
  await transaction.audit(
    auditEntry(environment, caller, 'smartcard-status-changed', {
      requestUuid,
      subject: smartcard.uuid,
      facts: { from: smartcard.status, to: status },
    }),
  )
}
