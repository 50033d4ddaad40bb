import type { JWTPayload } from 'jose'
import {
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  fetchUserInfo,
  None,
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
import { clientConfiguration } from './client-configuration.ts'
import { clientFaultOf } from './client-fault.ts'
import { exchangeRefusal } from './exchange-refusal.ts'
import { localPathOf } from './local-path.ts'
import type { Provider } from './provider.ts'
import type { ProviderFetch } from './provider-fetch.ts'
import type { ProviderMetadata } from './provider-metadata.ts'
import type { SignInTransactions } from './sign-in-transaction.ts'
import type { SignOutHints } from './sign-out-hint.ts'
import type { TokenEndpoint, Tokens } from './token-endpoint.ts'
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
  readonly clientId: string
  readonly tokenEndpoint: Pick<TokenEndpoint, 'exchange'>
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
  const { provider, verifier, transactions, signOutHints, directory, mapping, clientId, randomness } = options
  const failures = new FailureCounter(networkDelays, networkCapacity)
  const random = () => Buffer.from(randomness.bytes(32)).toString('base64url')

  /** For what is not authenticated by the client's secret. */
  const configurationOf = (metadata: ProviderMetadata) => clientConfiguration(metadata, options, None())

  async function claimsOf(tokens: Tokens): Promise<JWTPayload> {
    // The library need not check this signature (OpenID Connect Core §3.1.3.7), and takes any algorithm that the
    // discovery document names.
    const { claims } = await verifier.verifyIdToken(tokens.id_token ?? '', clientId)
    if (hasUserClaim(claims, mapping)) return claims
    const metadata = await provider.metadata()
    if (metadata.userinfoEndpoint === null || claims.sub === undefined) return claims
    return { ...(await fetchUserInfo(configurationOf(metadata), tokens.access_token, claims.sub)), ...claims }
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
    try {
      const answer = new URL(`${options.redirectUri}${query}`)
      const tokens = await options.tokenEndpoint.exchange(answer, transaction)
      const claims = await claimsOf(tokens)
      const user = await findClaimedUser(claims, mapping, directory)
      takeBack()
      const signOutHint = signOutHints.seal(tokens.id_token ?? '')
      return { user, scheme: 'openid-connect', returnTo: transaction.returnTo, signOutHint } as const
    } catch (error) {
      // Whoever signs in has no part in it.
      if (clientFaultOf(error) !== null) takeBack()
      throw exchangeRefusal(error)
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
      const location = buildAuthorizationUrl(configurationOf(metadata), {
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
      return buildEndSessionUrl(configurationOf(metadata), {
        post_logout_redirect_uri: options.signedOutUri,
        ...(hint !== null && { id_token_hint: hint }),
      }).href
    },
  }
}
