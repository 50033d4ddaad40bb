import type { Request } from '../../domain/request.ts'
import type { Caller } from '../ports/caller.ts'
import { type EndEnvironment, endUnfinishedRequest } from '../steps/end-unfinished-request.ts'

/**
 * Gives up an approved request before it was executed.
 * Throws RequestNotFound, NotPermitted, RequestStateForbids.
 */
export async function abandonRequest(
  environment: EndEnvironment,
  caller: Caller,
  uuid: string,
): Promise<Request> {
  return await endUnfinishedRequest(environment, caller, uuid, 'abandon')
}
