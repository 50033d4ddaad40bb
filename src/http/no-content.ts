import type { FastifyInstance } from 'fastify'

/**
 * Keeps the routes for HEAD, which the framework adds and which count the bytes of a body, from counting none: an answer
 * without content has no Content-Length, whatever the method (RFC 9110 §8.6).
 */
export function leaveOutLengthOfNothing(app: FastifyInstance): void {
  app.addHook('onRoute', route => {
    if (route.method !== 'HEAD') return
    const counting = route.onSend === undefined ? [] : [route.onSend].flat()
    route.onSend = [
      ...counting,
      async (_request, reply) => {
        if (reply.statusCode === 204 || reply.statusCode === 304) reply.removeHeader('content-length')
      },
    ]
  })
}
