import type { JWTPayload } from 'jose'
import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  calculatePKCECodeChallenge,
  clockSkew,
  clockTolerance,
  customFetch,
  fetchUserInfo,
  None,
  ResponseBodyError,
} from 'openid-client'
import { CardinalError } from '../../domain/error.ts'
import type { BrowserSignIn } from '../../workflows/ports/browser-sign-in.ts'
import type { Clock } from '../../workflows/ports/clock.ts'
import type { Directory } from '../../workflows/ports/directory.ts'
import type { Randomness } from '../../workflows/ports/randomness.ts'
import { clientNetwork } from '../client-network.ts'
import { FailureCounter } from '../failure-counter.ts'
import { SignInRefusal } from '../sign-in-refusal.ts'
import { type ClaimMapping, findClaimedUser, hasUserClaim } from './claimed-user.ts'
import { localPathOf } from './local-path.ts'
import type { Provider } from './provider.ts'
import { ProviderError, type ProviderFetch } from './provider-fetch.ts'
import { allowedAlgorithms } from './provider-keys.ts'
import type { ProviderMetadata } from './provider-metadata.ts'
import type { SignInTransactions } from './sign-in-transaction.ts'
import type { SignOutHints } from './sign-out-hint.ts'
import { shown } from './token-header.ts'
import type { TokenVerifier } from './token-verifier.ts'

export interface BrowserSignInOptions {
  readonly provider: Provider
  readonly fetch: ProviderFetch
  readonly verifier: TokenVerifier
  readonly transactions: SignInTransactions
  readonly signOutHints: SignOutHints
  readonly directory: Pick<Directory, 'findUser' | 'findUserByName' | 'findUserBySid'>
  readonly mapping: ClaimMapping
  readonly clock: Clock
  readonly randomness: Pick<Randomness, 'bytes'>
  readonly client: { readonly id: string; readonly secret: string | null }
  readonly scope: string
  /** AD FS takes the API that the access token is for by this parameter ([MS-OAPX] §2.2.2). */
  readonly resource: string | undefined
  readonly clockToleranceSeconds: number
  /** Registered with the provider. */
  readonly redirectUri: string
  readonly signedOutUri: string
}

/**
 * Whoever begins a sign-in may bring any code back, and each is shown to the provider. The cap is low, because a whole
 * office may share an address.
 */
const networkDelays = { free: 30, longestSeconds: 60 }
const networkCapacity = 20_000

/**
 * Signs in by the authorization code flow (OpenID Connect Core §3.1) with PKCE (RFC 7636), state and nonce, and out by
 * RP-Initiated Logout 1.0.
 */
