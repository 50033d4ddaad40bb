import type { ApiCredentials } from '../client/library/api-credentials.ts'
import { type CardinalClient, createCardinalClient } from '../client/library/create-cardinal-client.ts'
import { UsageError } from './usage-error.ts'

/** Throws UsageError for an address or credentials that cannot work. */
export function connectClient(baseUrl: string, credentials: ApiCredentials): CardinalClient {
  try {
    return createCardinalClient({ baseUrl, credentials })
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message)
    throw error
  }
}
