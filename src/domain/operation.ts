import type { ProfileFlag, ProfileStatus } from './profile.ts'
import type { ProfileTemplate } from './profile-template.ts'
import type { SupportedRequestType } from './request.ts'
import type { SmartcardFlag, SmartcardStatus } from './smartcard.ts'

export type OperationType = Exclude<SupportedRequestType, 'enroll'>

/** In the order in which MIM CM lists them (published samples). */
export const operationTypes: readonly OperationType[] = ['renew', 'unblock', 'revoke', 'recover', 'retire']

/** In which states of a card or profile each operation can be asked for. */
const possibleIn: Readonly<Record<OperationType, readonly (SmartcardStatus & ProfileStatus)[]>> = {
  renew: ['active'],
  unblock: ['active'],
  revoke: ['active', 'suspended'],
  recover: ['active', 'suspended', 'disabled'],
  retire: ['active', 'suspended', 'disabled'],
}

/**
 * Whether the life cycle allows an operation on a card or profile in this state, permissions aside. What another has
 * taken the place of is only retired or revoked any more.
 */
export function isOperationPossible(
  operation: OperationType,
  subject: {
    readonly status: SmartcardStatus | ProfileStatus
    readonly flags: readonly (SmartcardFlag | ProfileFlag)[]
  },
  profileTemplate: Pick<ProfileTemplate, 'smartcard'>,
): boolean {
  if (operation === 'unblock' && profileTemplate.smartcard === null) return false
  if (subject.flags.includes('superseded') && operation !== 'retire' && operation !== 'revoke') return false
  return (possibleIn[operation] as readonly string[]).includes(subject.status)
}
