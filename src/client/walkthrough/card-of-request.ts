import type { CardinalClient } from '../library/create-cardinal-client.ts'
import { unusableAnswer } from '../library/unusable-answer.ts'
import { newObjectUuid } from '../new-object-uuid.ts'

/** A physical card in the hands of a request. */
export interface CardOfRequest {
  readonly requestUuid: string
  readonly smartcardUuid: string
  /** The GUID in the card's `cardid` file. */
  readonly cardId: string
}

/**
 * Assigns a card to a request; returns the uuid of the assignment.
 *
 * @throws CardinalApiError
 */
export async function bindSmartcard(
  client: CardinalClient,
  binding: { readonly requestUuid: string; readonly cardId: string; readonly answerToReset: string },
): Promise<string> {
  const body = { requestid: binding.requestUuid, cardid: binding.cardId, atr: binding.answerToReset }
  return newObjectUuid(client, '/v1.0/smartcards', await client.call('POST /v1.0/smartcards', { body }))
}

/**
 * The admin key that the card is to have, 24 bytes. A secret.
 *
 * @throws CardinalApiError
 */
export async function getDiversifiedKey(client: CardinalClient, card: CardOfRequest): Promise<Uint8Array> {
  const key = await client.call('GET /v1.0/requests/{reqid}/smartcards/{scid}/diversifiedkey', {
    path: pathOf(card),
    query: { cardid: card.cardId },
  })
  return fromBase64(found(client, key))
}

/**
 * The response to a challenge of the card, 8 bytes.
 *
 * @param diversified under the card's own admin key, or under the one that its template's new cards have
 * @throws CardinalApiError
 */
export async function getAuthenticationResponse(
  client: CardinalClient,
  card: CardOfRequest,
  challenge: Uint8Array,
  diversified: boolean,
): Promise<Uint8Array> {
  const response = await client.call('GET /v1.0/requests/{reqid}/smartcards/{scid}/authenticationresponse', {
    path: pathOf(card),
    query: {
      cardid: card.cardId,
      challenge: Buffer.from(challenge).toString('base64'),
      diversified: diversified ? 'True' : 'False',
    },
  })
  return fromBase64(found(client, response))
}

/** The request and its card are known here: a server that knows none of them is another one. */
function found({ apiUrl }: CardinalClient, secret: string | null): string {
  if (secret !== null) return secret
  const facts = { method: 'GET', url: `${apiUrl}/v1.0/requests`, status: 204 }
  throw unusableAnswer(facts, 'the request or its card is not there')
}

function pathOf({ requestUuid, smartcardUuid }: CardOfRequest) {
  return { reqid: requestUuid, scid: smartcardUuid }
}

function fromBase64(base64: string): Uint8Array {
  return Uint8Array.from(Buffer.from(base64, 'base64'))
}
