import { Type } from 'typebox'
import type { Environment } from '../../workflows/environment.ts'
import { listProfileTemplates } from '../../workflows/queries/list-profile-templates.ts'
import { readProfileTemplate } from '../../workflows/queries/read-profile-template.ts'
import { type Api, callerOf } from '../api.ts'
import { found, wordIn } from '../schemas.ts'
import { parseName } from './enumeration.ts'
import { parseIdentifier } from './identifier.ts'
import { profileTemplateRightNames, requestTypeNames } from './numbers.ts'
import { profileTemplateSchema, profileTemplateView } from './profile-template-view.ts'
import { checkTargetUser } from './target-user.ts'

export function addProfileTemplateRoutes(api: Api, environment: Environment): void {
  api.get(
    '/profiletemplates',
    {
      config: { access: 'read' },
      schema: {
        tags: ['ProfileTemplates'],
        summary: 'Profile templates that the caller may enroll for, or start another workflow with',
        querystring: Type.Object({
          targetuser: Type.Optional(wordIn(['current'], null)),
          workflow: Type.Optional(wordIn(Object.keys(requestTypeNames), 'Enroll where absent')),
          permission: Type.Optional(wordIn(Object.keys(profileTemplateRightNames), 'Read, Enroll or Manage')),
        }),
        response: found(Type.Array(profileTemplateSchema)),
      },
    },
    async (request, reply) => {
      const { targetuser, workflow, permission } = request.query
      checkTargetUser(targetuser)
      const templates = await listProfileTemplates(environment, callerOf(request), {
        workflow: workflow === undefined ? 'enroll' : parseName(requestTypeNames, workflow, 'workflow'),
        permission:
          permission === undefined ? null : parseName(profileTemplateRightNames, permission, 'permission'),
      })
      if (templates.length === 0) return reply.code(204).send()
      return reply.send(templates.map(profileTemplateView))
    },
  )

  api.get(
    '/profiletemplates/:id',
    {
      config: { access: 'read' },
      schema: {
        tags: ['ProfileTemplates'],
        summary: 'One profile template',
        params: Type.Object({ id: Type.String() }),
        response: found(profileTemplateSchema),
      },
    },
    async (request, reply) => {
      const uuid = parseIdentifier(request.params.id, 'id')
      const template = await readProfileTemplate(environment, callerOf(request), uuid)
      if (template === null) return reply.code(204).send()
      return reply.send(profileTemplateView(template))
    },
  )
}
