import type { IncomingMessage, ServerResponse } from 'node:http'

export interface Answer {
  readonly status: number
  /** Sent as JSON; nothing with status 204. */
  readonly body?: unknown
}

const everyAnswer = {
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  vary: 'Origin',
} as const

/** Sends an answer that pages of this origin may read. */
export function sendAnswer(response: ServerResponse, origin: string, { status, body }: Answer): void {
  if (response.destroyed) return
  const text = body === undefined ? '' : JSON.stringify(body)
  response.writeHead(status, {
    ...everyAnswer,
    'access-control-allow-origin': origin,
    ...(status !== 204 && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    // What was not read of a body is in the way of the next request.
    ...(!response.req.complete && { connection: 'close' }),
  })
  response.end(text)
}

/** What a browser asks before a page's call (Fetch §4.8; Private Network Access §3.1.2). */
export function answerPreflight(request: IncomingMessage, response: ServerResponse, origin: string): void {
  const asksForPrivateNetwork = request.headers['access-control-request-private-network'] === 'true'
  response.writeHead(204, {
    ...everyAnswer,
    vary: 'Origin, Access-Control-Request-Private-Network',
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, POST, DELETE',
    'access-control-allow-headers': 'authorization, content-type',
    'access-control-max-age': '600',
    ...(asksForPrivateNetwork && { 'access-control-allow-private-network': 'true' }),
  })
  response.end()
}
