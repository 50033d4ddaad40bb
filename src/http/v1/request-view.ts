import { type Static, Type } from 'typebox'
import { dataCollectionProgress } from '../../domain/data-collection.ts'
import type { Request } from '../../domain/request.ts'
import { nullableString, numberIn } from '../schemas.ts'
import { dateView } from './dates.ts'
import { identifierView } from './identifier.ts'
import {
  dataCollectionFlagNumbers,
  requestFlagNumbers,
  requestStatusNumbers,
  requestTypeNumbers,
} from './numbers.ts'
import { securityDescriptorView } from './security-descriptor.ts'

/** Microsoft.Clm.Shared.Requests.Request. */
export const requestSchema = Type.Object(
  {
    Uuid: Type.String(),
    RequestType: numberIn(requestTypeNumbers),
    Status: numberIn(requestStatusNumbers),
    Flags: Type.Integer(),
    DataCollection: Type.Array(Type.Object({ Name: Type.String(), Value: nullableString })),
    DataCollectionFlags: Type.Integer(),
    OriginatorUserUuid: Type.String(),
    TargetUserUuid: Type.String(),
    Submitted: Type.String(),
    Completed: Type.String(),
    NewProfileUuid: Type.String(),
    OldProfileUuid: Type.String(),
    NewSmartcardUuid: Type.String(),
    OldSmartcardUuid: Type.String(),
    Priority: Type.Integer(),
    Comment: Type.String(),
    ProfileTemplateUuid: Type.String(),
    SecurityDescriptor: Type.String(),
    IsSmartcard: Type.Boolean(),
    IsEnrollmentAgent: Type.Boolean(),
    IsDataCollectionComplete: Type.Boolean(),
  },
  { title: 'RequestView' },
)

export function requestView(request: Request): Static<typeof requestSchema> {
  const { subscriberProvided, certificateManagerProvided } = dataCollectionProgress(request.dataCollection)
  return {
    Uuid: request.uuid,
    RequestType: requestTypeNumbers[request.type],
    Status: requestStatusNumbers[request.status],
    Flags:
      (request.isEnrollmentAgentRequired ? requestFlagNumbers.enrollmentAgent : 0) |
      (request.isSmartcard ? requestFlagNumbers.smartcard : 0),
    DataCollection: request.dataCollection.map(({ name, value }) => ({ Name: name, Value: value })),
    DataCollectionFlags:
      (subscriberProvided ? dataCollectionFlagNumbers.subscriberProvided : 0) |
      (certificateManagerProvided ? dataCollectionFlagNumbers.certificateManagerProvided : 0),
    OriginatorUserUuid: request.originatorUuid,
    TargetUserUuid: request.targetUuid,
    Submitted: dateView(request.submitted),
    Completed: dateView(request.completed),
    NewProfileUuid: identifierView(request.newProfileUuid),
    OldProfileUuid: identifierView(request.oldProfileUuid),
    NewSmartcardUuid: identifierView(request.newSmartcardUuid),
    OldSmartcardUuid: identifierView(request.oldSmartcardUuid),
    Priority: request.priority,
    Comment: request.comment,
    ProfileTemplateUuid: request.profileTemplateUuid,
    SecurityDescriptor: securityDescriptorView(request.ownerSid, request.accessControl),
    IsSmartcard: request.isSmartcard,
    IsEnrollmentAgent: request.isEnrollmentAgentRequired,
    IsDataCollectionComplete: subscriberProvided && certificateManagerProvided,
  }
}
