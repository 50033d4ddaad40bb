import { errors, type JWTPayload, jwtVerify } from 'jose'
import type { Clock } from '../../workflows/ports/clock.ts'
import { SignInRefusal } from '../sign-in-refusal.ts'
import type { Provider } from './provider.ts'
import type { ProviderKeys } from './provider-keys.ts'
import { readTokenHeader, shown, type TokenHeader } from './token-header.ts'

export interface VerifiedToken {
  readonly claims: JWTPayload
  readonly expiresAt: Date
  /** By which it was verified: where the provider publishes others, it has to be verified again. */
  readonly keys: ProviderKeys
}

export interface TokenVerifier {
  /**
   * An access token for this API.
   *
   * @throws SignInRefusal; CardinalError ServiceUnavailable where the provider's keys cannot be had
   */
  verifyAccessToken(token: string): Promise<VerifiedToken>
  /** An ID token (OpenID Connect Core §2) for this client. @throws as above */
  verifyIdToken(token: string, clientId: string): Promise<VerifiedToken>
}

export interface TokenVerifierOptions {
  readonly provider: Provider
  readonly clock: Clock
  readonly audience: readonly string[]
  readonly clockToleranceSeconds: number
}

interface Expected {
  readonly issuers: readonly string[]
  readonly audience: readonly string[]
}

/** Verifies tokens of the provider (RFC 7519 §7.2, RFC 8725 §3, RFC 9068 §4). */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { provider, clock, audience, clockToleranceSeconds } = options

  async function verify(token: string, header: TokenHeader, expected: Expected): Promise<VerifiedToken> {
    const { key, keys } = await keyOf(provider, header)
    const result = await jwtVerify(token, key, {
      algorithms: [header.alg],
      audience: [...expected.audience],
      issuer: [...expected.issuers],
      clockTolerance: clockToleranceSeconds,
      currentDate: clock.now(),
      requiredClaims: ['exp'],
    }).catch((error: unknown) => {
      throw refusalOf(error, expected)
    })
    const claims: JWTPayload = result.payload
    const { exp = 0, iat } = claims
    const now = clock.now().getTime() / 1000
    if (iat !== undefined && iat > now + clockToleranceSeconds) {
      throw new SignInRefusal(
        'token-not-yet-valid',
        `The token was issued in the future (iat ${iat}). Compare the clocks.`,
      )
    }
    // A date of JavaScript ends with the year 275760.
    return { claims, expiresAt: new Date(Math.min((exp + clockToleranceSeconds) * 1000, 8.64e15)), keys }
  }

  return {
    async verifyAccessToken(token) {
      const header = readTokenHeader(token, ['at+jwt', 'jwt', undefined])
      const { issuer, accessTokenIssuer } = await provider.metadata()
      const issuers = accessTokenIssuer === null ? [issuer] : [accessTokenIssuer, issuer]
      const verified = await verify(token, header, { issuers, audience })
      refuseIdToken(verified.claims)
      return verified
    },
    async verifyIdToken(token, clientId) {
      const header = readTokenHeader(token, ['jwt', undefined])
      const { issuer } = await provider.metadata()
      return await verify(token, header, { issuers: [issuer], audience: [clientId] })
    },
  }
}

async function keyOf(provider: Provider, header: TokenHeader) {
  const wanted = header.kid === null ? { alg: header.alg } : { alg: header.alg, kid: header.kid }
  for (const fetchKeys of [provider.keys, provider.newestKeys]) {
    const keys = await fetchKeys()
    const key = await keys.find(wanted)
    if (key !== null) return { key, keys }
  }
  throw new SignInRefusal(
    'unknown-key',
    `The provider publishes no one key for ${header.alg} with the kid ${shown(header.kid)}.`,
  )
}

/**
 * Where the API's audience is the client's id, as Entra ID makes it, only this tells the two kinds apart: the hashes
 * are claims of ID tokens alone (OpenID Connect Core §3.3.2.11), and so is the nonce, except that Keycloak up to
 * release 24 repeats it in access tokens; there `typ` among the claims says which it is.
 */
function refuseIdToken(claims: JWTPayload): void {
  const { typ, nonce } = claims
  const hasHash = ['at_hash', 'c_hash', 's_hash'].some(name => Object.hasOwn(claims, name))
  const isOtherKind = typeof typ === 'string' && typ.toLowerCase() !== 'bearer'
  const hasNonce = nonce !== undefined && typ === undefined
  if (hasHash || isOtherKind || hasNonce) {
    throw new SignInRefusal(
      'not-an-access-token',
      'The token is an ID token or another one that is not for an API.',
    )
  }
}

function refusalOf(error: unknown, { issuers, audience }: Expected): SignInRefusal {
  if (error instanceof errors.JWTExpired) {
    return new SignInRefusal('expired-token', `The token expired (exp ${shown(error.payload.exp)}).`, error)
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim, payload } = error
    if (claim === 'aud') {
      return new SignInRefusal(
        'wrong-audience',
        `The token is for ${shown(payload.aud)}, not for ${shown(audience)} (openIdConnect.audience).`,
        error,
      )
    }
    if (claim === 'iss') {
      return new SignInRefusal(
        'wrong-issuer',
        `The token is by ${shown(payload.iss)}, not by ${shown(issuers)}.`,
        error,
      )
    }
    if (claim === 'nbf') {
      return new SignInRefusal(
        'token-not-yet-valid',
        `The token is not valid yet (nbf ${shown(payload.nbf)}).`,
        error,
      )
    }
    return new SignInRefusal(
      'malformed-token',
      `The token's claim ${shown(claim)} is missing or malformed.`,
      error,
    )
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return new SignInRefusal(
      'wrong-signature',
      'The signature is not by the key that the token names.',
      error,
    )
  }
  return new SignInRefusal('malformed-token', 'The token is no JWT that can be verified.', error)
}
