import { apiTokenPrefix } from '../domain/api-token.ts'
import type { AuthorizationScheme, Identified } from './authentication-scheme.ts'
import { SignInRefusal } from './sign-in-refusal.ts'

/** Whoever can say whose a token is. */
export interface AccessTokens {
  /**
   * @param token in the alphabet of b64token (RFC 6750 §2.1), at most 16 KiB
   * @throws SignInRefusal; CardinalError ServiceUnavailable where it cannot be found out
   */
  identify(token: string): Promise<Identified>
}

export interface BearerSchemeOptions {
  /** Takes the tokens that begin with our own prefix. */
  readonly apiTokens: AccessTokens
  /** null where no authorization server is configured. */
  readonly accessTokens: AccessTokens | null
}

const challenge = 'Bearer realm="Cardinal"'

/** With its scheme. Access tokens of people in many groups are long; nobody's is longer. */
const longestHeader = 16 * 1024

/**
 * Signs in by a bearer token (RFC 6750 §2.1): one of our own API tokens, known by its prefix, or an access token of
 * an authorization server. Tokens in the query or in the body (§2.2, §2.3) are not taken: they end in logs.
 */
export function createBearerScheme({ apiTokens, accessTokens }: BearerSchemeOptions): AuthorizationScheme {
  return {
    name: 'bearer',
    challenge,
    // RFC 6750 §3.1: a token is invalid for whatever reason, and nothing is said to whoever sent none.
    challengeAfter: header =>
      /^bearer +[^ ]/i.test(header) ? `${challenge}, error="invalid_token"` : challenge,
    async identify(header) {
      const token = parseBearerAuthorization(header)
      if (token.startsWith(apiTokenPrefix)) return await apiTokens.identify(token)
      if (accessTokens !== null) return await accessTokens.identify(token)
      const answer = 'Only API tokens of this server are taken as bearer tokens.'
      throw new SignInRefusal('no-api-token', answer, undefined, { answer })
    },
  }
}

/** @throws SignInRefusal malformed-bearer; its message holds nothing of the header */
function parseBearerAuthorization(header: string): string {
  const token =
    header.length <= longestHeader ? /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(header)?.[1] : undefined
  if (token !== undefined) return token
  const answer = 'The Authorization header does not hold a token by the scheme Bearer (RFC 6750).'
  throw new SignInRefusal('malformed-bearer', answer, undefined, { answer })
}
