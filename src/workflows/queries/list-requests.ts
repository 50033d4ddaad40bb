import { seesEverything } from '../../domain/permission.ts'
import type { Request, RequestStatus } from '../../domain/request.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { type Page, readPage } from './page.ts'

/**
 * Requests that the caller made or that are for the caller, newest first.
 * Whoever sees everything gets everybody's, unless only their own are asked for. Throws InvalidParameter where `after` is
 * none of those.
 */
export async function listRequests(
  environment: Pick<Environment, 'store'>,
  caller: Caller,
  filter: { readonly targetIsCaller: boolean; readonly status: RequestStatus | null },
  after: string | null = null,
): Promise<Page<Request>> {
  const { uuid } = caller.user
  return await readPage(after, page =>
    environment.store.reader.listRequests({
      involving: filter.targetIsCaller || seesEverything(caller.principal) ? null : uuid,
      target: filter.targetIsCaller ? uuid : null,
      status: filter.status,
      ...page,
    }),
  )
}
