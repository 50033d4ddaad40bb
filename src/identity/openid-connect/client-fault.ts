import { ResponseBodyError } from 'openid-client'
import { CardinalError } from '../../domain/error.ts'
import { SignInRefusal } from '../sign-in-refusal.ts'
import { shown } from './token-header.ts'

/** RFC 6749 §5.2: of the errors of a token endpoint, those that are about the client and not about the code. */
const clientErrors: readonly string[] = ['invalid_client', 'unauthorized_client']

/** That the provider does not take this server for its client; null where it said anything else. */
export function clientRefusal(
  error: unknown,
  client: { readonly id: string; readonly isPublic: boolean },
): SignInRefusal | null {
  if (!(error instanceof ResponseBodyError) || !clientErrors.includes(error.error)) return null
  const secret = client.isPublic
    ? 'Where the client has a secret there, name a file with it in openIdConnect.clientSecretFile.'
    : 'Put the secret that is in force there into the file of openIdConnect.clientSecretFile: the one in it may have expired.'
  return new SignInRefusal(
    'client-refused',
    `The provider refuses this server as its client: ${shown(error.error)}, ${shown(error.error_description)}. ${secret} Compare openIdConnect.clientId (${client.id}) with what is registered there.`,
    error,
  )
}

/** That the client's secret cannot be had. */
export function unreadableSecret(cause: unknown): SignInRefusal {
  const detail = cause instanceof Error ? cause.message.slice(0, 300) : 'for an unknown reason'
  return new SignInRefusal(
    'client-secret-unreadable',
    `The file of openIdConnect.clientSecretFile cannot be read: ${detail}. Write the client's secret into it.`,
  )
}

/** What ends every sign-in until the administrator has mended it. */
export function clientFault(cause: SignInRefusal): CardinalError {
  return new CardinalError('ServiceUnavailable', 'The sign-in provider cannot be used as it is set up.', {
    cause,
  })
}

/** Of such an error what is wrong; null for any other. */
export function clientFaultOf(error: unknown): SignInRefusal | null {
  if (!(error instanceof CardinalError) || error.code !== 'ServiceUnavailable') return null
  return error.cause instanceof SignInRefusal ? error.cause : null
}
