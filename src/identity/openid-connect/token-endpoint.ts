import {
  authorizationCodeGrant,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  None,
} from 'openid-client'
import { CardinalError } from '../../domain/error.ts'
import type { Clock } from '../../workflows/ports/clock.ts'
import { SignInRefusal } from '../sign-in-refusal.ts'
import { clientConfiguration } from './client-configuration.ts'
import { exchangeRefusal } from './exchange-refusal.ts'
import type { Provider } from './provider.ts'
import type { ProviderFetch } from './provider-fetch.ts'
import type { ProviderMetadata } from './provider-metadata.ts'
import type { SignInTransaction } from './sign-in-transaction.ts'

export interface TokenEndpointOptions {
  readonly provider: Pick<Provider, 'metadata'>
  readonly fetch: ProviderFetch
  readonly clock: Clock
  readonly client: ProviderClient
  /** AD FS takes the API that the access token is for by this parameter ([MS-OAPX] §2.2.2). */
  readonly resource: string | undefined
  readonly clockToleranceSeconds: number
}

/** As which this server is registered with the provider. */
export interface ProviderClient {
  readonly id: string
  /** Asked at each exchange, so that a new secret counts at once; null for a public client. */
  readonly readSecret: (() => Promise<string>) | null
}

/** Where the provider gives tokens for codes (RFC 6749 §3.2). */
export interface TokenEndpoint {
  /**
   * Exchanges the code with which a browser came back (OpenID Connect Core §3.1.3).
   *
   * @param answer the address that the provider led to
   * @throws SignInRefusal; CardinalError ServiceUnavailable where the provider does not answer as it should
   */
  exchange(answer: URL, transaction: SignInTransaction): Promise<Tokens>
}

export type Tokens = Awaited<ReturnType<typeof authorizationCodeGrant>>

/** The provider's token endpoint, for one client. */
export function createTokenEndpoint(options: TokenEndpointOptions): TokenEndpoint {
  const { provider, client, resource } = options

  async function configure() {
    const metadata = await provider.metadata()
    const authentication = await authenticationOf(client, metadata)
    return clientConfiguration(metadata, { ...options, clientId: client.id }, authentication)
  }

  return {
    async exchange(answer, transaction) {
      const configuration = await configure()
      try {
        return await authorizationCodeGrant(
          configuration,
          answer,
          {
            expectedState: transaction.state,
            expectedNonce: transaction.nonce,
            pkceCodeVerifier: transaction.codeVerifier,
            idTokenExpected: true,
          },
          resource === undefined ? {} : { resource },
        )
      } catch (error) {
        throw exchangeRefusal(error)
      }
    },
  }
}

async function authenticationOf(
  { readSecret }: ProviderClient,
  { tokenEndpointAuthMethods }: ProviderMetadata,
): Promise<ClientAuth> {
  if (readSecret === null) return None()
  const secret = await readSecret().catch((cause: unknown) => {
    throw clientFault(
      new SignInRefusal(
        'client-secret-unreadable',
        `The file of openIdConnect.clientSecretFile cannot be read: ${cause instanceof Error ? cause.message.slice(0, 300) : 'for an unknown reason'}. Write the client's secret into it.`,
      ),
    )
  })
  return tokenEndpointAuthMethods.includes('client_secret_basic')
    ? ClientSecretBasic(secret)
    : ClientSecretPost(secret)
}

/** What only the administrator can mend, whoever signs in. */
function clientFault(cause: SignInRefusal): CardinalError {
  return new CardinalError('ServiceUnavailable', 'The sign-in provider cannot be used as it is set up.', {
    cause,
  })
}
