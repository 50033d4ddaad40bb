import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { addApiRoutes, addServerRoutes, type RouteOptions } from './routes.ts'

/** Adds every route to `app` a second time, for the description that comes out of their schemas. */
export async function describedApplication(
  app: FastifyInstance,
  options: RouteOptions & { readonly version: string },
): Promise<FastifyInstance> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Cardinal',
        version: options.version,
        description:
          'The REST API of Microsoft Identity Manager Certificate Management, and additions of our own.',
      },
      components: {
        securitySchemes: {
          basic: { type: 'http', scheme: 'basic' },
          session: { type: 'apiKey', in: 'cookie', name: 'cardinal_session' },
        },
      },
      security: [{ basic: [] }, { session: [] }],
    },
  })
  await app.register(swaggerUi, { routePrefix: '/docs' })
  addServerRoutes(app, options)
  addApiRoutes(app, options)
  await app.ready()
  return app
}
