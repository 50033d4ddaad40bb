import type { FastifyInstance } from 'fastify'
import { CardinalError } from '../domain/error.ts'

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/**
 * Answers MethodNotAllowed, with an Allow header (RFC 9110 §15.5.6), to every method that the path does not have, of those
 * paths that are added after this call; and RouteNotFound on every other path.
 */
export function refuseOtherMethods(app: FastifyInstance): void {
  const allowed = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const known = allowed.get(url) ?? new Set<string>()
    for (const one of [method].flat()) known.add(one)
    allowed.set(url, known)
  })
  let patterns: readonly (readonly [RegExp, ReadonlySet<string>])[] | null = null
  // Ahead of everything that is done for a route: neither credentials nor a body are looked at.
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return
    // What takes every method refuses them all by itself.
    patterns ??= [...allowed]
      .filter(([, known]) => !methods.every(method => known.has(method)))
      .map(([url, known]) => [patternOf(url), known] as const)
    const path = pathOf(request.url)
    const found = patterns.filter(([pattern]) => pattern.test(path)).flatMap(([, known]) => [...known])
    if (found.length === 0 || found.includes(request.method)) {
      throw new CardinalError('RouteNotFound', 'There is no such route.')
    }
    const allow = methods.filter(method => found.includes(method)).join(', ')
    reply.header('allow', allow)
    throw new CardinalError('MethodNotAllowed', `The route takes ${allow}.`)
  })
}

/** What the router matches, with parameters and wildcards, in any case, with and without a slash at the end. */
function patternOf(url: string): RegExp {
  const literal = url.replace(/\/$/, '').replace(/[.+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${literal.replace(/:\w+/g, '[^/]+').replace('*', '.*')}/?$`, 'i')
}

/** Of an address in the absolute form too (RFC 9112 §3.2.2). */
function pathOf(url: string): string {
  return (url.split('?')[0] ?? '').replace(/^\w+:\/\/[^/]*/, '')
}
