import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import {
  type CardinalClientOptions,
  createCardinalClient,
} from '../../../src/client/library/create-cardinal-client.ts'

/** What one call is answered with: does anything at all with its connection. */
export type Answer = (socket: Socket) => void

/** A response as it stands on the wire. */
export function response(status: number, body: string | null, headers: Record<string, string> = {}): Answer {
  const lines = Object.entries({
    ...(body !== null && {
      'Content-Type': 'application/json',
      'Content-Length': String(Buffer.byteLength(body)),
    }),
    Connection: 'close',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return socket => void socket.end(`HTTP/1.1 ${status} Status\r\n${lines.join('')}\r\n${body ?? ''}`)
}

export function refusal(status: number, code: string, headers: Record<string, string> = {}): Answer {
  return response(status, JSON.stringify({ Message: 'No.', ErrorCode: code, CorrelationId: 'abc' }), headers)
}

export const reset: Answer = socket => void socket.resetAndDestroy()
export const closed: Answer = socket => void socket.end()
export const silent: Answer = () => undefined

/** Answers the calls one after the other by what is given, and those after the last one like it. */
export async function startMisbehavingServer(t: TestContext, answers: readonly Answer[]) {
  /** The first line and all headers of each call. */
  const calls: string[] = []
  const waits: number[] = []
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    let received = ''
    socket.on('error', () => undefined)
    socket.setEncoding('latin1').on('data', text => {
      const hadHead = received.includes('\r\n\r\n')
      received += text
      if (hadHead || !received.includes('\r\n\r\n')) return
      calls.push(received)
      const answer = answers[Math.min(calls.length, answers.length) - 1]
      answer?.(socket)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const baseUrl = `http://127.0.0.1:${port}`
  return {
    calls,
    /** Milliseconds before each repetition. */
    waits,
    baseUrl,
    clientOf: (options: Partial<CardinalClientOptions> = {}) =>
      createCardinalClient({
        baseUrl,
        credentials: { user: 'alice', password: 'wonderland' },
        pacing: { wait: async milliseconds => void waits.push(milliseconds), random: () => 0.5 },
        ...options,
      }),
  }
}