export function createBrowserSignIn(options: BrowserSignInOptions): BrowserSignIn {
  const { provider, verifier, transactions, signOutHints, directory, mapping, client, randomness } = options
  const failures = new FailureCounter(networkDelays, networkCapacity)
  const random = () => Buffer.from(randomness.bytes(32)).toString('base64url')

  async function claimsOf(configuration: Configuration, tokens: Tokens): Promise<JWTPayload> {
    // The library need not check this signature (OpenID Connect Core §3.1.3.7), and takes any algorithm that the
    // discovery document names.
    const { claims } = await verifier.verifyIdToken(tokens.id_token ?? '', client.id)
    if (hasUserClaim(claims, mapping)) return claims
    const { userinfoEndpoint } = await provider.metadata()
    if (userinfoEndpoint === null || claims.sub === undefined) return claims
    return { ...(await fetchUserInfo(configuration, tokens.access_token, claims.sub)), ...claims }
  }

  function refuseWaiting(network: string): void {
    const wait = failures.wait(network, options.clock.now().getTime())
    if (wait === 0) return
    const retryAfter = Math.ceil(wait / 1000)
    throw new CardinalError('SignInThrottled', `Too many failed sign-ins. Try again in ${retryAfter} s.`, {
      retryAfter,
    })
  }

  async function finish(query: string, sealed: string | null, network: string) {
    // Before the transaction is spent: whoever has to wait may come back with it.
    refuseWaiting(network)
    const transaction = transactions.spend(sealed, new URLSearchParams(query).get('state'))
    // Only what reaches the provider counts, from its beginning, so that sign-ins side by side count too.
    const takeBack = failures.add(network, options.clock.now().getTime())
    const configuration = clientConfiguration(await provider.metadata(), options)
    try {
      const tokens = await authorizationCodeGrant(
        configuration,
        new URL(`${options.redirectUri}${query}`),
        {
          expectedState: transaction.state,
          expectedNonce: transaction.nonce,
          pkceCodeVerifier: transaction.codeVerifier,
          idTokenExpected: true,
        },
        options.resource === undefined ? {} : { resource: options.resource },
      )
      const claims = await claimsOf(configuration, tokens)
      const user = await findClaimedUser(claims, mapping, directory)
      takeBack()
      const signOutHint = signOutHints.seal(tokens.id_token ?? '')
      return { user, scheme: 'openid-connect', returnTo: transaction.returnTo, signOutHint } as const
    } catch (error) {
      throw refusalOf(error)
    }
  }

  return {
    async begin(wish) {
      const metadata = await provider.metadata()
      const transaction = {
        state: random(),
        nonce: random(),
        codeVerifier: random(),
        returnTo: localPathOf(wish) ?? '/',
      }
      const location = buildAuthorizationUrl(clientConfiguration(metadata, options), {
        redirect_uri: options.redirectUri,
        scope: options.scope,
        state: transaction.state,
        nonce: transaction.nonce,
        code_challenge: await calculatePKCECodeChallenge(transaction.codeVerifier),
        code_challenge_method: 'S256',
        ...(options.resource !== undefined && { resource: options.resource }),
      })
      return { location: location.href, transaction: transactions.seal(transaction) }
    },

    async finish(query, sealed, address) {
      try {
        return await finish(query, sealed, clientNetwork(address))
      } catch (error) {
        if (!(error instanceof SignInRefusal)) throw error
        throw new CardinalError('NotSignedIn', 'The sign-in did not succeed.', { cause: error })
      }
    },

    async signOutLocation(sealed) {
      const hint = sealed === null ? null : signOutHints.open(sealed)
      const metadata = await provider.metadata()
      if (metadata.endSessionEndpoint === null) return null
      return buildEndSessionUrl(clientConfiguration(metadata, options), {
        post_logout_redirect_uri: options.signedOutUri,
        ...(hint !== null && { id_token_hint: hint }),
      }).href
    },
  }
}

type Tokens = Awaited<ReturnType<typeof authorizationCodeGrant>>

function clientConfiguration(metadata: ProviderMetadata, options: BrowserSignInOptions): Configuration {
  const { client, clock } = options
  const configuration = new Configuration(
    {
      issuer: metadata.issuer,
      authorization_endpoint: metadata.authorizationEndpoint,
      token_endpoint: metadata.tokenEndpoint,
      // Without it the library takes RS256 alone, whatever the provider signs by.
      id_token_signing_alg_values_supported: [...allowedAlgorithms],
      authorization_response_iss_parameter_supported: metadata.namesIssuerInResponse,
      ...(metadata.userinfoEndpoint !== null && { userinfo_endpoint: metadata.userinfoEndpoint }),
      ...(metadata.endSessionEndpoint !== null && { end_session_endpoint: metadata.endSessionEndpoint }),
    },
    client.id,
    {
      [clockSkew]: Math.round((clock.now().getTime() - Date.now()) / 1000),
      [clockTolerance]: options.clockToleranceSeconds,
    },
    clientAuthentication(metadata, client.secret),
  )
  configuration[customFetch] = (address, { method, headers, body }) =>
    options.fetch(address, {
      method,
      headers,
      ...(body !== null && body !== undefined && { body: textOf(body) }),
    })
  // Plain http is refused by `fetch` already, except on this machine.
  allowInsecureRequests(configuration)
  return configuration
}

function clientAuthentication({ tokenEndpointAuthMethods }: ProviderMetadata, secret: string | null) {
  if (secret === null) return None()
  return tokenEndpointAuthMethods.includes('client_secret_basic')
    ? ClientSecretBasic(secret)
    : ClientSecretPost(secret)
}

function textOf(body: unknown): string {
  if (typeof body === 'string' || body instanceof URLSearchParams) return String(body)
  throw new TypeError('A token request has a form as its body.')
}

/** Codes of the library for an answer that is none of the protocol, such as the error page of a proxy. */
const brokenAnswers: readonly unknown[] = [
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR',
]

/** What came of the provider's answer; refusals and errors of our own stay as they are. */
function refusalOf(error: unknown): unknown {
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
    `The provider's answer was refused: ${detail.slice(0, 200)}.`,
    error,
  )
}
