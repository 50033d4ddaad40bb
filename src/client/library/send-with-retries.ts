import { CardinalApiError } from './cardinal-api-error.ts'
import type { ApiRequest, ApiResponse, Transport } from './transport.ts'

export interface RetryPolicy {
  /** How often a GET is repeated at most. */
  readonly retries: number
  /** Ends early, in any way, once the signal is aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal | undefined) => Promise<unknown>
  /** From 0 up to 1. */
  readonly random: () => number
}

const firstWaitMilliseconds = 200
/** A server that asks for a longer one is not waited for: the caller learns of it by the error. */
const longestWaitMilliseconds = 30_000

/** What a gateway or an overloaded server answers for a while (RFC 9110 §15.6.3–5, RFC 6585 §4). */
const passingStatuses = [429, 502, 503, 504]

/**
 * Sends a request, and a GET again where nothing was heard or a passing trouble was answered, ever more slowly and never
 * before the time that the server names. Everything else is sent once: whether it was carried out may not be known.
 *
 * @throws CardinalApiError of the last attempt; the reason of the request's signal
 */
export async function sendWithRetries(
  transport: Transport,
  request: ApiRequest,
  { retries, wait, random }: RetryPolicy,
): Promise<ApiResponse> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await transport.send(request)
    } catch (error) {
      if (request.method !== 'GET' || attempt >= retries || !isPassing(error)) throw error
      const milliseconds = waitBefore(attempt, error.retryAfter, random())
      if (milliseconds > longestWaitMilliseconds) throw error
      await wait(milliseconds, request.signal).catch(rejected => {
        request.signal?.throwIfAborted()
        throw rejected
      })
    }
  }
}

function isPassing(error: unknown): error is CardinalApiError {
  if (!(error instanceof CardinalApiError)) return false
  if (error.kind === 'unreachable') return true
  // Each further try may count as a failed sign-in and prolong the throttling.
  if (error.errorCode === 'SignInThrottled') return false
  return error.status !== null && passingStatuses.includes(error.status)
}

/** Doubles each time. What chance adds keeps the clients of a server that fell over from coming back all at once. */
function waitBefore(attempt: number, retryAfter: number | null, chance: number): number {
  const own = Math.min(firstWaitMilliseconds * 2 ** attempt, longestWaitMilliseconds) * (0.5 + chance / 2)
  return retryAfter === null ? own : Math.max(own, retryAfter * 1000 + firstWaitMilliseconds * chance)
}
