import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { CardinalError } from '../domain/error.ts'

/** A name, an IPv4 address or an IPv6 address in brackets, and a port; all of it may be empty (RFC 3986 §3.2). */
const hostAndPort = /^(?:\[[0-9a-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(?::\d*)?$/i

/** Refuses a call of HTTP/1.1 that does not say once and well to which host it goes (RFC 9112 §3.2). */
export function requireHostHeader(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw }) => {
    if (raw.httpVersion !== '1.1') return
    const hosts = hostsOf(raw)
    if (hosts.length !== 1 || !hostAndPort.test(hosts[0] ?? '')) {
      throw new CardinalError('MalformedBody', 'The call does not have one Host header that names a host.')
    }
  })
}

/** As they were sent: of several, node passes on the first alone. */
function hostsOf({ rawHeaders }: IncomingMessage): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'host')
}
