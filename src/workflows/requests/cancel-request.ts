import type { Request } from '../../domain/request.ts'
import type { Caller } from '../ports/caller.ts'
import { type EndEnvironment, endUnfinishedRequest } from '../steps/end-unfinished-request.ts'

/**
 * Stops a request at any time before it ends; what it has assigned and issued until then is taken back.
 * Throws RequestNotFound, NotPermitted, RequestStateForbids.
 */
export async function cancelRequest(
  environment: EndEnvironment,
  caller: Caller,
  uuid: string,
): Promise<Request> {
  return await endUnfinishedRequest(environment, caller, uuid, 'cancel')
}
