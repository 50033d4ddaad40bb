import { EnrollmentError } from './enrollment-error.ts'
import { requestStatus, requestStatusName } from './enumerations.ts'
import { CardinalApiError } from './library/cardinal-api-error.ts'
import type { CardinalClient } from './library/create-cardinal-client.ts'
import type { RequestView } from './library/generated/answers.ts'

/** @throws EnrollmentError not-offered where the caller can see no such request */
export async function readRequest(client: CardinalClient, uuid: string): Promise<RequestView> {
  const request = await client.call('GET /v1.0/requests/{id}', { path: { id: uuid } })
  if (request !== null) return request
  throw new EnrollmentError(
    'not-offered',
    `The server knows no request ${uuid}. Check the id, and who signs in.`,
  )
}

/** Whether nobody can carry it out any more, and nobody has: it was denied, canceled or abandoned, or has failed. */
export function hasEndedInVain({ Status: status }: RequestView): boolean {
  const others: readonly number[] = [
    requestStatus.pending,
    requestStatus.approved,
    requestStatus.executing,
    requestStatus.completed,
  ]
  return !others.includes(status)
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
  return error instanceof CardinalApiError && (error.kind === 'unreachable' || error.kind === 'timed-out')
}
