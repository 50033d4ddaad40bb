import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { CardinalError } from '../../domain/error.ts'
import type { Authenticator, CallCredentials, SignedIn } from '../../workflows/ports/authenticator.ts'
import type { Access } from '../api.ts'
import { clientAddressOf } from '../client-address.ts'
import { clientCertificateOf } from '../client-certificate.ts'
import { refuseCrossSite } from './cross-site.ts'
import { sessionCookie, sessionTokenOf } from './session-cookie.ts'

/** Refuses, at start, a route that does not say who may call it. */
export function requireDeclaredAccess(app: FastifyInstance): void {
  app.addHook('onRoute', route => {
    if (route.config?.access === undefined) {
      throw new Error(`The route ${String(route.method)} ${route.url} does not declare its access.`)
    }
  })
}

/** Finds out who calls before anything of the body is read, on every route that is not public. */
export function authenticateCallers(
  app: FastifyInstance,
  authenticator: Authenticator,
  secureCookies: boolean,
): void {
  app.decorateRequest('signedIn', null)
  app.addHook('onRequest', async (request, reply) => {
    const { access } = request.routeOptions.config
    // Undefined where there is no route: every route of ours declares it.
    if (access === undefined || access === 'public') return
    const credentials = credentialsOf(request, secureCookies)
    refuseCrossSite(request, isSentByItself(credentials))
    const { signedIn, challenge, sessionToken } = await authenticator.signIn(credentials)
    if (challenge !== null) reply.header('www-authenticate', challenge)
    if (sessionToken !== null) setSessionCookie(reply, sessionToken, secureCookies)
    request.signedIn = signedIn
    refuseBeyondScope(signedIn, access)
  })
}

function credentialsOf(request: FastifyRequest, secureCookies: boolean): CallCredentials {
  const { authorization, cookie } = request.headers
  return {
    authorization: authorization ?? null,
    sessionToken: sessionTokenOf(cookie, secureCookies),
    clientCertificate: clientCertificateOf(request),
    address: clientAddressOf(request),
    correlationId: request.id,
  }
}

/** Whether a browser adds the credentials to whatever a page makes it send. */
function isSentByItself({ authorization, sessionToken, clientCertificate }: CallCredentials): boolean {
  if (authorization !== null) return /^negotiate /i.test(authorization)
  return sessionToken !== null || clientCertificate !== null
}

function setSessionCookie(reply: FastifyReply, token: string, isSecure: boolean): void {
  reply.header('set-cookie', sessionCookie(token, isSecure))
}

function refuseBeyondScope({ scheme, scopes }: SignedIn, access: Exclude<Access, 'public'>): void {
  if (access === 'personal') {
    if (scheme !== 'api-token') return
    throw new CardinalError(
      'NotPermitted',
      'An API token cannot do this. Sign in as a person, by another scheme.',
      {
        rule: 'personal sign-in',
      },
    )
  }
  if (scopes.has(access)) return
  const message =
    scheme === 'api-token'
      ? 'The API token does not reach this. Use one that holds the scope, if your own duties allow it.'
      : 'Duties are separated, and a role of the caller excludes this. Ask somebody without that role.'
  throw new CardinalError('NotPermitted', message, { rule: `scope ${access}` })
}
