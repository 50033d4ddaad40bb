import { CardinalError } from '../../domain/error.ts'
import { maySee } from '../../domain/permission.ts'
import type { Smartcard } from '../../domain/smartcard.ts'
import type { Caller } from '../ports/caller.ts'

/** Passes on a smart card that the caller may see, and null. Throws NotPermitted. */
export function requireVisibleSmartcard(caller: Caller, smartcard: Smartcard | null): Smartcard | null {
  if (smartcard === null || maySee(caller.principal, [smartcard.assignedUserUuid])) return smartcard
  throw new CardinalError('NotPermitted', 'The caller may not see this smart card.', {
    rule: 'smart card: see',
  })
}
