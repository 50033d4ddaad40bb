import type { FastifyInstance, InjectOptions } from 'fastify'
import { type Scope, scopes } from '../../../src/domain/scope.ts'
import { encodeSidExtension } from '../../../src/x509/extensions/sid-extension.ts'
import { makeKerberosToken, makeNegotiateToken } from '../../testbed/kerberos/ticket.ts'
import { generateTestKey } from '../../x509/test-authority.ts'
import { as } from '../server.ts'
import { type Answer, cookieSetBy } from './answer.ts'
import { inDays } from './possessions.ts'
import { type SchemeTraits, schemeTraits } from './rules.ts'
import { certificatePem, privateKeyPem, type ServerOfSchemes } from './server-of-schemes.ts'
import { createTlsClient, type TlsClient } from './tls-client.ts'

/** A way of signing in, to be used. */
export interface Scheme extends SchemeTraits {
  /** Calls as this account. */
  send(account: string, call: InjectOptions): Promise<Answer>
  /** The session by which the account calls may have ended: the next call begins another one. */
  forgetSession(account: string): void
  close(): void
}

type Headers = Readonly<Record<string, string>>

export function schemesOf(server: ServerOfSchemes): readonly Scheme[] {
  return schemeTraits.map(traits => {
    const clients = new Map<string, Promise<TlsClient>>()
    const remembered = new Map<string, Promise<Headers>>()
    const remember = (account: string, make: () => Promise<Headers>): Promise<Headers> => {
      const headers = remembered.get(account) ?? make()
      remembered.set(account, headers)
      return headers
    }
    const common = {
      ...traits,
      forgetSession(account: string) {
        if (traits.name === 'session' || traits.name === 'openid-connect') remembered.delete(account)
      },
      close() {
        for (const client of clients.values()) void client.then(each => each.close())
      },
    }
    const { name } = traits
    if (name === 'client-certificate') {
      return {
        ...common,
        async send(account, call) {
          const client = clients.get(account) ?? clientOf(server, account)
          clients.set(account, client)
          return (await client).send(call)
        },
      }
    }
    // A ticket is good for one call.
    const make = (account: string) => credentials[name](server, account, traits.scopes)
    const headersOf = (account: string) =>
      name === 'negotiate' ? make(account) : remember(account, () => make(account))
    return {
      ...common,
      async send(account, call) {
        return await inject(server.app, {
          ...call,
          headers: { ...(await headersOf(account)), ...call.headers },
        })
      },
    }
  })
}

export async function inject(app: FastifyInstance, call: InjectOptions): Promise<Answer> {
  const { statusCode, headers, body } = await app.inject(call)
  return { status: statusCode, headers, body }
}

export function ticketFor({ realm }: Pick<ServerOfSchemes, 'realm'>, client: string): string {
  return makeNegotiateToken(makeKerberosToken({ service: realm.service, client })).toString('base64')
}

export async function accessTokenFor(
  { provider }: Pick<ServerOfSchemes, 'provider'>,
  upn: string,
): Promise<string> {
  const iat = Math.floor(Date.now() / 1000)
  return await provider.sign({
    iss: provider.issuer,
    aud: provider.audience,
    sub: upn,
    upn,
    iat,
    exp: iat + 600,
  })
}

type SchemeOfHeaders = Exclude<SchemeTraits['name'], 'client-certificate'>

const credentials: Readonly<
  Record<
    SchemeOfHeaders,
    (server: ServerOfSchemes, account: string, held: ReadonlySet<Scope>) => Promise<Headers>
  >
> = {
  basic: async ({ passwordOf }, account) => ({
    authorization: `Basic ${Buffer.from(`${account}:${passwordOf(account)}`).toString('base64')}`,
  }),
  negotiate: async (server, account) => ({ authorization: `Negotiate ${ticketFor(server, account)}` }),
  bearer: async (server, account) => ({
    authorization: `Bearer ${await accessTokenFor(server, `${account}@contoso.com`)}`,
  }),
  async 'api-token'({ backdoor }, account, held) {
    const response = await backdoor.app.inject({
      method: 'POST',
      url: '/CertificateManagement/api/v2.0/api-tokens',
      headers: as(account),
      payload: { name: 'matrix', scopes: scopes.filter(scope => held.has(scope)), expires: inDays(1) },
    })
    return { authorization: `Bearer ${response.json().token}` }
  },
  async session(server, account) {
    const begun = await inject(server.app, {
      method: 'POST',
      url: '/CertificateManagement/api/v2.0/session',
      headers: await credentials.basic(server, account, new Set()),
    })
    return { cookie: cookieSetBy(begun, 'cardinal_session') ?? '' }
  },
  async 'openid-connect'({ app, provider }, account) {
    const led = await inject(app, { url: '/sign-in' })
    const back = await provider.authorize(locationOf(led), account)
    const signedIn = await inject(app, {
      url: `${back.pathname}${back.search}`,
      headers: { cookie: cookieSetBy(led, 'cardinal_sign_in') ?? '' },
    })
    return { cookie: cookieSetBy(signedIn, 'cardinal_session') ?? '' }
  },
}

function locationOf({ headers: { location } }: Answer): string {
  return String(location)
}

async function clientOf({ url, backdoor, company }: ServerOfSchemes, account: string): Promise<TlsClient> {
  const key = generateTestKey('P-256')
  const user = await backdoor.environment.directory.findUserByName(account)
  const cert = certificatePem(company, key, { extensions: [encodeSidExtension(user?.sid ?? '')] })
  return createTlsClient(url(), { cert, key: privateKeyPem(key) })
}
