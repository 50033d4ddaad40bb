import { type Static, Type } from 'typebox'
import { signInSchemes } from '../../domain/sign-in-scheme.ts'
import type { Environment } from '../../workflows/environment.ts'
import { endSession } from '../../workflows/sign-in/end-session.ts'
import { endSessions } from '../../workflows/sign-in/end-sessions.ts'
import { type ListedSession, listSessions } from '../../workflows/sign-in/list-sessions.ts'
import { type Api, scopedCallerOf, signedInOf } from '../api.ts'
import { noBody, shownWord } from '../schemas.ts'
import { endedSessionCookie } from '../sign-in/session-cookie.ts'
import { parseIdentifier } from '../v1/identifier.ts'
import { ofUser, userOf } from './of-user.ts'

const sessionSchema = Type.Object(
  {
    uuid: Type.String(),
    userUuid: Type.String(),
    scheme: Type.Unsafe<string>({ ...shownWord(signInSchemes), description: 'How its user signed in' }),
    address: Type.String({ description: 'The network address that it was begun from' }),
    begun: Type.String(),
    lastSeen: Type.String({ description: 'Exact to a minute' }),
    expires: Type.String({ description: 'If it is not used meanwhile' }),
    isCurrent: Type.Boolean({ description: 'Whether this call is made by it' }),
  },
  { title: 'SessionView' },
)

/** The sessions of a user. None of their tokens is ever shown, nor what is stored of them. */
export function addSessionsRoutes(api: Api, environment: Environment, isSecure: boolean): void {
  const tags = ['Session']

  api.get(
    '/sessions',
    {
      config: { access: 'personal' },
      schema: {
        tags,
        summary: 'The sessions of the caller; for administrators, of any user',
        querystring: ofUser,
        response: { 200: Type.Array(sessionSchema) },
      },
    },
    async request => {
      const sessions = await listSessions(environment, scopedCallerOf(request), userOf(request))
      const { sessionUuid } = signedInOf(request)
      return sessions.map(session => sessionView(session, sessionUuid))
    },
  )

  api.delete(
    '/sessions/:uuid',
    {
      config: { access: 'personal' },
      schema: {
        tags,
        summary: 'End a session of the caller; for administrators, of any user',
        params: Type.Object({ uuid: Type.String() }),
        response: { 204: noBody('The session has ended.') },
      },
    },
    async (request, reply) => {
      const uuid = parseIdentifier(request.params.uuid, 'uuid')
      await endSession(environment, scopedCallerOf(request), uuid)
      if (uuid === signedInOf(request).sessionUuid) reply.header('set-cookie', endedSessionCookie(isSecure))
      return reply.code(204).send()
    },
  )

  api.delete(
    '/sessions',
    {
      config: { access: 'personal' },
      schema: {
        tags,
        summary:
          'End all sessions of the caller but the one that makes the call; with a user, all sessions of that user',
        querystring: ofUser,
        response: { 204: noBody('The sessions have ended.') },
      },
    },
    async (request, reply) => {
      const user = userOf(request)
      const exceptUuid = user === null ? signedInOf(request).sessionUuid : null
      await endSessions(environment, scopedCallerOf(request), { user, exceptUuid })
      return reply.code(204).send()
    },
  )
}

function sessionView(
  { session, expiresAt }: ListedSession,
  currentUuid: string | null,
): Static<typeof sessionSchema> {
  return {
    uuid: session.uuid,
    userUuid: session.userUuid,
    scheme: session.scheme,
    address: session.address,
    begun: session.begunAt.toISOString(),
    lastSeen: session.lastSeenAt.toISOString(),
    expires: expiresAt.toISOString(),
    isCurrent: session.uuid === currentUuid,
  }
}
