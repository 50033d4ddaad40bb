import { request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { getCACertificates } from 'node:tls'
import { isSafeAddress } from './safe-address.ts'

/** An answer of the provider that cannot be used, or none. The message names the address and the cause, no content. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError'
}

export interface ProviderRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** @throws ProviderError where there is no whole answer in time, or it is too large */
export type ProviderFetch = (address: string, request?: ProviderRequest) => Promise<Response>

/** Discovery documents and key sets have some thousand bytes; Entra ID's key set with its certificates has 20,000. */
const largestAnswer = 256 * 1024

/**
 * Calls the provider: by https only, except on this machine; without following redirects; all within one time limit
 * and one limit of size.
 *
 * @param options.authorities PEM; null for those of the system and of Node
 */
export function createProviderFetch(options: {
  readonly authorities: string | null
  readonly timeoutMilliseconds?: number
}): ProviderFetch {
  const { timeoutMilliseconds = 5000 } = options
  const authorities = options.authorities ?? [...getCACertificates('default'), ...getCACertificates('system')]

  async function send(
    address: string,
    { method = 'GET', headers, body }: ProviderRequest,
  ): Promise<Response> {
    const url = new URL(address)
    const signal = AbortSignal.timeout(timeoutMilliseconds)
    const common = {
      method,
      headers: { accept: 'application/json', ...headers },
      signal,
      agent: false,
    } as const
    const outgoing =
      url.protocol === 'https:'
        ? requestSecure(url, { ...common, ca: authorities })
        : requestPlain(url, common)
    const { promise, resolve, reject } = Promise.withResolvers<Response>()
    outgoing.once('error', reject)
    outgoing.once('response', incoming => {
      const { statusCode = 0, headers } = incoming
      const type = headers['content-type'] ?? 'application/octet-stream'
      // RFC 9110 §15.3.5, §15.4.5: these have no content, and Response takes none.
      const hasContent = ![204, 205, 304].includes(statusCode)
      buffer(bounded(incoming)).then(
        content =>
          resolve(
            new Response(hasContent ? Uint8Array.from(content) : null, {
              status: statusCode,
              headers: { 'content-type': type },
            }),
          ),
        reject,
      )
    })
    outgoing.end(body)
    return await promise
  }

  return async (address, request = {}) => {
    if (!isSafeAddress(address)) throw new ProviderError(`${address} is no https address.`)
    try {
      return await send(address, request)
    } catch (error) {
      throw new ProviderError(`${address}: ${causeOf(error, timeoutMilliseconds)}`, { cause: error })
    }
  }
}

async function* bounded(stream: Readable): AsyncGenerator<Uint8Array> {
  let length = 0
  for await (const chunk of stream) {
    length += chunk.length
    if (length > largestAnswer) throw new ProviderError(`the answer has more than ${largestAnswer} bytes.`)
    yield chunk
  }
}

function causeOf(error: unknown, timeoutMilliseconds: number): string {
  if (!(error instanceof Error)) return 'failed for an unknown reason.'
  if (error.name === 'AbortError' || error.name === 'TimeoutError')
    return `there was no whole answer within ${timeoutMilliseconds} ms.`
  // Several addresses were tried (AggregateError): the message is empty, the code is not.
  return error.message || ('code' in error ? String(error.code) : error.name)
}
