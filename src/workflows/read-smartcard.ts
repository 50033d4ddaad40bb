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
 * The current assignment of a physical card: the newest that has not ended, otherwise the newest.
 * `cardId` may be the card's own id or the uuid of an assignment. null where there is none. Throws NotPermitted.
 */
export async function findSmartcardByCardId(
  environment: Pick<Environment, 'store'>,
  caller: Caller,
  cardId: string,
): Promise<Smartcard | null> {
  const { reader } = environment.store
  const assignments = await reader.listSmartcardsByCardId(cardId)
  const current = assignments.find(assignment => assignment.status !== 'retired') ?? assignments[0]
  return visible(caller, current ?? (await reader.findSmartcard(cardId)))
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
