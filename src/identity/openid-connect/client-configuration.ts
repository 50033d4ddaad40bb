import {
  allowInsecureRequests,
  type ClientAuth,
  Configuration,
  clockSkew,
  clockTolerance,
  customFetch,
} from 'openid-client'
import type { Clock } from '../../workflows/ports/clock.ts'
import type { ProviderFetch } from './provider-fetch.ts'
import { allowedAlgorithms } from './provider-keys.ts'
import type { ProviderMetadata } from './provider-metadata.ts'

/** What the library needs to know of the provider and of this client; it is never given the provider's keys. */
export function clientConfiguration(
  metadata: ProviderMetadata,
  options: {
    readonly clientId: string
    readonly clock: Clock
    readonly clockToleranceSeconds: number
    readonly fetch: ProviderFetch
  },
  authentication: ClientAuth,
): Configuration {
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
    options.clientId,
    {
      [clockSkew]: Math.round((options.clock.now().getTime() - Date.now()) / 1000),
      [clockTolerance]: options.clockToleranceSeconds,
    },
    authentication,
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

function textOf(body: unknown): string {
  if (typeof body === 'string' || body instanceof URLSearchParams) return String(body)
  throw new TypeError('A token request has a form as its body.')
}
