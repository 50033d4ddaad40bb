import { Type } from 'typebox'
import type { Environment } from '../../workflows/environment.ts'
import { listProfiles } from '../../workflows/queries/list-profiles.ts'
import { listRequestProfiles } from '../../workflows/queries/list-request-profiles.ts'
import { readProfile } from '../../workflows/queries/read-profile.ts'
import { type Api, callerOf } from '../api.ts'
import { found, pageOf, wordIn } from '../schemas.ts'
import { parseName } from './enumeration.ts'
import { parseIdentifier } from './identifier.ts'
import { profileStatusNames } from './numbers.ts'
import { pageParameters, parseAfter, sendPage } from './page.ts'
import { profileSchema, profileView } from './profile-view.ts'

export function addProfileRoutes(api: Api, environment: Environment): void {
  const tags = ['Profiles']

  api.get(
    '/profiles',
    {
      config: { access: 'read' },
      schema: {
        tags,
        summary: "The caller's profiles with the operations that the caller may ask for",
        querystring: Type.Object({
          status: Type.Optional(wordIn(Object.keys(profileStatusNames))),
          ...pageParameters,
        }),
        response: found(pageOf(profileSchema)),
      },
    },
    async (request, reply) => {
      const { status, after } = request.query
      const page = await listProfiles(
        environment,
        callerOf(request),
        status === undefined ? null : parseName(profileStatusNames, status, 'status'),
        parseAfter(after),
      )
      return sendPage(request, reply, page, profileView)
    },
  )

  api.get(
    '/profiles/:id',
    {
      config: { access: 'read' },
      schema: {
        tags,
        summary: 'One profile',
        params: Type.Object({ id: Type.String() }),
        response: found(profileSchema),
      },
    },
    async (request, reply) => {
      const uuid = parseIdentifier(request.params.id, 'id')
      const profile = await readProfile(environment, callerOf(request), uuid)
      if (profile === null) return reply.code(204).send()
      return reply.send(profileView(profile))
    },
  )

  api.get(
    '/requests/:requestid/profiles',
    {
      config: { access: 'read' },
      schema: {
        tags,
        summary: 'The profiles of a request',
        params: Type.Object({ requestid: Type.String() }),
        response: found(Type.Array(profileSchema)),
      },
    },
    async (request, reply) => {
      const requestUuid = parseIdentifier(request.params.requestid, 'requestid')
      const profiles = await listRequestProfiles(environment, callerOf(request), requestUuid)
      if (profiles.length === 0) return reply.code(204).send()
      return reply.send(profiles.map(profileView))
    },
  )

  api.get(
    '/requests/:requestid/profiles/:id',
    {
      config: { access: 'read' },
      schema: {
        tags,
        summary: 'One profile of a request',
        params: Type.Object({ requestid: Type.String(), id: Type.String() }),
        response: found(profileSchema),
      },
    },
    async (request, reply) => {
      const requestUuid = parseIdentifier(request.params.requestid, 'requestid')
      const uuid = parseIdentifier(request.params.id, 'id')
      const profiles = await listRequestProfiles(environment, callerOf(request), requestUuid)
      const listed = profiles.find(({ profile }) => profile.uuid === uuid)
      if (listed === undefined) return reply.code(204).send()
      return reply.send(profileView(listed))
    },
  )
}
