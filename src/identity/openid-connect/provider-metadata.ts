import { ProviderError } from './provider-fetch.ts'
import { isSafeAddress } from './safe-address.ts'

/** What of a discovery document is used (OpenID Connect Discovery 1.0 §3). */
export interface ProviderMetadata {
  readonly issuer: string
  /** What access tokens name as their issuer, where AD FS says another one ([MS-OIDCE] §2.2.3.2). */
  readonly accessTokenIssuer: string | null
  readonly authorizationEndpoint: string
  readonly tokenEndpoint: string
  readonly jwksUri: string
  readonly userinfoEndpoint: string | null
  /** RP-Initiated Logout 1.0 §2.1. */
  readonly endSessionEndpoint: string | null
  readonly tokenEndpointAuthMethods: readonly string[]
  /** null where the document does not say, as that of AD FS. */
  readonly codeChallengeMethods: readonly string[] | null
  /** RFC 9207 §3. */
  readonly namesIssuerInResponse: boolean
}

/**
 * Reads a discovery document.
 *
 * @throws ProviderError where it lacks something, names another issuer than it was asked of (§4.3), or sends people
 * and secrets over plain http
 */
export function parseProviderMetadata(document: unknown, issuer: string): ProviderMetadata {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new ProviderError('The discovery document is no JSON object.')
  }
  const values = new Map<string, unknown>(Object.entries(document))
  // A slash at the end is the one difference that our own setting cannot express.
  const named = requiredText(values, 'issuer')
  if (named.replace(/\/$/, '') !== issuer) {
    throw new ProviderError(
      `The discovery document of ${issuer} names another issuer: ${quoted(named)}. Set openIdConnect.issuer to that one, if it is right.`,
    )
  }
  return {
    issuer: named,
    accessTokenIssuer: optionalText(values, 'access_token_issuer'),
    authorizationEndpoint: required(values, 'authorization_endpoint'),
    tokenEndpoint: required(values, 'token_endpoint'),
    jwksUri: required(values, 'jwks_uri'),
    userinfoEndpoint: optional(values, 'userinfo_endpoint'),
    endSessionEndpoint: optional(values, 'end_session_endpoint'),
    // §3: client_secret_basic where it is left out.
    tokenEndpointAuthMethods: texts(values, 'token_endpoint_auth_methods_supported') ?? [
      'client_secret_basic',
    ],
    codeChallengeMethods: texts(values, 'code_challenge_methods_supported'),
    namesIssuerInResponse: values.get('authorization_response_iss_parameter_supported') === true,
  }
}

function required(values: ReadonlyMap<string, unknown>, name: string): string {
  return safe(requiredText(values, name), name)
}

function optional(values: ReadonlyMap<string, unknown>, name: string): string | null {
  const value = optionalText(values, name)
  return value === null ? null : safe(value, name)
}

function requiredText(values: ReadonlyMap<string, unknown>, name: string): string {
  const value = optionalText(values, name)
  if (value === null) throw new ProviderError(`The discovery document does not say ${name}.`)
  return value
}

function optionalText(values: ReadonlyMap<string, unknown>, name: string): string | null {
  const value = values.get(name)
  if (value === undefined || value === null) return null
  if (typeof value === 'string' && value.length > 0 && value.length <= 2048) return value
  throw new ProviderError(`The discovery document has a ${name} that is no text.`)
}

function texts(values: ReadonlyMap<string, unknown>, name: string): readonly string[] | null {
  const value = values.get(name)
  return Array.isArray(value) ? value.filter(each => typeof each === 'string').slice(0, 100) : null
}

function safe(address: string, name: string): string {
  if (isSafeAddress(address)) return address
  throw new ProviderError(
    `The discovery document has a ${name} that is no https address: ${quoted(address)}.`,
  )
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 200))
}
