import { CardinalError } from '../domain/error.ts'
import { isOperationPossible } from '../domain/operation.ts'
import type { ProfileTemplate } from '../domain/profile-template.ts'
import type { SupportedRequestType } from '../domain/request.ts'
import type { Transaction } from './ports.ts'

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
  const status = smartcard?.status ?? (await transaction.lockProfile(about.profileUuid))?.status ?? 'retired'
  if (isOperationPossible(type, status, template)) return
  throw new CardinalError(
    smartcard === null ? 'ProfileStateForbids' : 'SmartcardStateForbids',
    `A ${smartcard === null ? 'profile' : 'smart card'} that is ${status} takes no ${type} request.`,
  )
}
