import { setTimeout as wait } from 'node:timers/promises'
import { type ApiCredentials, ApiSession } from './api-credentials.ts'
import { ApiError } from './api-error.ts'
import { connectionFailure } from './connection-failure.ts'
import { printableText } from './printable-text.ts'
import { retryAfterSeconds } from './retry-after.ts'

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
}

/** Carries calls to one server. The functions of `client/v1` say what can be called. */
export interface ApiClient {
  /** Where the API stands, up to and with its `/api`. */
  readonly apiUrl: string
  /** Answers every success, and throws ApiError for everything else but an abort. */
  send(request: ApiRequest): Promise<ApiResponse>
}

export interface ApiClientOptions {
  /**
   * The server's address. Where it has a path, that is the virtual directory, for example
   * `https://cm.contoso.com/pki`; otherwise MIM CM's own, `/CertificateManagement`, is taken.
   */
  readonly baseUrl: string
  readonly credentials: ApiCredentials
  readonly fetch?: typeof fetch
  /** For one whole answer, 30 seconds by default. */
  readonly timeoutMilliseconds?: number
  /** 16 MiB by default. */
  readonly maximumAnswerBytes?: number
  /** How often a GET is repeated after a connection failed, 2 by default. Nothing else is ever repeated. */
  readonly retries?: number
  readonly wait?: (milliseconds: number) => Promise<unknown>
}

const defaultTimeoutMilliseconds = 30_000
const defaultMaximumAnswerBytes = 16 * 1024 * 1024
const defaultRetries = 2
const firstWaitMilliseconds = 100
const longestMessage = 1_000

/** @throws TypeError for an address or credentials that cannot work */
export function createApiClient(options: ApiClientOptions): ApiClient {
  return new FetchApiClient(options)
}

class FetchApiClient implements ApiClient {
  readonly apiUrl: string
  readonly #options: ApiClientOptions
  readonly #session: ApiSession

  constructor(options: ApiClientOptions) {
    this.apiUrl = apiUrlOf(options.baseUrl)
    this.#options = options
    this.#session = new ApiSession(options.credentials)
  }

  async send(request: ApiRequest): Promise<ApiResponse> {
    const retries = request.method === 'GET' ? (this.#options.retries ?? defaultRetries) : 0
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#sendOnce(request)
      } catch (error) {
        if (attempt >= retries || !(error instanceof ApiError) || error.kind !== 'unreachable') throw error
        await (this.#options.wait ?? wait)(firstWaitMilliseconds * 4 ** attempt)
      }
    }
  }

  async #sendOnce(request: ApiRequest): Promise<ApiResponse> {
    const answer = await this.#exchange(request)
    // The server looked at nothing but the session before it answered 401, so that a POST can be sent again, too.
    if (answer.response.status === 401 && this.#session.renew()) {
      return read(await this.#exchange(request))
    }
    return read(answer)
  }

  async #exchange(request: ApiRequest): Promise<Answer> {
    const url = new URL(`${this.apiUrl}/${request.path}`)
    const facts = { method: request.method, url: `${url.origin}${url.pathname}` }
    const credentials = await this.#session.headers()
    const milliseconds = this.#options.timeoutMilliseconds ?? defaultTimeoutMilliseconds
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
      if (error instanceof ApiError) throw error
      request.signal?.throwIfAborted()
      if (timeout.aborted) {
        throw new ApiError(
          'timed-out',
          `${facts.method} ${facts.url} had no whole answer within ${milliseconds / 1000} s. ` +
            'Whether it was carried out is not known; look before repeating it.',
          { ...facts, cause: error },
        )
      }
      throw connectionFailure(facts, error)
    }
  }

  async #readText(facts: Facts, response: Response): Promise<string> {
    const maximum = this.#options.maximumAnswerBytes ?? defaultMaximumAnswerBytes
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of response.body ?? []) {
      length += chunk.length
      if (length > maximum) {
        throw new ApiError(
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

interface Facts {
  readonly method: string
  readonly url: string
}

interface Answer {
  readonly facts: Facts
  readonly response: Response
  readonly text: string
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

function read({ facts, response, text }: Answer): ApiResponse {
  const body = isJson(response) ? parseJson(text) : undefined
  if (!response.ok) throw refusal(facts, response, body)
  if (response.status === 204) return { status: 204, body: null }
  if (body === undefined) {
    throw new ApiError(
      'unusable-answer',
      `${facts.method} ${facts.url} answered ${response.status} with ${describe(response)} instead of JSON. ` +
        'Check that the address is that of a certificate management server.',
      { ...facts, status: response.status },
    )
  }
  return { status: response.status, body }
}

function isJson(response: Response): boolean {
  return /^application\/(?:json|[\w.-]+\+json)\s*(?:;|$)/i.test(response.headers.get('content-type') ?? '')
}

/** undefined where the text is not JSON, which has no such value. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refusal(facts: Facts, response: Response, body: unknown): ApiError {
  const { status } = response
  const errorCode = textProperty(body, 'ErrorCode')
  const correlationId = textProperty(body, 'CorrelationId') ?? response.headers.get('x-correlation-id')
  const message = textProperty(body, 'Message')
  const location = response.headers.get('location')
  const said =
    message ??
    (location === null
      ? `It answered with ${describe(response)} that holds no message.`
      : `It points to ${location}; give that server's address instead.`)
  const code = errorCode === null ? '' : ` ${errorCode}`
  return new ApiError(
    'refused',
    printableText(
      `${facts.method} ${facts.url} was answered ${status}${code}: ${said}${hint(status, message)}` +
        (correlationId === null ? '' : ` (correlation id ${correlationId})`),
      longestMessage,
    ),
    { ...facts, status, errorCode, correlationId, retryAfter: retryAfterSeconds(response.headers) },
  )
}

function hint(status: number, message: string | null): string {
  if (status === 401) return ' Check the name and password, or get a new ticket or token.'
  if (status === 429 || status === 503) return ' Try again later.'
  if (status >= 500) return ' The server log says more.'
  if (status === 404 && message === null) return ' Check the address, and that the API is switched on.'
  return ''
}

function textProperty(body: unknown, name: string): string | null {
  if (typeof body !== 'object' || body === null) return null
  const value: unknown = Reflect.get(body, name)
  return typeof value === 'string' ? value : null
}

function describe(response: Response): string {
  const type = (response.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (type === 'text/html') return 'an HTML page'
  if (isJson(response)) return 'JSON'
  return type === '' ? 'an answer of no type' : `an answer of the type ${printableText(type, 80)}`
}
