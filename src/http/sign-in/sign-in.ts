import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { CardinalError } from '../../domain/error.ts'
import type { Environment } from '../../workflows/environment.ts'
import type { Authenticator } from '../../workflows/ports/authenticator.ts'
import type { BrowserSignIn } from '../../workflows/ports/browser-sign-in.ts'
import type { Api } from '../api.ts'
import { causeOf } from '../cause-of.ts'
import { clientAddressOf } from '../client-address.ts'
import { statusOfError, toCardinalError } from '../errors.ts'
import { noBody, otherContent } from '../schemas.ts'
import { asPage } from './send-page.ts'
import { cookieOf, sessionCookie } from './session-cookie.ts'
import {
  endedTransactionCookie,
  signOutCookie,
  transactionCookie,
  transactionCookieName,
} from './sign-in-cookies.ts'
import { continuePage, failurePage } from './sign-in-page.ts'
import { addSignOutRoute } from './sign-out.ts'
import { addSignedInRoutes } from './signed-in.ts'

const failure = otherContent('text/html', 'A page that says what went wrong.')

export interface SignInRouteOptions {
  readonly environment: Environment
  readonly authenticator: Authenticator
  /** null where no provider is configured for it: then there is no such route. */
  readonly browserSignIn: BrowserSignIn | null
  readonly secureCookies: boolean
}

/** Signing in by browser at the OpenID Connect provider, and out. */
export function addSignInRoutes(api: Api, options: SignInRouteOptions): void {
  const { authenticator, browserSignIn, secureCookies } = options
  const tags = ['Sign-in']

  function atProvider(): BrowserSignIn {
    if (browserSignIn !== null) return browserSignIn
    throw new CardinalError(
      'RouteNotFound',
      'Sign-in by browser at an OpenID Connect provider is not set up.',
    )
  }

  api.get(
    '/sign-in',
    {
      config: { access: 'public' },
      schema: {
        tags,
        summary: 'Sign in by browser: leads to the OpenID Connect provider',
        querystring: Type.Object({
          return: Type.Optional(Type.String({ description: 'The path on this server to go on with' })),
        }),
        response: { 303: noBody('To the provider.'), default: failure },
      },
      errorHandler: answerWithPage,
    },
    async (request, reply) => {
      const { location, transaction } = await atProvider().begin(request.query.return ?? '/')
      reply.header('set-cookie', transactionCookie(transaction, secureCookies))
      return reply.redirect(location, 303)
    },
  )

  api.get(
    '/sign-in/callback',
    {
      config: { access: 'public' },
      schema: {
        tags,
        summary: 'Where the provider leads back to: begins a session',
        response: {
          200: otherContent('text/html', 'A page that goes on to where the sign-in began.'),
          default: failure,
        },
      },
      errorHandler: answerWithPage,
    },
    async (request, reply) => {
      const transaction = cookieOf(request.headers.cookie, transactionCookieName(secureCookies))
      const address = clientAddressOf(request)
      const finished = await atProvider().finish(queryOf(request.url), transaction, address)
      const token = await authenticator.beginSession(finished, address)
      reply.header('set-cookie', [
        sessionCookie(token, secureCookies),
        signOutCookie(finished.signOutHint, secureCookies),
        endedTransactionCookie(secureCookies),
      ])
      return asPage(reply).send(continuePage(finished.returnTo))
    },
  )

  const signInPath = browserSignIn === null ? null : '/sign-in'
  addSignedInRoutes(api, { ...options, signInPath })
  addSignOutRoute(api, { ...options, signInPath })
}

function queryOf(url: string): string {
  const start = url.indexOf('?')
  return start < 0 ? '' : url.slice(start)
}

const texts: Readonly<Record<string, string>> = {
  NotSignedIn:
    'The sign-in did not succeed. It may have taken too long, or your account may not be known here.',
  SignInThrottled: 'Too many sign-ins from your network did not succeed. Try again in a minute.',
  ServiceUnavailable: 'The sign-in provider cannot be reached at the moment. Try again in a few minutes.',
}

const wronglySetUp =
  'Nobody can sign in this way at the moment, because of how this server is set up with the sign-in provider. Trying again does not help: the administrator has to mend it. Please tell them.'

/** Where the code alone does not say what a person may do about it. */
const textsOfReasons: Readonly<Record<string, string>> = {
  'client-refused': wronglySetUp,
  'client-secret-unreadable': wronglySetUp,
}

/**
 * A person looks at this, so that it is a page; nothing on it comes from the provider. Not 401: its WWW-Authenticate
 * would make the browser ask for a password (RFC 9110 §15.5.2).
 */
function answerWithPage(thrown: Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { code, retryAfter } = toCardinalError(thrown)
  // There is no such page here: answered as any route that is not there.
  if (code === 'RouteNotFound') throw thrown
  const status = code === 'NotSignedIn' ? 403 : statusOfError[code]
  const reason = reasonOf(thrown.cause)
  const facts = { code, reason, address: clientAddressOf(request), cause: causeOf(thrown) }
  if (status >= 500) request.log.error(facts, 'signing in by browser failed')
  else request.log.info(facts, 'signing in by browser was refused')
  if (retryAfter !== null) reply.header('retry-after', Math.ceil(retryAfter))
  reply.code(status).header('x-correlation-id', request.id)
  const text =
    textsOfReasons[reason ?? ''] ?? texts[code] ?? 'Something went wrong; it is in the log of the server.'
  return asPage(reply).send(failurePage(text, request.id, '/sign-in'))
}

function reasonOf(cause: unknown): string | null {
  return cause instanceof Error && 'reason' in cause && typeof cause.reason === 'string' ? cause.reason : null
}
