import type { IncomingHttpHeaders } from 'node:http'

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** The identifier that leads from an answer to the server log: the caller's own where it sent a GUID, else a new one. */
export function correlationIdOf(headers: IncomingHttpHeaders, newUuid: () => string): string {
  const sent = headers['x-correlation-id']
  return typeof sent === 'string' && guid.test(sent) ? sent.toLowerCase() : newUuid()
}
