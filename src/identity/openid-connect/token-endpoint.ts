import {
  authorizationCodeGrant,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  genericGrantRequest,
  None,
  ResponseBodyError,
} from 'openid-client'
import type { Clock } from '../../workflows/ports/clock.ts'
import type { Randomness } from '../../workflows/ports/randomness.ts'
import type { SignInRefusal } from '../sign-in-refusal.ts'
import { clientConfiguration } from './client-configuration.ts'
import { clientFault, clientFaultOf, clientRefusal, unreadableSecret } from './client-fault.ts'
import { exchangeRefusal } from './exchange-refusal.ts'
import type { Provider } from './provider.ts'
import type { ProviderFetch } from './provider-fetch.ts'
import type { ProviderMetadata } from './provider-metadata.ts'
import type { SignInTransaction } from './sign-in-transaction.ts'
import { shown } from './token-header.ts'

export interface TokenEndpointOptions {
  readonly provider: Pick<Provider, 'metadata'>
  readonly fetch: ProviderFetch
  readonly clock: Clock
  readonly randomness: Pick<Randomness, 'bytes'>
  readonly client: ProviderClient
  /** AD FS takes the API that the access token is for by this parameter ([MS-OAPX] §2.2.2). */
  readonly resource: string | undefined
  readonly clockToleranceSeconds: number
  /** Registered with the provider. */
  readonly redirectUri: string
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
   * @throws SignInRefusal; CardinalError ServiceUnavailable where the provider does not answer as it should, and where
   * only the administrator can mend it: then `clientFaultOf` says what
   */
  exchange(answer: URL, transaction: SignInTransaction): Promise<Tokens>
  /**
   * Shows the provider a code that it never gave. Whoever asks for tokens is authenticated before the code is looked at
   * (RFC 6749 §4.1.3), so that `invalid_grant` says that the client is taken.
   *
   * @throws as above
   */
  tryClient(): Promise<ClientTrial>
  /**
   * For readiness. Once the client was refused, it is tried again when this is asked, at most twice a minute: where nobody
   * is let through to a server that is not ready, nobody else would find out that it was mended.
   *
   * @throws Error while the provider does not take the client, as far as that was seen
   */
  check(): Promise<void>
}

export interface ClientTrial {
  /** Where it is not, the answer says nothing of the client. */
  readonly isTaken: boolean
  /** The provider's own words, bounded. */
  readonly answer: string
}

export type Tokens = Awaited<ReturnType<typeof authorizationCodeGrant>>

const pauseBetweenTries = 30_000

/** The provider's token endpoint, for one client. */
export function createTokenEndpoint(options: TokenEndpointOptions): TokenEndpoint {
  const { provider, clock, randomness, client } = options
  const ofResource = options.resource === undefined ? {} : { resource: options.resource }
  const named = { id: client.id, isPublic: client.readSecret === null }
  let fault: SignInRefusal | null = null
  let triedAt = 0

  /** Makes a request as this client, and notes where the provider does not take it. */
  async function asClient<Answer>(
    request: (configuration: Configuration) => Promise<Answer>,
  ): Promise<Answer> {
    try {
      const metadata = await provider.metadata()
      const authentication = await authenticationOf(client, metadata)
      return await request(clientConfiguration(metadata, { ...options, clientId: client.id }, authentication))
    } catch (error) {
      const refusal = clientRefusal(error, named)
      const outcome = refusal === null ? exchangeRefusal(error) : clientFault(refusal)
      const seen = clientFaultOf(outcome)
      if (seen !== null) {
        fault = seen
        triedAt = clock.now().getTime()
      }
      throw outcome
    }
  }

  async function exchange(answer: URL, transaction: SignInTransaction): Promise<Tokens> {
    const checks = {
      expectedState: transaction.state,
      expectedNonce: transaction.nonce,
      pkceCodeVerifier: transaction.codeVerifier,
      idTokenExpected: true,
    }
    const tokens = await asClient(configuration =>
      authorizationCodeGrant(configuration, answer, checks, ofResource),
    )
    fault = null
    return tokens
  }

  async function tryClient(): Promise<ClientTrial> {
    triedAt = clock.now().getTime()
    const random = () => Buffer.from(randomness.bytes(32)).toString('base64url')
    const madeUp = {
      code: random(),
      code_verifier: random(),
      redirect_uri: options.redirectUri,
      ...ofResource,
    }
    return await asClient(async configuration => {
      try {
        await genericGrantRequest(configuration, 'authorization_code', madeUp)
        return { isTaken: false, answer: 'tokens, for a code that was made up' }
      } catch (error) {
        if (!(error instanceof ResponseBodyError) || clientRefusal(error, named) !== null) throw error
        const isTaken = error.error === 'invalid_grant'
        if (isTaken) fault = null
        return { isTaken, answer: `${shown(error.error)}, ${shown(error.error_description)}` }
      }
    })
  }

  return {
    exchange,
    tryClient,
    async check() {
      const sinceTried = clock.now().getTime() - triedAt
      // Where the clock was set back, it is not known how long ago.
      const mayTry = sinceTried < 0 || sinceTried >= pauseBetweenTries
      // What else it may answer says nothing of the fault that is known.
      if (fault !== null && mayTry) await tryClient().catch(() => undefined)
      if (fault !== null) throw fault
    },
  }
}

async function authenticationOf(
  { readSecret }: ProviderClient,
  { tokenEndpointAuthMethods }: ProviderMetadata,
): Promise<ClientAuth> {
  if (readSecret === null) return None()
  const secret = await readSecret().catch((error: unknown) => {
    throw clientFault(unreadableSecret(error))
  })
  return tokenEndpointAuthMethods.includes('client_secret_basic')
    ? ClientSecretBasic(secret)
    : ClientSecretPost(secret)
}
