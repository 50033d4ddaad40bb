import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { findVisibleRequest } from '../steps/require-request.ts'
import { operationsOn, type ProfileWithOperations } from './operations-on.ts'

/** The profiles that a request makes and is about. Throws NotPermitted. */
export async function listRequestProfiles(
  environment: Pick<Environment, 'store' | 'directory'>,
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
