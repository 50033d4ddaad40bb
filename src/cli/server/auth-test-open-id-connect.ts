import type { OpenIdConnectConfiguration } from '../../config/configuration.ts'
import { allowedAlgorithms, type ProviderKeys } from '../../identity/openid-connect/provider-keys.ts'
import type { ProviderMetadata } from '../../identity/openid-connect/provider-metadata.ts'
import type { TokenEndpoint } from '../../identity/openid-connect/token-endpoint.ts'
import { systemClock } from '../environment/system-clock.ts'
import { systemRandomness } from '../environment/system-randomness.ts'
import { explainSignInFault } from './auth-test-fault.ts'
import { printSection, printUnused, type Row } from './auth-test-section.ts'
import {
  createConfiguredProvider,
  createConfiguredTokenEndpoint,
  registeredUris,
} from './create-open-id-connect.ts'

/**
 * What is to be registered with the provider, what it answers, and whether it takes this server for its client. Returns
 * what is wrong.
 */
export async function testOpenIdConnect(
  openIdConnect: OpenIdConnectConfiguration | undefined,
  publicUrl: string,
): Promise<string[]> {
  if (openIdConnect === undefined) {
    printUnused('OpenID Connect', 'openIdConnect.issuer is not set')
    return []
  }
  const uris = registeredUris(publicUrl)
  printSection('To register with the provider', [
    ['redirect URI', uris.redirect],
    ['redirect URI after signing out', uris.signedOut],
  ])
  const faults: string[] = []
  const { provider, fetch } = await createConfiguredProvider(openIdConnect, { clock: systemClock })
  try {
    const metadata = await provider.metadata()
    printSection(`What ${openIdConnect.issuer} answers`, describeMetadata(metadata))
    const { listed } = await provider.keys()
    printSection('Its keys', describeKeys(listed))
    faults.push(...faultsOf(metadata, openIdConnect))
    if (openIdConnect.client !== undefined) {
      const parts = { provider, fetch, clock: systemClock, randomness: systemRandomness }
      const { client } = openIdConnect
      await tryClient(await createConfiguredTokenEndpoint(openIdConnect, client, parts, publicUrl))
    }
  } catch (error) {
    faults.push(explainSignInFault(error))
  }
  printSection('What is taken', describeExpectations(openIdConnect))
  return faults
}

function describeMetadata(metadata: ProviderMetadata): Row[] {
  return [
    ['issuer', metadata.issuer],
    ['issuer of access tokens', metadata.accessTokenIssuer ?? 'the same'],
    ['authorization endpoint', metadata.authorizationEndpoint],
    ['token endpoint', metadata.tokenEndpoint],
    ['userinfo endpoint', metadata.userinfoEndpoint ?? 'none'],
    ['end session endpoint', metadata.endSessionEndpoint ?? 'none: signing out ends the session here alone'],
    ['keys', metadata.jwksUri],
    ['client authentication', metadata.tokenEndpointAuthMethods.join(', ')],
    ['PKCE', metadata.codeChallengeMethods?.join(', ') ?? 'not said; S256 is used'],
  ]
}

function describeKeys(keys: ProviderKeys['listed']): Row[] {
  return keys.map(({ kid, kty, alg }) => [
    kid ?? 'without kid',
    `${kty}, ${alg ?? 'any algorithm of its kind'}`,
  ])
}

function describeExpectations(configuration: OpenIdConnectConfiguration): Row[] {
  const { audience, client, scope, resource, userClaim, userClaimHolds, groupsClaim } = configuration
  return [
    ['audience of access tokens', audience.length === 0 ? 'none: no access tokens' : audience.join(', ')],
    ['signed by', `${allowedAlgorithms.join(', ')}; nothing else`],
    ['client', client === undefined ? 'none: no sign-in by browser' : client.id],
    ['scope', scope],
    ['resource', resource ?? 'none'],
    ['user', `from the claim "${userClaim}", which holds a ${userClaimHolds}`],
    [
      'groups',
      groupsClaim === undefined ? 'from the directory alone' : `from the claim "${groupsClaim}" too`,
    ],
  ]
}

/** What can be foreseen to fail at sign-in. */
function faultsOf(metadata: ProviderMetadata, { client }: OpenIdConnectConfiguration): string[] {
  const { codeChallengeMethods, tokenEndpointAuthMethods } = metadata
  const faults: string[] = []
  if (codeChallengeMethods !== null && !codeChallengeMethods.includes('S256')) {
    faults.push('The provider does not take PKCE by S256, which sign-in by browser uses.')
  }
  const isTaken = ['client_secret_basic', 'client_secret_post'].some(each =>
    tokenEndpointAuthMethods.includes(each),
  )
  if (client?.secretFile !== undefined && !isTaken) {
    faults.push('The provider does not take a client secret by client_secret_basic or client_secret_post.')
  }
  return faults
}

/** @throws where the provider does not take the client, or does not answer as it should */
async function tryClient(tokenEndpoint: TokenEndpoint): Promise<void> {
  const { isTaken, answer } = await tokenEndpoint.tryClient()
  printSection('What it answers to a code that was made up', [
    ['answer', answer],
    ['client', isTaken ? 'taken; the code alone was refused' : 'the answer does not say'],
  ])
}
