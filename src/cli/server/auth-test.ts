import { readFile } from 'node:fs/promises'
import type { Configuration, OpenIdConnectConfiguration } from '../../config/configuration.ts'
import { qualifiedAccountName } from '../../domain/directory-user.ts'
import { CardinalError } from '../../domain/error.ts'
import { ProviderError } from '../../identity/openid-connect/provider-fetch.ts'
import { allowedAlgorithms, type ProviderKeys } from '../../identity/openid-connect/provider-keys.ts'
import type { ProviderMetadata } from '../../identity/openid-connect/provider-metadata.ts'
import type { TokenEndpoint } from '../../identity/openid-connect/token-endpoint.ts'
import { resolvePrincipal } from '../../identity/principal.ts'
import { SignInRefusal } from '../../identity/sign-in-refusal.ts'
import { createLogger } from '../environment/create-logger.ts'
import { openEnvironment } from '../environment/open-environment.ts'
import { systemClock } from '../environment/system-clock.ts'
import { systemRandomness } from '../environment/system-randomness.ts'
import { unreadableFile } from '../unreadable-file.ts'
import { UsageError } from '../usage-error.ts'
import {
  createConfiguredProvider,
  createConfiguredTokenEndpoint,
  createOpenIdConnect,
  registeredUris,
} from './create-open-id-connect.ts'

type Row = readonly [name: string, value: string]

/**
 * `cardinal auth test`: what is to be registered with the OpenID Connect provider, what the provider answers, and whether
 * it takes this server for its client, and whom a token signs in. The exit code is 1 where something would be refused.
 */
export async function authTest(configuration: Configuration, tokenFile: string | undefined): Promise<void> {
  const { openIdConnect } = configuration.signIn
  if (openIdConnect === undefined) {
    throw new UsageError(
      'No OpenID Connect provider is configured. Set openIdConnect.issuer (CARDINAL_OPEN_ID_CONNECT_ISSUER).',
    )
  }
  // Before anything is said, which would stand above what is wrong with the command itself.
  const token = tokenFile === undefined ? null : await readToken(tokenFile)
  const publicUrl = publicUrlOf(configuration)
  const uris = registeredUris(publicUrl)
  print('To register with the provider', [
    ['redirect URI', uris.redirect],
    ['redirect URI after signing out', uris.signedOut],
  ])
  const faults: string[] = []
  if (configuration.publicUrl === undefined) {
    faults.push('publicUrl is not set: browsers are led back to the address that the server listens on.')
  }

  const { provider, fetch } = await createConfiguredProvider(openIdConnect, { clock: systemClock })
  try {
    const metadata = await provider.metadata()
    print(`What ${openIdConnect.issuer} answers`, describeMetadata(metadata))
    const { listed } = await provider.keys()
    print('Its keys', describeKeys(listed))
    faults.push(...faultsOf(metadata, openIdConnect))
    if (openIdConnect.client !== undefined) {
      const parts = { provider, fetch, clock: systemClock, randomness: systemRandomness }
      const { client } = openIdConnect
      await tryClient(await createConfiguredTokenEndpoint(openIdConnect, client, parts, publicUrl))
    }
  } catch (error) {
    faults.push(explain(error))
  }
  print('What is taken', describeExpectations(openIdConnect))
  if (token !== null) {
    const fault = await tryToken(configuration, openIdConnect, publicUrl, token)
    if (fault !== null) faults.push(fault)
  }
  if (faults.length === 0) return
  print(
    'What is wrong',
    faults.map(fault => ['', fault]),
  )
  process.exitCode = 1
}

function publicUrlOf({ publicUrl, listen }: Configuration): string {
  const scheme = listen.tls === undefined ? 'http' : 'https'
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host
  return publicUrl ?? `${scheme}://${host}:${listen.port}`
}

async function readToken(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadableFile(file, error)
  })
  return text.trim().replace(/^bearer +/i, '')
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
  print('What it answers to a code that was made up', [
    ['answer', answer],
    ['client', isTaken ? 'taken; the code alone was refused' : 'the answer does not say'],
  ])
}

/** Says whom the token signs in; returns why it does not. */
async function tryToken(
  configuration: Configuration,
  openIdConnect: OpenIdConnectConfiguration,
  publicUrl: string,
  token: string,
): Promise<string | null> {
  const environment = await openEnvironment(configuration, publicUrl, createLogger('warn'))
  try {
    const { accessTokens } = await createOpenIdConnect(openIdConnect, environment, publicUrl)
    if (accessTokens === null)
      return 'The token was not tried: no access tokens are taken without openIdConnect.audience.'
    const { user, groupSids } = await accessTokens.identify(token)
    const { store, directory } = environment
    const assignments = await store.reader.listRoleAssignments()
    const { roles } = await resolvePrincipal(user, directory, assignments, groupSids)
    print('The token signs in', [
      ['account', qualifiedAccountName(user)],
      ['name', user.displayName],
      ['uuid', user.uuid],
      ['sid', user.sid],
      ['groups of the token', groupSids === undefined ? 'none' : [...groupSids].join(', ')],
      ['roles', [...roles].sort().join(', ') || 'none: see docs/organisation.md'],
    ])
    return null
  } catch (error) {
    return `The token is refused: ${explain(error)}`
  } finally {
    await environment.close()
  }
}

function explain(error: unknown): string {
  if (error instanceof SignInRefusal) return `${error.reason}. ${error.message}`
  if (!(error instanceof CardinalError)) throw error
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  // What the library says of an answer that did not come is of no use to anybody.
  return `${error.message} ${cause.cause instanceof ProviderError ? cause.cause.message : cause.message}`
}

function print(title: string, rows: readonly Row[]): void {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2
  const lines = rows.map(([name, value]) => `  ${name === '' ? '' : name.padEnd(width)}${value}\n`)
  process.stdout.write(`${title}\n${lines.join('')}\n`)
}
