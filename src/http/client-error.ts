import type { Socket } from 'node:net'
import { CardinalError } from '../domain/error.ts'
import { errorView, statusOfError } from './errors.ts'

/** Answers what is not HTTP, or did not arrive in time, on the bare connection, and closes it. */
export function answerClientError(newUuid: () => string) {
  return (error: Error & { code?: string }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const refusal = new CardinalError(
      'MalformedBody',
      messages[error.code ?? ''] ?? 'The call is not valid HTTP.',
    )
    const body = JSON.stringify(errorView(refusal, newUuid()))
    socket.end(
      [
        `HTTP/1.1 ${statusOfError[refusal.code]} Bad Request`,
        'Content-Type: application/json; charset=utf-8',
        `Content-Length: ${Buffer.byteLength(body)}`,
        'Connection: close',
        '',
        body,
      ].join('\r\n'),
    )
  }
}

const messages: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'The call did not arrive in time.',
  HPE_HEADER_OVERFLOW: 'The headers are too long.',
}
