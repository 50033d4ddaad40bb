import { Type } from 'typebox'
import type { Environment } from '../../workflows/environment.ts'
import { readPolicy } from '../../workflows/queries/read-policy.ts'
import { type Api, callerOf } from '../api.ts'
import { found, wordIn } from '../schemas.ts'
import { parseName } from './enumeration.ts'
import { parseIdentifier } from './identifier.ts'
import { requestTypeNames } from './numbers.ts'
import { policySchema, policyView } from './policy-view.ts'

/** Both spellings are published: the controller table has the first, the reference page the second. */
const paths = ['/profiletemplates/:id/policies/:type', '/profiletemplates/:id/policy/workflow/:type']

export function addPolicyRoutes(api: Api, environment: Environment): void {
  for (const path of paths) {
    api.get(
      path,
      {
        config: { access: 'read' },
        schema: {
          tags: ['Policies'],
          summary: 'The policy of a profile template for one workflow',
          params: Type.Object({
            id: Type.String(),
            type: wordIn(Object.keys(requestTypeNames)),
          }),
          response: found(policySchema),
        },
      },
      async (request, reply) => {
        const uuid = parseIdentifier(request.params.id, 'id')
        const type = parseName(requestTypeNames, request.params.type, 'type')
        const policy = await readPolicy(environment, callerOf(request), uuid, type)
        if (policy === null) return reply.code(204).send()
        return reply.send(policyView(type, policy))
      },
    )
  }
}
