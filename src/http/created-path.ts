import type { FastifyRequest } from 'fastify'

/** The path of what a POST created, under the path by which the caller reached the collection. */
export function createdPath(request: Pick<FastifyRequest, 'originalUrl'>, uuid: string): string {
  const path = request.originalUrl.split('?')[0] ?? ''
  return `${path.endsWith('/') ? path.slice(0, -1) : path}/${uuid}`
}
