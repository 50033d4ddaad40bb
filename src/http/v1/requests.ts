import { type Static, Type } from 'typebox'
import type { Environment } from '../../workflows/environment.ts'
import { listRequests } from '../../workflows/queries/list-requests.ts'
import { readRequest } from '../../workflows/queries/read-request.ts'
import { abandonRequest } from '../../workflows/requests/abandon-request.ts'
import { cancelRequest } from '../../workflows/requests/cancel-request.ts'
import { completeRequest } from '../../workflows/requests/complete-request.ts'
import { createRequest, type NewRequest } from '../../workflows/requests/create-request.ts'
import { type Api, callerOf, jsonString } from '../api.ts'
import { createdPath } from '../created-path.ts'
import { found, optionalString, pageOf, wordIn } from '../schemas.ts'
import { parseDataCollection } from './data-collection.ts'
import { parseName } from './enumeration.ts'
import { parseIdentifier, parseOptionalIdentifier } from './identifier.ts'
import { requestEndingNames, requestStatusNames, requestTypeNames } from './numbers.ts'
import { pageParameters, parseAfter, sendPage } from './page.ts'
import { parsePriority } from './priority.ts'
import { requestSchema, requestView } from './request-view.ts'
import { checkTargetUser } from './target-user.ts'
import { parseText } from './text.ts'

const newRequestSchema = Type.Object({
  type: wordIn(Object.keys(requestTypeNames)),
  profiletemplateuuid: optionalString,
  smartcard: optionalString,
  profile: optionalString,
  target: optionalString,
  datacollection: Type.Optional(Type.Unknown()),
  comment: optionalString,
  priority: Type.Optional(Type.Unsafe<number | string | null>({ type: ['number', 'string', 'null'] })),
})

const endings = { completed: completeRequest, canceled: cancelRequest, abandoned: abandonRequest } as const

export function addRequestRoutes(api: Api, environment: Environment): void {
  const tags = ['Requests']

  api.post(
    '/requests',
    {
      config: { access: 'request' },
      schema: {
        tags,
        summary: 'Make a request',
        body: newRequestSchema,
        response: { 201: Type.String({ description: 'api/v1.0/requests/<guid>' }) },
      },
    },
    async (request, reply) => {
      const created = await createRequest(environment, callerOf(request), newRequest(request.body))
      reply.header('location', createdPath(request, created.uuid))
      return reply.code(201).send(jsonString(reply, `api/v1.0/requests/${created.uuid}`))
    },
  )

  api.get(
    '/requests',
    {
      config: { access: 'read' },
      schema: {
        tags,
        summary: 'Requests that the caller made or that are for the caller',
        querystring: Type.Object({
          targetuser: Type.Optional(wordIn(['current'], null)),
          status: Type.Optional(wordIn(Object.keys(requestStatusNames))),
          ...pageParameters,
        }),
        response: found(pageOf(requestSchema)),
      },
    },
    async (request, reply) => {
      const { targetuser, status, after } = request.query
      const filter = {
        targetIsCaller: checkTargetUser(targetuser),
        status: status === undefined ? null : parseName(requestStatusNames, status, 'status'),
      }
      const page = await listRequests(environment, callerOf(request), filter, parseAfter(after))
      return sendPage(request, reply, page, requestView)
    },
  )

  api.get(
    '/requests/:id',
    {
      config: { access: 'read' },
      schema: {
        tags,
        summary: 'One request',
        params: Type.Object({ id: Type.String() }),
        response: found(requestSchema),
      },
    },
    async (request, reply) => {
      const uuid = parseIdentifier(request.params.id, 'id')
      const read = await readRequest(environment, callerOf(request), uuid)
      if (read === null) return reply.code(204).send()
      return reply.send(requestView(read))
    },
  )

  api.put(
    '/requests/:id',
    {
      config: { access: 'request' },
      schema: {
        tags,
        summary: 'Complete, cancel or abandon a request',
        params: Type.Object({ id: Type.String() }),
        body: Type.Object({ status: wordIn(Object.keys(requestEndingNames)) }),
        response: { 200: requestSchema },
      },
    },
    async request => {
      const uuid = parseIdentifier(request.params.id, 'id')
      const end = endings[parseName(requestEndingNames, request.body.status, 'status')]
      return requestView(await end(environment, callerOf(request), uuid))
    },
  )
}

function newRequest(body: Static<typeof newRequestSchema>): NewRequest {
  return {
    type: parseName(requestTypeNames, body.type, 'type'),
    profileTemplateUuid: parseOptionalIdentifier(body.profiletemplateuuid, 'profiletemplateuuid'),
    smartcardUuid: parseOptionalIdentifier(body.smartcard, 'smartcard'),
    profileUuid: parseOptionalIdentifier(body.profile, 'profile'),
    targetUuid: parseOptionalIdentifier(body.target, 'target'),
    dataCollection: parseDataCollection(body.datacollection),
    comment: parseText(body.comment, 'comment'),
    priority: parsePriority(body.priority),
  }
}
