import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import { CardinalError } from '../domain/error.ts'
import type { Scope } from '../domain/scope.ts'
import type { ScopedCaller } from '../workflows/people/account-access.ts'
import type { SignedIn } from '../workflows/ports/authenticator.ts'
import type { Caller } from '../workflows/ports/caller.ts'

/**
 * Who may call a route: everybody, whoever is signed in with this scope, or a person, signed in otherwise than by an API
 * token. What the caller may do there is decided in the use case.
 */
export type Access = 'public' | 'personal' | Scope

declare module 'fastify' {
  interface FastifyContextConfig {
    access: Access
  }
  interface FastifyRequest {
    signedIn: SignedIn | null
  }
}

/** The server, as the files that add routes see it. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** How the caller of a route that is not public is signed in. */
export function signedInOf({ signedIn }: Pick<FastifyRequest, 'signedIn'>): SignedIn {
  if (signedIn === null) throw new CardinalError('NotSignedIn', 'Sign in first.')
  return signedIn
}

/** The caller of a route that is not public. */
export function callerOf(request: Pick<FastifyRequest, 'signedIn' | 'id'>): Caller {
  const { user, principal } = signedInOf(request)
  return { user, principal, correlationId: request.id }
}

/** The caller, and what the call may reach. */
export function scopedCallerOf(request: Pick<FastifyRequest, 'signedIn' | 'id'>): ScopedCaller {
  return { ...callerOf(request), scopes: signedInOf(request).scopes }
}

/** Fastify sends a bare string as it is; this makes the JSON text of it. */
export function jsonString(reply: { type(mediaType: string): unknown }, text: string): string {
  reply.type('application/json; charset=utf-8')
  return JSON.stringify(text)
}
