import type { DirectoryUser } from '../../domain/directory-user.ts'
import { mayActOnRequest } from '../../domain/permission.ts'
import { isRefusal } from '../../domain/refusal.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { endsOnly } from './ends-only.ts'

/**
 * The target of a request, which never changes, as the directory knows them at this moment. Null where it does not, where
 * there is no such request, where the caller may not carry it out, and where it only ends things: nobody is asked then.
 *
 * Asked outside of the transaction that carries the request out and checks all that again: a directory may be slow, and
 * one in the same database would need a second connection while this one is held.
 */
export async function findTargetNow(
  { store, directory }: Pick<Environment, 'store' | 'directory'>,
  caller: Caller,
  requestUuid: string,
): Promise<DirectoryUser | null> {
  const request = await store.reader.findRequest(requestUuid)
  if (request === null || endsOnly(request.type)) return null
  if (isRefusal(mayActOnRequest(caller.principal, request.accessControl, 'execute'))) return null
  return await directory.findUserNow(request.targetUuid)
}
