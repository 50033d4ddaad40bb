import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { completeDescription } from './complete-description.ts'
import { addApiRoutes, addServerRoutes, type RouteOptions } from './routes.ts'
import { sessionCookieName } from './sign-in/session-cookie.ts'

/** The page describes this server alone: no box for the address of another one, no logo of the framework. */
const withoutForeignBar = '.swagger-ui .topbar { display: none }'

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
          bearer: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: sessionCookieName(options.secureCookies) },
        },
      },
      security: [{ basic: [] }, { bearer: [] }, { session: [] }],
    },
    // Each operation says itself where it needs no sign-in.
    transform: ({ schema, url, route }) => ({
      schema: route.config?.access === 'public' ? { ...schema, security: [] } : schema,
      url,
    }),
    transformObject: document =>
      'openapiObject' in document
        ? Object.assign(document.openapiObject, completeDescription(document.openapiObject))
        : document.swaggerObject,
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    theme: { title: 'Cardinal: the API', css: [{ filename: 'cardinal.css', content: withoutForeignBar }] },
  })
  addServerRoutes(app, options)
  addApiRoutes(app, options)
  await app.ready()
  return app
}
