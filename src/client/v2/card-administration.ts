import type { AdminKeyType } from '../../domain/admin-key-type.ts'
import type { ApiClient } from '../api-client.ts'
import { call, encode, nullable, objectOf, text } from '../v1/wire-check.ts'

/** A card in the hands of a request. */
export interface RequestsCard {
  readonly requestUuid: string
  readonly smartcardUuid: string
}

export interface CardBinding {
  readonly requestUuid: string
  /** A GUID: the card id, or a serial number in the form of one. */
  readonly cardId: string
  /** Lower-case hexadecimal digits. */
  readonly answerToReset: string
  readonly adminKeyType: AdminKeyType
}

/** The PIN unblocking keys of a PIV card. Secrets. */
export interface UnblockingKeysView {
  /** null where the card has its maker's. */
  readonly current: string | null
  /** What the card may have instead; null where it cannot. */
  readonly lastTold: string | null
  /** The one that counts once the request is completed. */
  readonly next: string
}

const newSmartcard = objectOf<{ readonly uuid: string }>({ uuid: text })
const keyView = objectOf<{ readonly key: string }>({ key: text })
const responseView = objectOf<{ readonly response: string }>({ response: text })
const unblockingKeysView = objectOf<UnblockingKeysView>({
  current: nullable(text),
  lastTold: nullable(text),
  next: text,
})

/** Assigns a card to a request; the same card again answers with the same assignment. Returns its uuid. */
export async function bindCard(client: ApiClient, binding: CardBinding): Promise<string> {
  const { requestUuid, ...body } = binding
  const path = `v2.0/requests/${encode(requestUuid)}/smartcards`
  return (await call(client, { method: 'POST', path, body }, newSmartcard)).uuid
}

/** The admin key that the card is to have, as long as its type wants it. A secret. */
export async function requestAdminKey(client: ApiClient, card: RequestsCard): Promise<Uint8Array> {
  const path = `${pathOf(card)}/admin-key`
  return fromBase64((await call(client, { method: 'POST', path }, keyView)).key)
}

/**
 * The response to a challenge of the card, as long as that.
 *
 * @param diversified under the card's own admin key, or under the one that its template's new cards have
 */
export async function requestResponse(
  client: ApiClient,
  card: RequestsCard,
  challenge: Uint8Array,
  diversified: boolean,
): Promise<Uint8Array> {
  const path = `${pathOf(card)}/authentication-response`
  const body = { challenge: Buffer.from(challenge).toString('base64'), diversified }
  return fromBase64((await call(client, { method: 'POST', path, body }, responseView)).response)
}

export function requestUnblockingKeys(client: ApiClient, card: RequestsCard): Promise<UnblockingKeysView> {
  const path = `${pathOf(card)}/unblocking-key`
  return call(client, { method: 'POST', path }, unblockingKeysView)
}

function pathOf({ requestUuid, smartcardUuid }: RequestsCard): string {
  return `v2.0/requests/${encode(requestUuid)}/smartcards/${encode(smartcardUuid)}`
}

function fromBase64(base64: string): Uint8Array {
  return Uint8Array.from(Buffer.from(base64, 'base64'))
}
