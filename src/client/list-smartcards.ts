import type { CardinalClient } from './library/create-cardinal-client.ts'
import type { SmartcardView } from './library/generated/answers.ts'
import { unusableAnswer } from './library/unusable-answer.ts'

/**
 * The caller's.
 *
 * @throws CardinalApiError
 */
export async function listSmartcards(client: CardinalClient): Promise<readonly SmartcardView[]> {
  const found = await client.call('GET /v1.0/smartcards')
  if (found === null) return []
  if ('Uuid' in found) throw unusable(client, 'the body is not an array')
  return found
}

/**
 * The current assignment of a physical card; null where it has none.
 *
 * @throws CardinalApiError
 */
export async function findSmartcardByCardId(
  client: CardinalClient,
  cardId: string,
): Promise<SmartcardView | null> {
  const found = await client.call('GET /v1.0/smartcards', { query: { cardid: cardId } })
  if (found === null || 'Uuid' in found) return found
  // Other cards would be taken for this one.
  throw unusable(client, 'the body is not an object')
}

/** The operation answers with one card or with many, by what it was asked (contract §4). */
function unusable({ apiUrl }: CardinalClient, fault: string) {
  return unusableAnswer({ method: 'GET', url: `${apiUrl}/v1.0/smartcards`, status: 200 }, fault)
}
