import { Type } from 'typebox'
import type { Environment } from '../../workflows/environment.ts'
import {
  listProfileCertificates,
  listSmartcardCertificates,
  listUserCertificates,
} from '../../workflows/queries/list-certificates.ts'
import { type Api, callerOf } from '../api.ts'
import { found, pageOf } from '../schemas.ts'
import {
  heldCertificateSchema,
  heldCertificateView,
  userCertificateSchema,
  userCertificateView,
} from './certificate-view.ts'
import { parseIdentifier } from './identifier.ts'
import { pageParameters, parseAfter, sendPage } from './page.ts'

const heldRoutes = [
  { path: '/profiles/:id/certificates', list: listProfileCertificates, of: 'profile' },
  { path: '/smartcards/:id/certificates', list: listSmartcardCertificates, of: 'card' },
] as const

export function addCertificateRoutes(api: Api, environment: Environment): void {
  const tags = ['Certificates']

  for (const { path, list, of } of heldRoutes) {
    api.get(
      path,
      {
        config: { access: 'read' },
        schema: {
          tags,
          summary: `The certificates of a ${of}`,
          params: Type.Object({ id: Type.String() }),
          response: found(Type.Array(heldCertificateSchema)),
        },
      },
      async (request, reply) => {
        const certificates = await list(
          environment,
          callerOf(request),
          parseIdentifier(request.params.id, 'id'),
        )
        if (certificates.length === 0) return reply.code(204).send()
        return reply.send(certificates.map(heldCertificateView))
      },
    )
  }

  api.get(
    '/certificates',
    {
      config: { access: 'read' },
      schema: {
        tags,
        summary: "The caller's certificates, without those of retired profiles",
        querystring: Type.Object(pageParameters),
        response: found(pageOf(userCertificateSchema)),
      },
    },
    async (request, reply) => {
      const after = parseAfter(request.query.after)
      const page = await listUserCertificates(environment, callerOf(request), after)
      const now = environment.clock.now()
      return sendPage(request, reply, page, record => userCertificateView(record, now))
    },
  )
}
