import type { CardinalClient } from './library/create-cardinal-client.ts'
import { unusableAnswer } from './library/unusable-answer.ts'

const addressOfNewObject = /^\/?(?:[^/]+\/)*([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/?$/i

/**
 * The GUID of an object that was made, in lower case.
 *
 * @param path of the collection that it was made in
 * @param address as it was answered: `api/v1.0/requests/<guid>`
 * @throws CardinalApiError unusable-answer where it is none
 */
export function newObjectUuid(
  { apiUrl }: CardinalClient,
  path: '/v1.0/requests' | '/v1.0/smartcards',
  address: string,
): string {
  const uuid = addressOfNewObject.exec(address)?.[1]
  if (uuid !== undefined) return uuid.toLowerCase()
  const facts = { method: 'POST', url: `${apiUrl}${path}`, status: 201 }
  throw unusableAnswer(facts, 'the body is not the address of a new object')
}
