import { AuthorizationResponseError, ResponseBodyError } from 'openid-client'
import { CardinalError } from '../../domain/error.ts'
import { escapedText } from '../escaped-text.ts'
import { SignInRefusal } from '../sign-in-refusal.ts'
import { ProviderError } from './provider-fetch.ts'
import { shown } from './token-header.ts'

/** Codes of the library for an answer that is none of the protocol, such as the error page of a proxy. */
const brokenAnswers: readonly unknown[] = [
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR',
]

/** What came of the provider's answer; refusals and errors of our own stay as they are. */
export function exchangeRefusal(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof SignInRefusal || error instanceof CardinalError)
    return error
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) {
    const what = `The provider refused: ${shown(error.error)}, ${shown(error.error_description)}.`
    return new SignInRefusal('refused-by-provider', what, error)
  }
  const isBroken = 'code' in error && brokenAnswers.includes(error.code)
  if (isBroken || error.cause instanceof ProviderError) {
    return new CardinalError('ServiceUnavailable', 'The sign-in provider does not answer as it should.', {
      cause: error,
    })
  }
  // The library's own sentences: they hold nothing of the answer.
  const detail = error.cause instanceof Error ? error.cause.message : error.message
  return new SignInRefusal(
    'wrong-response',
    `The provider's answer was refused: ${escapedText(detail, 200)}.`,
    error,
  )
}
