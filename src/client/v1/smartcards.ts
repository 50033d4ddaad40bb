import type { ApiClient } from '../api-client.ts'
import {
  call,
  callForList,
  encode,
  newObjectUri,
  nullable,
  objectOf,
  query,
  text,
  uuidOfUri,
  wholeNumber,
} from './wire-check.ts'

/** Microsoft.Clm.Shared.Smartcards.Smartcard. */
export interface SmartcardView {
  readonly Uuid: string
  readonly Status: number
  readonly Flags: number
  readonly ParentSmartcardUuid: string
  readonly PrimarySmartcardUuid: string
  readonly PermanentSmartcardUuid: string
  readonly AssignedUserUuid: string
  readonly ProfileTemplateUuid: string
  readonly ProfileTemplateVersion: number
  readonly Comment: string
  /** The card's own id in braces. */
  readonly SerialNumber: string
  readonly Middleware: string
  readonly Atr: string
}

/** A physical card in the hands of a request. */
export interface CardOfRequest {
  readonly requestUuid: string
  readonly smartcardUuid: string
  /** The GUID in the card's `cardid` file. */
  readonly cardId: string
}

const smartcardView = objectOf<SmartcardView>({
  Uuid: text,
  Status: wholeNumber,
  Flags: wholeNumber,
  ParentSmartcardUuid: text,
  PrimarySmartcardUuid: text,
  PermanentSmartcardUuid: text,
  AssignedUserUuid: text,
  ProfileTemplateUuid: text,
  ProfileTemplateVersion: wholeNumber,
  Comment: text,
  SerialNumber: text,
  Middleware: text,
  Atr: text,
})

/** Assigns a card to a request; returns the uuid of the assignment. */
export async function bindSmartcard(
  client: ApiClient,
  binding: { readonly requestUuid: string; readonly cardId: string; readonly answerToReset: string },
): Promise<string> {
  const body = { requestid: binding.requestUuid, cardid: binding.cardId, atr: binding.answerToReset }
  return uuidOfUri(await call(client, { method: 'POST', path: 'v1.0/smartcards', body }, newObjectUri))
}

export function listSmartcards(client: ApiClient): Promise<readonly SmartcardView[]> {
  return callForList(client, { method: 'GET', path: 'v1.0/smartcards' }, smartcardView)
}

/** The current assignment of a physical card. */
export function findSmartcardByCardId(client: ApiClient, cardId: string): Promise<SmartcardView | null> {
  const path = `v1.0/smartcards${query({ cardid: cardId })}`
  return call(client, { method: 'GET', path }, nullable(smartcardView))
}

export function getSmartcard(client: ApiClient, uuid: string): Promise<SmartcardView | null> {
  return call(client, { method: 'GET', path: `v1.0/smartcards/${encode(uuid)}` }, nullable(smartcardView))
}

export function setSmartcardStatus(
  client: ApiClient,
  card: Pick<CardOfRequest, 'requestUuid' | 'smartcardUuid'>,
  status: 'Retired' | 'Disabled' | 'Suspended' | 'Active',
): Promise<SmartcardView> {
  return call(client, { method: 'PUT', path: pathOf(card), body: { status } }, smartcardView)
}

/** The admin key that the card is to have, 24 bytes. A secret. */
export async function getDiversifiedKey(client: ApiClient, card: CardOfRequest): Promise<Uint8Array> {
  const path = `${pathOf(card)}/diversifiedkey${query({ cardid: card.cardId })}`
  return fromBase64(await call(client, { method: 'GET', path }, text))
}

/**
 * The response to a challenge of the card, 8 bytes.
 *
 * @param diversified under the card's own admin key, or under the one that its template's new cards have
 */
export async function getAuthenticationResponse(
  client: ApiClient,
  card: CardOfRequest,
  challenge: Uint8Array,
  diversified: boolean,
): Promise<Uint8Array> {
  const parameters = query({
    cardid: card.cardId,
    challenge: Buffer.from(challenge).toString('base64'),
    diversified: diversified ? 'True' : 'False',
  })
  return fromBase64(
    await call(client, { method: 'GET', path: `${pathOf(card)}/authenticationresponse${parameters}` }, text),
  )
}

/** null where the template leaves the PIN to the user. A secret. */
export function getServerProposedPin(
  client: ApiClient,
  card: CardOfRequest,
  asked: { readonly answerToReset: string },
): Promise<string | null> {
  const parameters = query({ atr: asked.answerToReset, cardid: card.cardId })
  return call(
    client,
    { method: 'GET', path: `${pathOf(card)}/serverproposedpin${parameters}` },
    nullable(text),
  )
}

function pathOf(card: Pick<CardOfRequest, 'requestUuid' | 'smartcardUuid'>): string {
  return `v1.0/requests/${encode(card.requestUuid)}/smartcards/${encode(card.smartcardUuid)}`
}

function fromBase64(base64: string): Uint8Array {
  return Uint8Array.from(Buffer.from(base64, 'base64'))
}
