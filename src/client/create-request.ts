import type { RequestType } from './enumerations.ts'
import type { CardinalClient } from './library/create-cardinal-client.ts'
import { newObjectUuid } from './new-object-uuid.ts'

/** What the request is about: a profile template to enroll for, or what there is already. */
export type RequestSubject =
  | { readonly profiletemplateuuid: string }
  | { readonly smartcard: string }
  | { readonly profile: string }

export interface NewRequest {
  readonly type: RequestType
  readonly subject: RequestSubject
  /** The policy's questions and the answers to them. */
  readonly answers?: Readonly<Record<string, string>>
  readonly comment?: string
}

/**
 * Returns the new request's uuid.
 *
 * @throws CardinalApiError
 */
export async function createRequest(client: CardinalClient, request: NewRequest): Promise<string> {
  const answers = Object.entries(request.answers ?? {}).map(([name, value]) => ({ [name]: value }))
  const address = await client.call('POST /v1.0/requests', {
    body: {
      // The published client sends the list as a string that holds JSON (contract §2).
      datacollection: JSON.stringify(answers),
      type: request.type,
      ...request.subject,
      comment: request.comment ?? '',
    },
  })
  return newObjectUuid(client, '/v1.0/requests', address)
}
