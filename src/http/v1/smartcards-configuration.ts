import { Type } from 'typebox'
import type { Environment } from '../../workflows/environment.ts'
import { readSmartcardConfiguration } from '../../workflows/queries/read-smartcard-configuration.ts'
import { type Api, callerOf } from '../api.ts'
import { found } from '../schemas.ts'
import { parseIdentifier } from './identifier.ts'
import { smartcardConfigurationSchema, smartcardConfigurationView } from './smartcard-configuration-view.ts'

export function addSmartcardsConfigurationRoutes(api: Api, environment: Environment): void {
  api.get(
    '/profiletemplates/:id/configuration/smartcards',
    {
      config: { access: 'read' },
      schema: {
        tags: ['SmartcardsConfiguration'],
        summary: 'How the smart cards of a profile template are prepared',
        params: Type.Object({ id: Type.String() }),
        response: found(smartcardConfigurationSchema),
      },
    },
    async (request, reply) => {
      const uuid = parseIdentifier(request.params.id, 'id')
      const configuration = await readSmartcardConfiguration(environment, callerOf(request), uuid)
      if (configuration === null) return reply.code(204).send()
      return reply.send(smartcardConfigurationView(configuration))
    },
  )
}
