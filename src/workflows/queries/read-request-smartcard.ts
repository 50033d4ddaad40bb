import type { Smartcard } from '../../domain/smartcard.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { findVisibleRequest } from '../steps/require-request.ts'

/** The smart card of a request, old or new; null where the request does not know it. Throws NotPermitted. */
export async function readRequestSmartcard(
  environment: Pick<Environment, 'store'>,
  caller: Caller,
  requestUuid: string,
  smartcardUuid: string,
): Promise<Smartcard | null> {
  const { reader } = environment.store
  const request = await findVisibleRequest(reader, caller, requestUuid)
  if (request === null) return null
  const belongs = [request.newSmartcardUuid, request.oldSmartcardUuid].includes(smartcardUuid)
  return belongs ? await reader.findSmartcard(smartcardUuid) : null
}
