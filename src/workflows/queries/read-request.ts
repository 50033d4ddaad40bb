import type { Request } from '../../domain/request.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { findVisibleRequest } from '../steps/require-request.ts'

/** One request; null where there is none. Throws NotPermitted. */
export async function readRequest(
  environment: Pick<Environment, 'store'>,
  caller: Caller,
  uuid: string,
): Promise<Request | null> {
  return await findVisibleRequest(environment.store.reader, caller, uuid)
}
