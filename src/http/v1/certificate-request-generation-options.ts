import { Type } from 'typebox'
import type { Environment } from '../../workflows/environment.ts'
import { listGenerationOptions } from '../../workflows/queries/list-generation-options.ts'
import { type Api, callerOf } from '../api.ts'
import { found } from '../schemas.ts'
import { generationOptionsSchema, generationOptionsView } from './generation-options-view.ts'
import { parseIdentifier } from './identifier.ts'

export function addGenerationOptionsRoutes(api: Api, environment: Environment): void {
  api.get(
    '/requests/:requestid/certificaterequestgenerationoptions',
    {
      config: { access: 'read' },
      schema: {
        tags: ['CertificateRequestGenerationOptions'],
        summary: 'How the client makes its keys and certificate requests, one element each',
        params: Type.Object({ requestid: Type.String() }),
        response: found(Type.Array(generationOptionsSchema)),
      },
    },
    async (request, reply) => {
      const uuid = parseIdentifier(request.params.requestid, 'requestid')
      const options = await listGenerationOptions(environment, callerOf(request), uuid)
      if (options.length === 0) return reply.code(204).send()
      return reply.send(options.map(generationOptionsView))
    },
  )
}
