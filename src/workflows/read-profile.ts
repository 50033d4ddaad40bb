import { CardinalError } from '../domain/error.ts'
import { maySee } from '../domain/permission.ts'
import type { ProfileStatus } from '../domain/profile.ts'
import type { Environment } from './environment.ts'
import { longestList } from './list-requests.ts'
import { operationsOn, type ProfileWithOperations } from './operations-on.ts'
import type { Caller } from './ports.ts'
import { findVisibleRequest } from './require-request.ts'

type ProfileEnvironment = Pick<Environment, 'store' | 'directory'>

/** One profile; null where there is none. Throws NotPermitted. */
export async function readProfile(
  environment: ProfileEnvironment,
  caller: Caller,
  uuid: string,
): Promise<ProfileWithOperations | null> {
  const profile = await environment.store.reader.findProfile(uuid)
  if (profile === null) return null
  if (!maySee(caller.principal, [profile.assignedUserUuid])) {
    throw new CardinalError('NotPermitted', 'The caller may not see this profile.', { rule: 'profile: see' })
  }
  return { profile, operations: await operationsOn(environment, caller, profile) }
}

/** The caller's profiles, newest first. */
export async function listProfiles(
  environment: ProfileEnvironment,
  caller: Caller,
  status: ProfileStatus | null,
): Promise<readonly ProfileWithOperations[]> {
  const profiles = await environment.store.reader.listProfilesOfUser(caller.user.uuid, status, longestList)
  return await Promise.all(
    profiles.map(async profile => ({
      profile,
      operations: await operationsOn(environment, caller, profile),
    })),
  )
}

/** The profiles that a request makes and is about. Throws NotPermitted. */
export async function listRequestProfiles(
  environment: ProfileEnvironment,
  caller: Caller,
  requestUuid: string,
): Promise<readonly ProfileWithOperations[]> {
  const { reader } = environment.store
  const request = await findVisibleRequest(reader, caller, requestUuid)
  const uuids = new Set([request?.newProfileUuid ?? null, request?.oldProfileUuid ?? null])
  const listed: ProfileWithOperations[] = []
  for (const uuid of uuids) {
    const profile = uuid === null ? null : await reader.findProfile(uuid)
    if (profile !== null)
      listed.push({ profile, operations: await operationsOn(environment, caller, profile) })
  }
  return listed
}
