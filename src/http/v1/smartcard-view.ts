import { type Static, Type } from 'typebox'
import type { Smartcard } from '../../domain/smartcard.ts'
import { numberIn } from '../schemas.ts'
import { sumFlags } from './enumeration.ts'
import { identifierView } from './identifier.ts'
import { smartcardFlagNumbers, smartcardStatusNumbers } from './numbers.ts'

/** Microsoft.Clm.Shared.Smartcards.Smartcard. */
export const smartcardSchema = Type.Object(
  {
    Uuid: Type.String(),
    Status: numberIn(smartcardStatusNumbers),
    Flags: Type.Integer(),
    ParentSmartcardUuid: Type.String(),
    PrimarySmartcardUuid: Type.String(),
    PermanentSmartcardUuid: Type.String(),
    AssignedUserUuid: Type.String(),
    ProfileTemplateUuid: Type.String(),
    ProfileTemplateVersion: Type.Integer(),
    Comment: Type.String(),
    SerialNumber: Type.String(),
    Middleware: Type.String(),
    Atr: Type.String(),
  },
  { title: 'SmartcardView' },
)

export function smartcardView(smartcard: Smartcard): Static<typeof smartcardSchema> {
  return {
    Uuid: smartcard.uuid,
    Status: smartcardStatusNumbers[smartcard.status],
    Flags: sumFlags(smartcard.flags, smartcardFlagNumbers),
    ParentSmartcardUuid: identifierView(smartcard.parentSmartcardUuid),
    PrimarySmartcardUuid: identifierView(smartcard.primarySmartcardUuid),
    PermanentSmartcardUuid: identifierView(smartcard.permanentSmartcardUuid),
    AssignedUserUuid: smartcard.assignedUserUuid,
    ProfileTemplateUuid: smartcard.profileTemplateUuid,
    ProfileTemplateVersion: smartcard.profileTemplateVersion,
    Comment: smartcard.comment,
    SerialNumber: `{${smartcard.cardId}}`,
    Middleware: smartcard.middleware,
    Atr: smartcard.answerToReset,
  }
}
