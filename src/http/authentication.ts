import type { FastifyInstance, FastifyRequest } from 'fastify'
import { CardinalError } from '../domain/error.ts'
import type { Authenticator, SignedIn } from '../workflows/ports.ts'
import { refuseCrossSite } from './cross-site.ts'
import { sessionTokenOf } from './session-cookie.ts'

/** Refuses, at start, a route that does not say who may call it. */
export function requireDeclaredAccess(app: FastifyInstance): void {
  app.addHook('onRoute', route => {
    if (route.config?.access === undefined) {
      throw new Error(`The route ${String(route.method)} ${route.url} does not declare its access.`)
    }
  })
}

/** Finds out who calls before anything of the body is read, on every route whose access is `signed-in`. */
export function authenticateCallers(app: FastifyInstance, authenticator: Authenticator): void {
  app.decorateRequest('signedIn', null)
  app.addHook('onRequest', async request => {
    if (request.routeOptions.config.access !== 'signed-in') return
    request.signedIn = await signIn(authenticator, request)
  })
}

async function signIn(authenticator: Authenticator, request: FastifyRequest): Promise<SignedIn> {
  const { authorization, cookie } = request.headers
  const token = sessionTokenOf(cookie)
  refuseCrossSite(request, authorization === undefined && token !== null)
  if (authorization !== undefined) return await authenticator.byAuthorization(authorization, request.ip)
  if (token !== null) return await authenticator.bySession(token)
  throw new CardinalError('NotSignedIn', 'Sign in first.')
}
