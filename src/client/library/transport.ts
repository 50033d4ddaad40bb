import { printableText } from '../printable-text.ts'
import { type ApiCredentials, ApiSession } from './api-credentials.ts'
import { CardinalApiError } from './cardinal-api-error.ts'
import { connectionFailure } from './connection-failure.ts'
import { nextPageQuery } from './next-page.ts'
import { type ReceivedAnswer, readAnswer } from './read-answer.ts'

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below `…/api/`, with the query: `v1.0/requests?status=Approved`. */
  readonly path: string
  /** Sent as JSON. */
  readonly body?: unknown
  /** Ends the call, which then fails with the signal's reason. */
  readonly signal?: AbortSignal
}

export interface ApiResponse {
  readonly status: number
  /** Parsed JSON; null where the server answered 204, no content. */
  readonly body: unknown
  /** The path of the next page of a list, as a request has it; left out on the last page. */
  readonly next?: string
}

/** Carries calls to one server, each once. */
export interface Transport {
  /** Where the API stands, up to and with its `/api`. */
  readonly apiUrl: string
  /** Answers every success, and throws CardinalApiError for everything else but an abort. */
  send(request: ApiRequest): Promise<ApiResponse>
}

export interface TransportOptions {
  /**
   * The server's address. Where it has a path, that is the virtual directory, for example
   * `https://cm.contoso.com/pki`; otherwise MIM CM's own, `/CertificateManagement`, is taken.
   */
  readonly baseUrl: string
  readonly credentials: ApiCredentials
  readonly fetch?: typeof fetch
  /** Milliseconds for one whole answer, 30 000 by default. */
  readonly timeout?: number
  /** 16 MiB by default. */
  readonly maximumAnswerBytes?: number
}

const defaultTimeout = 30_000
const defaultMaximumAnswerBytes = 16 * 1024 * 1024

/** @throws TypeError for an address or credentials that cannot work */
export function createTransport(options: TransportOptions): Transport {
  return new FetchTransport(options)
}

class FetchTransport implements Transport {
  readonly apiUrl: string
  readonly #options: TransportOptions
  readonly #session: ApiSession

  constructor(options: TransportOptions) {
    this.apiUrl = apiUrlOf(options.baseUrl)
    this.#options = options
    this.#session = new ApiSession(options.credentials)
  }

  async send(request: ApiRequest): Promise<ApiResponse> {
    const answer = await this.#exchange(request)
    // The server looked at nothing but the session before it answered 401, so that a POST can be sent again, too.
    if (answer.response.status === 401 && this.#session.renew()) {
      return apiResponse(request, await this.#exchange(request))
    }
    return apiResponse(request, answer)
  }

  async #exchange(request: ApiRequest): Promise<ReceivedAnswer> {
    const url = new URL(`${this.apiUrl}/${request.path}`)
    const facts = { method: request.method, url: `${url.origin}${url.pathname}` }
    const credentials = await this.#session.headers()
    const milliseconds = this.#options.timeout ?? defaultTimeout
    const timeout = AbortSignal.timeout(milliseconds)
    const signal = request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal])
    try {
      const response = await (this.#options.fetch ?? fetch)(url, {
        method: request.method,
        headers: {
          accept: 'application/json',
          ...(request.body !== undefined && { 'content-type': 'application/json' }),
          ...credentials,
        },
        ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
        // Whoever follows blindly may hand the password to somebody else.
        redirect: 'manual',
        signal,
      })
      this.#session.accept(response.headers.getSetCookie())
      return { facts, response, text: await this.#readText(facts, response) }
    } catch (error) {
      if (error instanceof CardinalApiError) throw error
      request.signal?.throwIfAborted()
      if (timeout.aborted) {
        throw new CardinalApiError(
          'timed-out',
          `${facts.method} ${facts.url} had no whole answer within ${milliseconds / 1000} s. ` +
            'Whether it was carried out is not known; look before repeating it.',
          { ...facts, cause: error },
        )
      }
      throw connectionFailure(facts, error)
    }
  }

  async #readText(facts: ReceivedAnswer['facts'], response: Response): Promise<string> {
    const maximum = this.#options.maximumAnswerBytes ?? defaultMaximumAnswerBytes
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of response.body ?? []) {
      length += chunk.length
      if (length > maximum) {
        throw new CardinalApiError(
          'unusable-answer',
          `${facts.method} ${facts.url} answered with more than ${maximum} bytes. Check that it is the right server.`,
          { ...facts, status: response.status },
        )
      }
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  }
}

function apiResponse(request: ApiRequest, answer: ReceivedAnswer): ApiResponse {
  const read = readAnswer(answer)
  const query = nextPageQuery(answer.facts, answer.response)
  return query === null ? read : { ...read, next: `${request.path.split('?')[0]}${query}` }
}

function apiUrlOf(baseUrl: string): string {
  let url: URL
  try {
    url = new URL(baseUrl)
  } catch {
    throw new TypeError(
      `"${printableText(baseUrl, 200)}" is no address. Give one like http://127.0.0.1:8080.`,
    )
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TypeError('The address must begin with http:// or https://.')
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new TypeError('The address must hold host, port and path only; name and password are given apart.')
  }
  const directory = url.pathname.replace(/\/+$/, '')
  return `${url.origin}${directory === '' ? '/CertificateManagement' : directory}/api`
}
