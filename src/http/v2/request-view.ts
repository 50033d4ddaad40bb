import { type Static, Type } from 'typebox'
import { type Request, requestStatuses, requestTypes } from '../../domain/request.ts'
import { nullableString, shownWord } from '../schemas.ts'

/** A request in words, as the domain speaks. */
export const requestSchema = Type.Object(
  {
    uuid: Type.String(),
    type: shownWord(requestTypes),
    status: shownWord(requestStatuses),
    profileTemplateUuid: Type.String(),
    profileTemplateVersion: Type.Integer(),
    isSmartcard: Type.Boolean(),
    originatorUuid: Type.String(),
    targetUuid: Type.String(),
    submitted: Type.String(),
    completed: nullableString,
    newProfileUuid: nullableString,
    oldProfileUuid: nullableString,
    newSmartcardUuid: nullableString,
    oldSmartcardUuid: nullableString,
    priority: Type.Integer(),
    comment: Type.String(),
    approvalsNeeded: Type.Integer(),
    dataCollection: Type.Array(
      Type.Object({ name: Type.String(), value: nullableString, role: Type.String() }),
    ),
  },
  { title: 'DecidedRequestView' },
)

export function requestView(request: Request): Static<typeof requestSchema> {
  return {
    uuid: request.uuid,
    type: request.type,
    status: request.status,
    profileTemplateUuid: request.profileTemplateUuid,
    profileTemplateVersion: request.profileTemplateVersion,
    isSmartcard: request.isSmartcard,
    originatorUuid: request.originatorUuid,
    targetUuid: request.targetUuid,
    submitted: request.submitted.toISOString(),
    completed: request.completed?.toISOString() ?? null,
    newProfileUuid: request.newProfileUuid,
    oldProfileUuid: request.oldProfileUuid,
    newSmartcardUuid: request.newSmartcardUuid,
    oldSmartcardUuid: request.oldSmartcardUuid,
    priority: request.priority,
    comment: request.comment,
    approvalsNeeded: request.approvalsNeeded,
    dataCollection: request.dataCollection.map(({ name, value, role }) => ({ name, value, role })),
  }
}
