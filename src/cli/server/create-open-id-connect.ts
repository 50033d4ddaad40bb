import { readFile } from 'node:fs/promises'
import type { OpenIdConnectConfiguration } from '../../config/configuration.ts'
import type { AccessTokens } from '../../identity/bearer-scheme.ts'
import type { Provider } from '../../identity/openid-connect/provider.ts'
import type { ProviderFetch } from '../../identity/openid-connect/provider-fetch.ts'
import type { TokenEndpoint, TokenEndpointOptions } from '../../identity/openid-connect/token-endpoint.ts'
import type { Environment } from '../../workflows/environment.ts'
import type { BrowserSignIn } from '../../workflows/ports/browser-sign-in.ts'
import type { Directory } from '../../workflows/ports/directory.ts'
import type { OpenEnvironment } from '../environment/open-environment.ts'

export interface OpenIdConnect {
  /** For readiness: that the provider answers, and takes this server for its client, as far as that was seen. */
  readonly provider: Pick<Provider, 'check'>
  /** null where no audience is configured. */
  readonly accessTokens: AccessTokens | null
  /** null where no client is configured. */
  readonly browserSignIn: BrowserSignIn | null
}

/** The addresses that are registered with the provider. */
export function registeredUris(publicUrl: string): { readonly redirect: string; readonly signedOut: string } {
  return { redirect: `${publicUrl}/sign-in/callback`, signedOut: `${publicUrl}/` }
}

/** The provider, of which nothing is asked yet, and the way to it. */
export async function createConfiguredProvider(
  { issuer, authoritiesFile }: OpenIdConnectConfiguration,
  { clock }: Pick<Environment, 'clock'>,
): Promise<{ readonly provider: Provider; readonly fetch: ProviderFetch }> {
  // Loaded only where it is configured: the libraries would slow down every start.
  const { createProviderFetch } = await import('../../identity/openid-connect/provider-fetch.ts')
  const { createProvider } = await import('../../identity/openid-connect/provider.ts')
  const authorities = authoritiesFile === undefined ? null : await readFile(authoritiesFile, 'utf8')
  const fetch = createProviderFetch({ authorities })
  return { provider: createProvider({ issuer, fetch, clock }), fetch }
}

/** Where the codes of sign-ins by browser are exchanged, as this client. */
export async function createConfiguredTokenEndpoint(
  configuration: OpenIdConnectConfiguration,
  { id, secretFile }: ConfiguredClient,
  parts: Pick<TokenEndpointOptions, 'provider' | 'fetch' | 'clock' | 'randomness'>,
  publicUrl: string,
): Promise<TokenEndpoint> {
  const { createTokenEndpoint } = await import('../../identity/openid-connect/token-endpoint.ts')
  return createTokenEndpoint({
    ...configuration,
    ...parts,
    client: { id, readSecret: secretFile === undefined ? null : () => readClientSecret(secretFile) },
    redirectUri: registeredUris(publicUrl).redirect,
  })
}

type ConfiguredClient = NonNullable<OpenIdConnectConfiguration['client']>

async function readClientSecret(file: string): Promise<string> {
  const secret = (await readFile(file, 'utf8')).replace(/\r?\n$/, '')
  if (secret.trim() === '') throw new Error(`the file ${file} is empty`)
  return secret
}

/**
 * Wires up what is configured of OpenID Connect; the provider is not asked for anything yet.
 *
 * Where the company has a directory, the provider speaks for the people in it and for nobody else: a claim that reads
 * `LOCAL\admin` names one of the server's own accounts, and signs nobody in.
 */
export async function createOpenIdConnect(
  configuration: OpenIdConnectConfiguration,
  environment: Pick<OpenEnvironment, 'clock' | 'directory' | 'randomness' | 'store' | 'vault'> & {
    readonly ldap: Directory | null
  },
  publicUrl: string,
): Promise<OpenIdConnect> {
  const { audience, client, clockToleranceSeconds } = configuration
  const { clock, ldap, store } = environment
  const { createTokenVerifier } = await import('../../identity/openid-connect/token-verifier.ts')
  const { createAccessTokens } = await import('../../identity/openid-connect/access-tokens.ts')
  const { provider, fetch } = await createConfiguredProvider(configuration, environment)
  const verifier = createTokenVerifier({ provider, clock, audience, clockToleranceSeconds })
  const directory = ldap ?? environment.directory
  const parts = { ...environment, provider, fetch }
  const tokenEndpoint =
    client === undefined ? null : await createConfiguredTokenEndpoint(configuration, client, parts, publicUrl)
  const common = { ...environment, ...configuration, directory, provider, verifier, mapping: configuration }
  const ownDomainSid = async () => (await store.reader.findOrganisation())?.domainSid ?? null
  return {
    provider: {
      async check() {
        await provider.check()
        await tokenEndpoint?.check()
      },
    },
    accessTokens:
      audience.length === 0
        ? null
        : createAccessTokens({ ...common, ...(ldap !== null && { ownDomainSid }) }),
    browserSignIn:
      client === undefined || tokenEndpoint === null ? null : await browserSignIn(client.id, tokenEndpoint),
  }

  async function browserSignIn(clientId: string, tokenEndpoint: TokenEndpoint): Promise<BrowserSignIn> {
    const { createBrowserSignIn } = await import('../../identity/openid-connect/browser-sign-in.ts')
    const { createSignInTransactions } = await import('../../identity/openid-connect/sign-in-transaction.ts')
    const { createSignOutHints } = await import('../../identity/openid-connect/sign-out-hint.ts')
    const uris = registeredUris(publicUrl)
    return createBrowserSignIn({
      ...common,
      fetch,
      transactions: createSignInTransactions(environment),
      signOutHints: createSignOutHints(environment.vault),
      clientId,
      tokenEndpoint,
      redirectUri: uris.redirect,
      signedOutUri: uris.signedOut,
    })
  }
}
