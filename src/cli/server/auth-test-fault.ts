import { CardinalError } from '../../domain/error.ts'
import { ProviderError } from '../../identity/openid-connect/provider-fetch.ts'
import { SignInRefusal } from '../../identity/sign-in-refusal.ts'

/** Why something of OpenID Connect did not work, for whoever configured it. Throws what is a fault of the program. */
export function explainSignInFault(error: unknown): string {
  if (error instanceof SignInRefusal) return `${error.reason}. ${error.message}`
  if (!(error instanceof CardinalError)) throw error
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  // What the library says of an answer that did not come is of no use to anybody.
  return `${error.message} ${cause.cause instanceof ProviderError ? cause.cause.message : cause.message}`
}
