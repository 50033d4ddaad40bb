import type { FastifyRequest } from 'fastify'
import { qualifiedAccountName } from '../../domain/directory-user.ts'
import { CardinalError } from '../../domain/error.ts'
import type { Environment } from '../../workflows/environment.ts'
import type { Authenticator, SignedIn } from '../../workflows/ports/authenticator.ts'
import { listSessions } from '../../workflows/sign-in/list-sessions.ts'
import type { Api } from '../api.ts'
import { clientAddressOf } from '../client-address.ts'
import { otherContent } from '../schemas.ts'
import { asPage, asPageWithForm } from './send-page.ts'
import { sessionCookie, sessionTokenOf } from './session-cookie.ts'
import { notSignedInPage, type SignedInView, signedInPage } from './signed-in-page.ts'

export interface SignedInRouteOptions {
  readonly environment: Environment
  readonly authenticator: Authenticator
  /** null where nobody signs in by browser. */
  readonly signInPath: string | null
  readonly secureCookies: boolean
}

export const signedInPath = '/signed-in'

/** Where somebody who signed in by browser finds out so, and signs out. */
export function addSignedInRoutes(api: Api, options: SignedInRouteOptions): void {
  const { environment, authenticator, signInPath, secureCookies } = options
  const tokenOf = ({ headers }: Pick<FastifyRequest, 'headers'>) =>
    sessionTokenOf(headers.cookie, secureCookies)

  // Whoever opens the server's address in a browser finds something to read.
  api.get('/', { config: { access: 'public' }, schema: { hide: true } }, async (request, reply) =>
    reply.redirect(tokenOf(request) === null ? '/docs' : signedInPath),
  )

  api.get(
    signedInPath,
    {
      config: { access: 'public' },
      schema: {
        tags: ['Sign-in'],
        summary: 'A page: who is signed in by session, with a button to sign out',
        response: { 200: otherContent('text/html', 'The page.') },
      },
    },
    async (request, reply) => {
      const signedIn = await signInBySession(request)
      const view = signedIn === null ? null : await viewOf(signedIn.signedIn, request.id)
      // No refusal: that it is nobody is an answer too, and a 401 would make the browser ask for a password.
      if (signedIn === null || view === null) return asPage(reply).send(notSignedInPage(signInPath))
      const { sessionToken } = signedIn
      if (sessionToken !== null) reply.header('set-cookie', sessionCookie(sessionToken, secureCookies))
      return asPageWithForm(reply).send(signedInPage(view))
    },
  )

  /** Other credentials do not count: what the button ends is the session. */
  async function signInBySession(request: FastifyRequest) {
    const sessionToken = tokenOf(request)
    if (sessionToken === null) return null
    try {
      return await authenticator.signIn({
        authorization: null,
        sessionToken,
        clientCertificate: null,
        address: clientAddressOf(request),
        correlationId: request.id,
      })
    } catch (error) {
      if (error instanceof CardinalError && error.code === 'NotSignedIn') return null
      throw error
    }
  }

  async function viewOf(signedIn: SignedIn, correlationId: string): Promise<SignedInView | null> {
    const { user, principal, sessionUuid } = signedIn
    const sessions = await listSessions(environment, { ...signedIn, correlationId }, null)
    const current = sessions.find(({ session }) => session.uuid === sessionUuid)
    if (current === undefined) return null
    const { session, expiresAt } = current
    return {
      displayName: user.displayName,
      account: qualifiedAccountName(user),
      roles: [...principal.roles].sort(),
      expiresAt,
      endsAt: new Date(session.begunAt.getTime() + environment.sessionLimits.absoluteSeconds * 1000),
    }
  }
}
