import type { FastifyInstance } from 'fastify'
import { CardinalError } from '../domain/error.ts'

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/**
 * Answers MethodNotAllowed, with an Allow header (RFC 9110 §15.5.6), on every path that was added after this call
 * for the methods that it does not have.
 */
export function refuseOtherMethods(app: FastifyInstance): { addRefusals(): void } {
  const allowed = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const known = allowed.get(url) ?? new Set<string>()
    for (const one of [method].flat()) known.add(one)
    allowed.set(url, known)
  })
  return {
    addRefusals() {
      for (const [url, known] of [...allowed]) {
        const others = methods.filter(method => !known.has(method))
        if (others.length === 0) continue
        const allow = methods.filter(method => known.has(method)).join(', ')
        app.route({
          url,
          method: others,
          config: { access: 'public' },
          schema: { hide: true },
          onRequest: async (_request, reply) => {
            reply.header('allow', allow)
            throw new CardinalError('MethodNotAllowed', `The route takes ${allow}.`)
          },
          handler: async () => undefined,
        })
      }
    },
  }
}
