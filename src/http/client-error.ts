import { STATUS_CODES } from 'node:http'
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
    const refusal = refusalOf(error.code)
    const body = JSON.stringify(errorView(refusal, newUuid()))
    socket.end(
      [
        `HTTP/1.1 ${statusOfError[refusal.code]} ${STATUS_CODES[statusOfError[refusal.code]]}`,
        'Content-Type: application/json; charset=utf-8',
        `Content-Length: ${Buffer.byteLength(body)}`,
        'Connection: close',
        '',
        body,
      ].join('\r\n'),
    )
  }
}

function refusalOf(code: string | undefined): CardinalError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new CardinalError('RequestTimeout', 'The call did not arrive in time.')
  }
  const what = code === 'HPE_HEADER_OVERFLOW' ? 'The headers are too long.' : 'The call is not valid HTTP.'
  return new CardinalError('MalformedBody', what)
}
