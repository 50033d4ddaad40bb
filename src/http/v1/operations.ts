import { Type } from 'typebox'
import type { Environment } from '../../workflows/environment.ts'
import { listProfileOperations, listSmartcardOperations } from '../../workflows/queries/list-operations.ts'
import { type Api, callerOf } from '../api.ts'
import { found, shownWord } from '../schemas.ts'
import { parseIdentifier } from './identifier.ts'
import { operationNames } from './numbers.ts'

const routes = [
  { path: '/profiles/:id/operations', list: listProfileOperations, of: 'profile' },
  { path: '/smartcards/:id/operations', list: listSmartcardOperations, of: 'card' },
] as const

export function addOperationRoutes(api: Api, environment: Environment): void {
  for (const { path, list, of } of routes) {
    api.get(
      path,
      {
        config: { access: 'read' },
        schema: {
          tags: ['Operations'],
          summary: `What the caller may ask for on a ${of}`,
          params: Type.Object({ id: Type.String() }),
          response: found(Type.Array(shownWord(Object.values(operationNames)))),
        },
      },
      async (request, reply) => {
        const operations = await list(
          environment,
          callerOf(request),
          parseIdentifier(request.params.id, 'id'),
        )
        if (operations.length === 0) return reply.code(204).send()
        return reply.send(operations.map(operation => operationNames[operation]))
      },
    )
  }
}
