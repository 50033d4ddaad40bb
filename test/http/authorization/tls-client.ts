import { once } from 'node:events'
import { Agent, request } from 'node:https'
import type { InjectOptions } from 'fastify'
import type { Answer } from './answer.ts'

export interface TlsClient {
  send(call: InjectOptions): Promise<Answer>
  close(): void
}

/** Calls over one TLS connection after the other, with this certificate. */
export function createTlsClient(
  url: string,
  identity: { readonly cert: string; readonly key: string },
): TlsClient {
  const agent = new Agent({ ...identity, keepAlive: true, maxSockets: 1, rejectUnauthorized: false })
  return {
    async send({ method = 'GET', url: path, headers, payload }) {
      const isJson = typeof payload === 'object'
      const body = isJson ? JSON.stringify(payload) : payload
      const call = request(`${url}${String(path)}`, {
        agent,
        method,
        headers: {
          ...(isJson && { 'content-type': 'application/json' }),
          ...(body !== undefined && { 'content-length': Buffer.byteLength(String(body)) }),
          ...headers,
        },
      })
      call.end(body)
      const [response] = await once(call, 'response')
      const parts: Buffer[] = []
      for await (const part of response) parts.push(part)
      return {
        status: response.statusCode,
        headers: response.headers,
        body: Buffer.concat(parts).toString(),
      }
    },
    close: () => agent.destroy(),
  }
}
