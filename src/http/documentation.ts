import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { Api } from './api.ts'

/** The page runs its own scripts and styles, and talks to this server alone. */
const pageContentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * `/openapi.json` and the page `/docs`. What makes them costs more time to load than all the rest of the server, so it
 * is loaded with the first call, into an application of its own that `describe` builds and that never listens.
 */
export function addDocumentationRoutes(api: Api, describe: () => Promise<FastifyInstance>): void {
  let described: Promise<FastifyInstance> | null = null
  const load = () => {
    described ??= describe()
    return described
  }

  api.get('/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, async () =>
    (await load()).swagger(),
  )

  for (const path of ['/docs', '/docs/*']) {
    api.get(
      path,
      {
        config: { access: 'public' },
        schema: { hide: true, params: Type.Object({ '*': Type.Optional(Type.String()) }) },
      },
      async (request, reply) => {
        const page = await (await load()).inject({ method: 'GET', url: request.url })
        for (const name of ['content-type', 'location'] as const) {
          const value = page.headers[name]
          if (value !== undefined) reply.header(name, value)
        }
        reply.header('content-security-policy', pageContentSecurityPolicy)
        return reply.code(page.statusCode).send(page.rawPayload)
      },
    )
  }
}
