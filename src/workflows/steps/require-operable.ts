import { CardinalError } from '../../domain/error.ts'
import { isOperationPossible } from '../../domain/operation.ts'
import type { Profile } from '../../domain/profile.ts'
import type { ProfileTemplate } from '../../domain/profile-template.ts'
import type { SupportedRequestType } from '../../domain/request.ts'
import type { Smartcard } from '../../domain/smartcard.ts'
import type { Transaction } from '../ports/store.ts'

/**
 * Locks the card or profile that an operation is about and requires that its state allows the operation. Asked when the
 * request is made and again when it is carried out: the card may have been revoked in between.
 * Throws SmartcardStateForbids or ProfileStateForbids.
 */
export async function requireOperable(
  transaction: Transaction,
  type: SupportedRequestType,
  about: { readonly profileUuid: string; readonly smartcardUuid: string | null },
  template: Pick<ProfileTemplate, 'smartcard'>,
): Promise<void> {
  if (type === 'enroll') return
  const smartcard = about.smartcardUuid === null ? null : await transaction.lockSmartcard(about.smartcardUuid)
  const subject = smartcard ?? (await transaction.lockProfile(about.profileUuid))
  if (subject !== null && isOperationPossible(type, subject, template)) return
  throw new CardinalError(
    smartcard === null ? 'ProfileStateForbids' : 'SmartcardStateForbids',
    `A ${smartcard === null ? 'profile' : 'smart card'} that is ${stateOf(subject)} takes no request of the type ${type}.`,
  )
}

function stateOf(subject: Pick<Smartcard | Profile, 'status' | 'flags'> | null): string {
  if (subject === null) return 'missing'
  return subject.flags.includes('superseded') ? `${subject.status} and superseded` : subject.status
}
