import { type Static, Type } from 'typebox'
import type { OperationType } from '../../domain/operation.ts'
import type { Profile } from '../../domain/profile.ts'
import { numberIn, shownWord } from '../schemas.ts'
import { sumFlags } from './enumeration.ts'
import { identifierView } from './identifier.ts'
import { operationNames, profileFlagNumbers, profileStatusNumbers } from './numbers.ts'

/** Microsoft.Clm.Shared.Profiles.Profile with the operations that the caller may ask for. */
export const profileSchema = Type.Object(
  {
    Uuid: Type.String(),
    Status: numberIn(profileStatusNumbers),
    Flags: Type.Integer(),
    ParentProfileUuid: Type.String(),
    PrimaryProfileUuid: Type.String(),
    AssignedUserUuid: Type.String(),
    ProfileTemplateUuid: Type.String(),
    ProfileTemplateVersion: Type.Integer(),
    Comment: Type.String(),
    ProfileOperations: Type.Array(shownWord(Object.values(operationNames))),
  },
  { title: 'ProfileView' },
)

export function profileView(listed: {
  readonly profile: Profile
  readonly operations: readonly OperationType[]
}): Static<typeof profileSchema> {
  const { profile, operations } = listed
  return {
    Uuid: profile.uuid,
    Status: profileStatusNumbers[profile.status],
    Flags: sumFlags(profile.flags, profileFlagNumbers),
    ParentProfileUuid: identifierView(profile.parentProfileUuid),
    PrimaryProfileUuid: identifierView(profile.primaryProfileUuid),
    AssignedUserUuid: profile.assignedUserUuid,
    ProfileTemplateUuid: profile.profileTemplateUuid,
    ProfileTemplateVersion: profile.profileTemplateVersion,
    Comment: profile.comment,
    ProfileOperations: operations.map(operation => operationNames[operation]),
  }
}
