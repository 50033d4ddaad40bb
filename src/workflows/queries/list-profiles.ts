import type { ProfileStatus } from '../../domain/profile.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { longestList } from './list-requests.ts'
import { operationsOn, type ProfileWithOperations } from './operations-on.ts'

/** The caller's profiles, newest first. */
export async function listProfiles(
  environment: Pick<Environment, 'store' | 'directory'>,
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
