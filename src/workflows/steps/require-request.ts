import type { RequestRight } from '../../domain/access-control.ts'
import { CardinalError } from '../../domain/error.ts'
import { mayActOnRequest, maySeeRequest } from '../../domain/permission.ts'
import { accept } from '../../domain/refusal.ts'
import type { Request } from '../../domain/request.ts'
import type { Caller } from '../ports/caller.ts'
import type { Reader, Transaction } from '../ports/store.ts'

/**
 * Locks a request for a change and checks that the caller may make it.
 * Throws RequestNotFound or NotPermitted.
 */
export async function lockRequestFor(
  transaction: Transaction,
  caller: Caller,
  uuid: string,
  right: RequestRight,
): Promise<Request> {
  const request = await transaction.lockRequest(uuid)
  if (request === null) throw new CardinalError('RequestNotFound', `There is no request ${uuid}.`)
  accept(mayActOnRequest(caller.principal, request.accessControl, right))
  return request
}

/** A request that the caller may see; null where there is none. Throws NotPermitted. */
export async function findVisibleRequest(
  reader: Pick<Reader, 'findRequest'>,
  caller: Caller,
  uuid: string,
): Promise<Request | null> {
  const request = await reader.findRequest(uuid)
  if (request !== null && !maySeeRequest(caller.principal, request)) {
    throw new CardinalError('NotPermitted', 'The caller may not see this request.', { rule: 'request: see' })
  }
  return request
}
