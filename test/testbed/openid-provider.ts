import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'
import Provider, { type Configuration } from 'oidc-provider'

/** An OpenID Connect provider that is not ours, in this process, on loopback. Anybody signs in, with any password. */
export interface OpenIdProvider extends AsyncDisposable {
  readonly issuer: string
  /** What access tokens of `accessToken` are for. */
  readonly audience: string
  readonly clientId: string
  readonly clientSecret: string
  /** By the grant client_credentials, of a client that is registered as a tool of this user. */
  accessToken(user: 'alice' | 'mona' | 'nobody', resource?: string): Promise<string>
  /** Signs whatever claims by the provider's own key. */
  sign(claims: JWTPayload, header?: { readonly kid?: string; readonly typ?: string }): Promise<string>
  readonly kid: string
  readonly publicJwk: JWK
  /** Goes the way of a browser, through the provider's forms, and returns the address that it is led back to. */
  authorize(location: string, user: string): Promise<URL>
  /** From now on there is another key, and no longer the one before. */
  rotateKeys(): Promise<void>
  /** Calls that reached it, as `GET /jwks`. */
  readonly calls: string[]
}

export interface OpenIdProviderOptions {
  /** 0, or left out, for any. */
  readonly port?: number
  /** Where the product is, for sign-in by browser. */
  readonly publicUrl?: string
  readonly signedBy?: 'RS256' | 'ES256'
}

const audience = 'https://cardinal.contoso.com/api'
const clientId = 'cardinal'
const clientSecret = 'a secret of the test: 1+1=2 & more'
const tools = ['alice', 'mona', 'nobody'] as const

export async function startOpenIdProvider(options: OpenIdProviderOptions = {}): Promise<OpenIdProvider> {
  const { publicUrl = 'http://127.0.0.1:9', signedBy = 'RS256' } = options
  const server = createServer()
  await once(server.listen(options.port ?? 0, '127.0.0.1'), 'listening')
  const address = server.address() as AddressInfo
  // Another site than that of the product, which is at 127.0.0.1: ports alone make none.
  const issuer = `http://localhost:${address.port}`
  const calls: string[] = []
  let generation = 0
  let { key, handle } = await newGeneration()

  async function newGeneration() {
    generation += 1
    const kid = `key-${generation}`
    const pair = await generateKeyPair(signedBy, { extractable: true })
    const kty = signedBy === 'RS256' ? 'RSA' : 'EC'
    const jwk = { ...(await exportJWK(pair.privateKey)), kty, kid, alg: signedBy, use: 'sig' } as const
    const provider = new Provider(issuer, configurationOf(jwk, publicUrl, signedBy))
    const { d, p, q, dp, dq, qi, ...publicJwk } = jwk
    return { key: { kid, private: pair.privateKey, publicJwk }, handle: provider.callback() }
  }

  server.on('request', (request, response) => {
    calls.push(`${request.method} ${request.url?.split('?', 1)[0]}`)
    void handle(request, response)
  })

  return {
    issuer,
    audience,
    clientId,
    clientSecret,
    calls,
    get kid() {
      return key.kid
    },
    get publicJwk() {
      return key.publicJwk
    },
    async accessToken(user, resource = audience) {
      const response = await fetch(`${issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`tool-of-${user}:${user}`).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'api', resource }),
      })
      const { access_token: token }: Record<string, unknown> = JSON.parse(await response.text())
      if (typeof token !== 'string') throw new Error(`The provider gave no token: ${response.status}.`)
      return token
    },
    sign: (claims, header = {}) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: signedBy, kid: key.kid, typ: 'at+jwt', ...header })
        .sign(key.private),
    authorize: (location, user) => walkThroughForms(location, user, issuer),
    async rotateKeys() {
      ;({ key, handle } = await newGeneration())
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

function configurationOf(
  jwk: JWK & { kty: string },
  publicUrl: string,
  signedBy: 'RS256' | 'ES256',
): Configuration {
  const claimsOf = (user: string) => ({
    upn: `${user}@contoso.com`,
    winaccountname: `CONTOSO\\${user}`,
    groups: ['HelpDesk', 'No such group'],
  })
  return {
    jwks: { keys: [jwk] },
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [`${publicUrl}/sign-in/callback`],
        post_logout_redirect_uris: [`${publicUrl}/`],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        id_token_signed_response_alg: signedBy,
      },
      ...tools.map(user => ({
        client_id: `tool-of-${user}`,
        client_secret: user,
        redirect_uris: [],
        grant_types: ['client_credentials'],
        response_types: [],
        id_token_signed_response_alg: signedBy,
      })),
    ],
    claims: { openid: ['sub', 'upn', 'winaccountname', 'groups'], profile: ['preferred_username'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['of the test'] },
    pkce: { required: () => true },
    clockTolerance: 5,
    ttl: {
      AccessToken: 600,
      ClientCredentials: 600,
      Grant: 600,
      IdToken: 600,
      Interaction: 600,
      Session: 600,
    },
    features: {
      clientCredentials: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: async (_context, resource) => ({
          audience: resource,
          scope: 'api',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: signedBy } },
        }),
      },
    },
    findAccount: async (_context, user) => ({
      accountId: user,
      claims: async use => ({
        sub: user,
        ...claimsOf(user),
        ...(use === 'userinfo' && { preferred_username: user }),
      }),
    }),
    extraTokenClaims: async (_context, token) => claimsOf(token.clientId?.replace('tool-of-', '') ?? ''),
  }
}

async function walkThroughForms(location: string, user: string, issuer: string): Promise<URL> {
  const cookies = new Map<string, string>()
  let next = new URL(location)
  let form: URLSearchParams | null = null
  for (let step = 0; step < 10; step++) {
    const cookie = [...cookies].map(pair => pair.join('=')).join('; ')
    const response: Response = await fetch(next, {
      redirect: 'manual',
      headers: { cookie },
      ...(form !== null && { method: 'POST', body: form }),
    })
    for (const each of response.headers.getSetCookie()) {
      const [name = '', value = ''] = each.split(';', 1)[0]?.split(/=(.*)/s) ?? []
      cookies.set(name, value)
    }
    const target = response.headers.get('location')
    form = null
    if (target !== null) next = new URL(target, next)
    else {
      const html = await response.text()
      const action = /action="([^"]+)"/.exec(html)?.[1]
      const prompt = /name="prompt" value="(\w+)"/.exec(html)?.[1]
      if (action === undefined || prompt === undefined) throw new Error(`The provider has no form: ${html}`)
      next = new URL(action, next)
      form = new URLSearchParams({ prompt, login: user, password: 'any' })
    }
    if (next.origin !== issuer) return next
  }
  throw new Error('The provider leads nowhere.')
}
