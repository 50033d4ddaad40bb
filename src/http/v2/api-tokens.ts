import { type Static, Type } from 'typebox'
import type { ApiToken } from '../../domain/api-token.ts'
import { CardinalError } from '../../domain/error.ts'
import { scopes as allScopes, type Scope } from '../../domain/scope.ts'
import type { Environment } from '../../workflows/environment.ts'
import { createApiToken } from '../../workflows/sign-in/create-api-token.ts'
import { listApiTokens } from '../../workflows/sign-in/list-api-tokens.ts'
import { revokeApiToken } from '../../workflows/sign-in/revoke-api-token.ts'
import { type Api, scopedCallerOf, signedInOf } from '../api.ts'
import { createdPath } from '../created-path.ts'
import { noBody, nullableString, shownWord, wordIn } from '../schemas.ts'
import { refuseLastingCredentials } from '../sign-in/lasting-credentials.ts'
import { parseIdentifier } from '../v1/identifier.ts'
import { parseText } from '../v1/text.ts'
import { ofUser, userOf } from './of-user.ts'

const properties = {
  uuid: Type.String(),
  userUuid: Type.String(),
  name: Type.String(),
  scopes: Type.Array(shownWord(allScopes)),
  created: Type.String(),
  expires: Type.String(),
  lastUsed: nullableString,
}
const apiTokenSchema = Type.Object(properties, { title: 'ApiTokenView' })
const newApiTokenSchema = Type.Object(
  {
    ...properties,
    token: Type.String({ description: 'What a program sends as `Authorization: Bearer …`; shown this once' }),
  },
  { title: 'NewApiTokenView' },
)

/** Credentials of programs that act for a user. Only the answer to a creation holds one. */
export function addApiTokenRoutes(api: Api, environment: Environment): void {
  const tags = ['API tokens']

  api.post(
    '/api-tokens',
    {
      config: { access: 'personal' },
      schema: {
        tags,
        summary: 'Create an API token of the caller',
        body: Type.Object({
          name: Type.String({ description: 'What it is for' }),
          scopes: Type.Array(wordIn(allScopes, null), { description: allScopes.join(', ') }),
          expires: Type.String({ description: 'A date with time (RFC 3339), at most 366 days from now' }),
        }),
        response: { 201: newApiTokenSchema },
      },
    },
    async (request, reply) => {
      refuseLastingCredentials(signedInOf(request))
      const { name, scopes, expires } = request.body
      const { apiToken, token } = await createApiToken(environment, scopedCallerOf(request), {
        name: parseText(name, 'name').trim(),
        scopes: new Set(scopes.map(parseScope)),
        expiresAt: parseTime(expires),
      })
      reply.header('location', createdPath(request, apiToken.uuid))
      return reply.code(201).send({ ...apiTokenView(apiToken), token })
    },
  )

  api.get(
    '/api-tokens',
    {
      config: { access: 'personal' },
      schema: {
        tags,
        summary: 'The API tokens of the caller; for administrators, of any user',
        querystring: ofUser,
        response: { 200: Type.Array(apiTokenSchema) },
      },
    },
    async request => {
      const tokens = await listApiTokens(environment, scopedCallerOf(request), userOf(request))
      return tokens.map(apiTokenView)
    },
  )

  api.delete(
    '/api-tokens/:uuid',
    {
      config: { access: 'personal' },
      schema: {
        tags,
        summary: 'Revoke an API token of the caller; for administrators, of any user',
        params: Type.Object({ uuid: Type.String() }),
        response: { 204: noBody('The token is worthless.') },
      },
    },
    async (request, reply) => {
      const uuid = parseIdentifier(request.params.uuid, 'uuid')
      await revokeApiToken(environment, scopedCallerOf(request), uuid)
      return reply.code(204).send()
    },
  )
}

function parseScope(text: string): Scope {
  const word = text.trim().toLowerCase()
  const scope = allScopes.find(known => known === word)
  if (scope !== undefined) return scope
  throw new CardinalError('InvalidParameter', `scopes: each must be one of ${allScopes.join(', ')}.`)
}

/** RFC 3339 §5.6: with seconds and an offset. */
function parseTime(text: string): Date {
  const form = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/
  const time = new Date(form.test(text) ? text : Number.NaN)
  if (!Number.isNaN(time.getTime())) return time
  throw new CardinalError(
    'InvalidParameter',
    'expires: must be a date with time, such as 2027-01-31T12:00:00Z.',
  )
}

function apiTokenView(apiToken: ApiToken): Static<typeof apiTokenSchema> {
  return {
    uuid: apiToken.uuid,
    userUuid: apiToken.userUuid,
    name: apiToken.name,
    scopes: [...apiToken.scopes],
    created: apiToken.createdAt.toISOString(),
    expires: apiToken.expiresAt.toISOString(),
    lastUsed: apiToken.lastUsedAt?.toISOString() ?? null,
  }
}
