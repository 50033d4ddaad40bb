import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { qualifiedAccountName } from '../domain/directory-user.ts'

/** The levels of .NET's TraceLevel, by which MIM CM's setting Microsoft.Clm.Web.API is counted. */
export type TraceVerbosity = 0 | 1 | 2 | 3 | 4

/**
 * Writes one line for each call: 0 none, 1 failures of the server, 2 refused calls too, 3 every call, 4 with sizes and
 * the names of headers. A line has the route's pattern and never the path or the query: they hold identifiers and
 * challenges. Nothing of a body and no header's value is ever written.
 */
export function logRequests(app: FastifyInstance, verbosity: TraceVerbosity): void {
  if (verbosity === 0) return
  app.addHook('onResponse', async (request, reply) => {
    if (reply.statusCode < lowestStatus[verbosity]) return
    request.log.info(logLine(request, reply, verbosity), 'request')
  })
}

const lowestStatus = { 1: 500, 2: 400, 3: 0, 4: 0 } as const

function logLine(request: FastifyRequest, reply: FastifyReply, verbosity: TraceVerbosity): object {
  const line = {
    method: request.method,
    route: request.routeOptions.url ?? null,
    user: request.signedIn === null ? null : qualifiedAccountName(request.signedIn.user),
    status: reply.statusCode,
    milliseconds: Math.round(reply.elapsedTime * 100) / 100,
  }
  if (verbosity < 4) return line
  return {
    ...line,
    address: request.ip,
    requestBytes: numberOf(request.headers['content-length']),
    responseBytes: numberOf(reply.getHeader('content-length')),
    requestHeaders: Object.keys(request.headers),
    responseHeaders: Object.keys(reply.getHeaders()),
  }
}

function numberOf(header: number | string | string[] | undefined): number | null {
  return header === undefined ? null : Number(header)
}
