import type { ProfileStatus } from '../../domain/profile.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { operationsOn, type ProfileWithOperations } from './operations-on.ts'
import { type Page, readPage } from './page.ts'

/** The caller's profiles, newest first. Throws InvalidParameter where `after` is none of them. */
export async function listProfiles(
  environment: Pick<Environment, 'store' | 'directory'>,
  caller: Caller,
  status: ProfileStatus | null,
  after: string | null = null,
): Promise<Page<ProfileWithOperations>> {
  const { reader } = environment.store
  const { items, next } = await readPage(after, page =>
    reader.listProfilesOfUser(caller.user.uuid, status, page),
  )
  const withOperations = items.map(async profile => ({
    profile,
    operations: await operationsOn(environment, caller, profile),
  }))
  return { items: await Promise.all(withOperations), next }
}
