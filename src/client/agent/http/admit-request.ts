import type { IncomingMessage } from 'node:http'

/** Names by which a browser may have come to a loopback address; any other was rebound to it by somebody's DNS. */
const loopbackHosts = ['127.0.0.1', '[::1]', 'localhost']

export interface Admission {
  readonly port: number
  readonly allowedOrigins: ReadonlySet<string>
}

/**
 * Whether anything is said to this request at all: it names this computer, and comes from a page of an allowed origin by a
 * means that lets only that page read the answer (Fetch §3.2.1, §3.3). Programs that are no browser can write any
 * Origin; pairing is what keeps them out.
 *
 * @returns the origin, or who was refused: an Origin header's value, null where there is none
 */
export function admitRequest(
  request: IncomingMessage,
  { port, allowedOrigins }: Admission,
): { readonly origin: string } | { readonly refused: string | null } {
  const { host: hosts = [], origin: origins = [] } = request.headersDistinct
  const [[host, ...otherHosts], [origin, ...otherOrigins]] = [hosts, origins]
  const refused = { refused: origin ?? null }
  if (host === undefined || otherHosts.length > 0 || !isOurs(host, port)) return refused
  if (origin === undefined || otherOrigins.length > 0 || !allowedOrigins.has(origin)) return refused
  if (request.url?.startsWith('/') !== true) return refused
  // Where a browser says how it came here: not by a form, an image or a navigation (Fetch Metadata §2.2).
  const mode = request.headers['sec-fetch-mode']
  return mode === undefined || mode === 'cors' ? { origin } : refused
}

function isOurs(host: string, port: number): boolean {
  return loopbackHosts.some(
    name => host.toLowerCase() === `${name}:${port}` || (port === 80 && host === name),
  )
}
