import type { IncomingHttpHeaders } from 'node:http'
import { readIdentifier } from './v1/identifier.ts'

/** The identifier that leads from an answer to the server log: the caller's own where it sent a GUID, else a new one. */
export function correlationIdOf(headers: IncomingHttpHeaders, newUuid: () => string): string {
  const sent = headers['x-correlation-id']
  return (typeof sent === 'string' ? readIdentifier(sent) : null) ?? newUuid()
}
