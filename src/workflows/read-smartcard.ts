import { CardinalError } from '../domain/error.ts'
import { maySee } from '../domain/permission.ts'
import type { Smartcard } from '../domain/smartcard.ts'
import type { Environment } from './environment.ts'
import type { Caller } from './ports.ts'
import { findVisibleRequest } from './require-request.ts'

/** One assignment; null where there is none. Throws NotPermitted. */
export async function readSmartcard(
  environment: Pick<Environment, 'store'>,
  caller: Caller,
  uuid: string,
): Promise<Smartcard | null> {
  return visible(caller, await environment.store.reader.findSmartcard(uuid))
}

/**
 * An assignment by its uuid, otherwise the current one of a physical card: the newest that has not ended, or else the
 * newest. What the caller may not see stands in the way of nothing. null where there is none. Throws NotPermitted.
 */
export async function findSmartcardByCardId(
  environment: Pick<Environment, 'store'>,
  caller: Caller,
  cardId: string,
): Promise<Smartcard | null> {
  const { reader } = environment.store
  const byUuid = await reader.findSmartcard(cardId)
  const assignments = await reader.listSmartcardsByCardId(cardId)
  const found = byUuid === null ? assignments : [byUuid, ...assignments]
  const seen = found.filter(smartcard => maySee(caller.principal, [smartcard.assignedUserUuid]))
  const [first] = seen
  if (first === undefined) return visible(caller, found[0] ?? null)
  return first === byUuid ? first : (seen.find(({ status }) => status !== 'retired') ?? first)
}

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

function visible(caller: Caller, smartcard: Smartcard | null): Smartcard | null {
  if (smartcard === null || maySee(caller.principal, [smartcard.assignedUserUuid])) return smartcard
  throw new CardinalError('NotPermitted', 'The caller may not see this smart card.', {
    rule: 'smart card: see',
  })
}
