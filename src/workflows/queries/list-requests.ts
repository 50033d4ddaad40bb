import { seesEverything } from '../../domain/permission.ts'
import type { Request, RequestStatus } from '../../domain/request.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'

/** The API has no paging: no answer holds more than this. */
export const longestList = 1000

/**
 * Requests that the caller made or that are for the caller, newest first.
 * Whoever sees everything gets everybody's, unless only their own are asked for.
 */
export async function listRequests(
  environment: Pick<Environment, 'store'>,
  caller: Caller,
  filter: { readonly targetIsCaller: boolean; readonly status: RequestStatus | null },
): Promise<readonly Request[]> {
  const { uuid } = caller.user
  return await environment.store.reader.listRequests({
    involving: filter.targetIsCaller || seesEverything(caller.principal) ? null : uuid,
    target: filter.targetIsCaller ? uuid : null,
    status: filter.status,
    limit: longestList,
  })
}
