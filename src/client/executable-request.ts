import type { ApiClient } from './api-client.ts'
import { ApiError } from './api-error.ts'
import { EnrollmentError } from './enrollment-error.ts'
import { requestStatus, requestStatusName } from './v1/enumerations.ts'
import { getRequest, type RequestView } from './v1/requests.ts'

/**
 * Reads a request that is to be carried out.
 *
 * @throws EnrollmentError approval-pending, request-ended, not-offered where there is no such request; ApiError
 */
export async function readExecutableRequest(client: ApiClient, uuid: string): Promise<RequestView> {
  const request = await readRequest(client, uuid)
  requireExecutable(request)
  return request
}

/** @throws EnrollmentError not-offered where the caller can see no such request */
export async function readRequest(client: ApiClient, uuid: string): Promise<RequestView> {
  const request = await getRequest(client, uuid)
  if (request !== null) return request
  throw new EnrollmentError(
    'not-offered',
    `The server knows no request ${uuid}. Check the id, and who signs in.`,
  )
}

/** @throws EnrollmentError approval-pending, request-ended */
export function requireExecutable(request: RequestView): void {
  const { Status: status, Uuid: uuid } = request
  if (status === requestStatus.approved || status === requestStatus.executing) return
  if (status === requestStatus.pending) {
    throw new EnrollmentError(
      'approval-pending',
      `The request ${uuid} waits for approval. Go on with it once it is approved.`,
    )
  }
  throw new EnrollmentError(
    'request-ended',
    `The request ${uuid} is ${requestStatusName(status)} and cannot be carried out any more. Make a new one.`,
  )
}

/** Whether the call may have been carried out although no answer came, so that going on is better than beginning anew. */
export function isInterrupted(error: unknown): boolean {
  return error instanceof ApiError && (error.kind === 'unreachable' || error.kind === 'timed-out')
}
