import type { FastifyInstance } from 'fastify'

/** Answers hold keys and PINs: nothing may guess their type, frame them, keep them or tell others where they came from. */
export function addSecurityHeaders(app: FastifyInstance, isSecure: boolean): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'x-correlation-id': request.id,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    })
    if (isSecure) reply.header('strict-transport-security', 'max-age=31536000')
  })
}
