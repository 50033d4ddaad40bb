import { printableText } from '../printable-text.ts'
import { CardinalApiError } from './cardinal-api-error.ts'
import { retryAfterSeconds } from './retry-after.ts'

/** What came back, with its whole body. */
export interface ReceivedAnswer {
  readonly facts: {
    readonly method: string
    /** Without query: queries carry challenges. */
    readonly url: string
  }
  readonly response: Response
  readonly text: string
}

const longestMessage = 1_000

/**
 * @returns parsed JSON; null for 204
 * @throws CardinalApiError refused for what is no success, unusable-answer for a success that is no JSON
 */
export function readAnswer({ facts, response, text }: ReceivedAnswer): { status: number; body: unknown } {
  const body = isJson(response) ? parseJson(text) : undefined
  if (!response.ok) throw refusal(facts, response, body)
  if (response.status === 204) return { status: 204, body: null }
  if (body === undefined) {
    throw new CardinalApiError(
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

function refusal(facts: ReceivedAnswer['facts'], response: Response, body: unknown): CardinalApiError {
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
  return new CardinalApiError(
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
