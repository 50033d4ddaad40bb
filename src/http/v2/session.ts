import { type Static, Type } from 'typebox'
import { qualifiedAccountName } from '../../domain/directory-user.ts'
import { CardinalError } from '../../domain/error.ts'
import { roles } from '../../domain/role.ts'
import type { Authenticator, SignedIn } from '../../workflows/ports/authenticator.ts'
import { type Api, signedInOf } from '../api.ts'
import { clientAddressOf } from '../client-address.ts'
import { noBody, shownWord } from '../schemas.ts'
import { refuseCrossSite } from '../sign-in/cross-site.ts'
import { refuseLastingCredentials } from '../sign-in/lasting-credentials.ts'
import { endedSessionCookie, sessionCookie, sessionTokenOf } from '../sign-in/session-cookie.ts'

const sessionSchema = Type.Object(
  {
    user: Type.Object({ uuid: Type.String(), account: Type.String(), displayName: Type.String() }),
    roles: Type.Array(shownWord(roles)),
  },
  { title: 'CallerView' },
)

/** Sign in once by the Authorization header, then call by cookie. */
export function addSessionRoutes(api: Api, authenticator: Authenticator, isSecure: boolean): void {
  const tags = ['Session']

  api.post(
    '/session',
    {
      config: { access: 'personal' },
      schema: { tags, summary: 'Begin a session: sets its cookie', response: { 200: sessionSchema } },
    },
    async (request, reply) => {
      if (request.headers.authorization === undefined) {
        throw new CardinalError('NotSignedIn', 'A session begins with an Authorization header.')
      }
      const signedIn = signedInOf(request)
      refuseLastingCredentials(signedIn)
      // Some schemes begin one by themselves; its cookie is on its way already.
      if (signedIn.sessionUuid === null) {
        const token = await authenticator.beginSession(signedIn, clientAddressOf(request))
        reply.header('set-cookie', sessionCookie(token, isSecure))
      }
      return sessionView(signedIn)
    },
  )

  api.get(
    '/session',
    {
      config: { access: 'read' },
      schema: { tags, summary: 'Who the caller is', response: { 200: sessionSchema } },
    },
    async request => sessionView(signedInOf(request)),
  )

  api.delete(
    '/session',
    {
      config: { access: 'public' },
      schema: {
        tags,
        summary: 'End the session: nothing happens where there is none',
        response: { 204: noBody('Signed out.') },
      },
    },
    async (request, reply) => {
      const token = sessionTokenOf(request.headers.cookie, isSecure)
      refuseCrossSite(request, token !== null)
      if (token !== null) await authenticator.endSession(token)
      reply.header('set-cookie', endedSessionCookie(isSecure))
      return reply.code(204).send()
    },
  )
}

function sessionView({ user, principal }: SignedIn): Static<typeof sessionSchema> {
  return {
    user: { uuid: user.uuid, account: qualifiedAccountName(user), displayName: user.displayName },
    roles: [...principal.roles],
  }
}
