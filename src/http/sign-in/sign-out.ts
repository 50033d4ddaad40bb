import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Authenticator } from '../../workflows/ports/authenticator.ts'
import type { BrowserSignIn } from '../../workflows/ports/browser-sign-in.ts'
import type { Api } from '../api.ts'
import { causeOf } from '../cause-of.ts'
import { statusOfError, toCardinalError } from '../errors.ts'
import { nullableString } from '../schemas.ts'
import { mediaTypeOf, refuseCrossSite } from './cross-site.ts'
import { asPage } from './send-page.ts'
import { cookieOf, endedSessionCookie, sessionTokenOf } from './session-cookie.ts'
import { signOutCookie, signOutCookieName } from './sign-in-cookies.ts'
import { signedInPath } from './signed-in.ts'
import { notSignedOutPage, signedOutPage } from './signed-out-page.ts'

export interface SignOutRouteOptions {
  readonly authenticator: Authenticator
  readonly browserSignIn: BrowserSignIn | null
  /** null where nobody signs in by browser. */
  readonly signInPath: string | null
  readonly secureCookies: boolean
}

const formMediaType = 'application/x-www-form-urlencoded'
/** A button alone sends nothing. */
const longestForm = 1024

/** Signing out: of a program, which gets JSON, and of the button on the page of whoever is signed in, which gets a page. */
export function addSignOutRoute(api: Api, options: SignOutRouteOptions): void {
  const { authenticator, browserSignIn, signInPath, secureCookies } = options

  // Nothing is read of it. It counts for the routes that are added here, and no other takes a form.
  api.addContentTypeParser(
    formMediaType,
    { parseAs: 'buffer', bodyLimit: longestForm },
    async () => undefined,
  )

  api.post(
    '/sign-out',
    {
      config: { access: 'public' },
      schema: {
        tags: ['Sign-in'],
        summary:
          'End the session here; `location` is where the provider ends its own. A form is answered by a page',
        response: {
          200: {
            content: {
              'application/json': { schema: Type.Object({ location: nullableString }) },
              'text/html': { schema: Type.String() },
            },
          },
        },
      },
      errorHandler: answerFormWithPage,
    },
    async (request, reply) => {
      const token = sessionTokenOf(request.headers.cookie, secureCookies)
      const hint = cookieOf(request.headers.cookie, signOutCookieName)
      refuseCrossSite(request, token !== null)
      if (token !== null) await authenticator.endSession(token)
      reply.header('set-cookie', [endedSessionCookie(secureCookies), signOutCookie(null, secureCookies)])
      // Whoever signed in otherwise has no session at the provider.
      const location =
        browserSignIn === null || hint === null
          ? null
          : await locationIfReachable(browserSignIn, hint, request)
      if (!isForm(request)) return { location }
      return asPage(reply).send(signedOutPage(location, signInPath))
    },
  )
}

function isForm(request: FastifyRequest): boolean {
  return mediaTypeOf(request) === formMediaType
}

/** The session here has ended in any case. */
async function locationIfReachable(
  browserSignIn: BrowserSignIn,
  hint: string,
  { log }: FastifyRequest,
): Promise<string | null> {
  try {
    return await browserSignIn.signOutLocation(hint)
  } catch (error) {
    log.warn({ cause: causeOf(error) }, 'the sign-in provider could not be asked where signing out ends')
    return null
  }
}

const texts: Readonly<Record<string, string>> = {
  NotPermitted:
    'Your browser did not say that it was this site that asked to sign out. Open the page anew, and try again.',
  ServiceUnavailable: 'Signing out does not work at the moment. Try again in a few minutes.',
}

function answerFormWithPage(thrown: Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (!isForm(request)) throw thrown
  const { code } = toCardinalError(thrown)
  const status = statusOfError[code]
  if (status >= 500) request.log.error({ code, cause: causeOf(thrown) }, 'signing out by browser failed')
  const text = texts[code] ?? 'Something went wrong; it is in the log of the server.'
  return asPage(reply)
    .code(status)
    .header('x-correlation-id', request.id)
    .send(notSignedOutPage(text, request.id, signedInPath))
}
