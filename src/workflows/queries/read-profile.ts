import { CardinalError } from '../../domain/error.ts'
import { maySee } from '../../domain/permission.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { operationsOn, type ProfileWithOperations } from './operations-on.ts'

/** One profile; null where there is none. Throws NotPermitted. */
export async function readProfile(
  environment: Pick<Environment, 'store' | 'directory'>,
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
