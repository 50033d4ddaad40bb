import { createRequest } from '../create-request.ts'
import { EnrollmentError } from '../enrollment-error.ts'
import { requestStatus, requestTypeNumber, zeroGuid } from '../enumerations.ts'
import { readRequest, requireExecutable } from '../executable-request.ts'
import type { RequestView } from '../library/generated/answers.ts'
import type { EnrollmentRun } from './enrollment-run.ts'

export interface RequestWords {
  /** To the questions of the policy, by their names. */
  readonly answers: Readonly<Record<string, string>>
  readonly comment: string
}

/**
 * Makes the journal's request, or finds the one that was made before.
 *
 * @returns the request, which can be carried out or is completed already
 * @throws EnrollmentError approval-pending, request-ended; CardinalApiError
 */
export async function beginRequest(run: EnrollmentRun, words: RequestWords): Promise<RequestView> {
  const { keeper, report } = run
  if (keeper.journal.requestUuid === null) {
    const requestUuid = (await findLostRequest(run)) ?? (await makeRequest(run, words))
    await keeper.record({ requestUuid })
    report('request', `Made the request ${requestUuid}.`)
  }
  const request = await readRequest(run.client, keeper.journal.requestUuid ?? '')
  if (request.Status !== requestStatus.completed) requireExecutable(request)
  return request
}

/**
 * Whether the journal's request is completed already. To be asked before a card is: what is over holds up no other card.
 *
 * @throws EnrollmentError approval-pending, request-ended; CardinalApiError
 */
export async function isCompleted({ client, keeper }: EnrollmentRun): Promise<boolean> {
  const { requestUuid } = keeper.journal
  if (requestUuid === null) return false
  const request = await readRequest(client, requestUuid)
  if (request.Status === requestStatus.completed) return true
  requireExecutable(request)
  return false
}

async function makeRequest(run: EnrollmentRun, { answers, comment }: RequestWords): Promise<string> {
  const { operation: type, subject } = run.keeper.journal
  if (run.keeper.journal.earlierRequestUuids === null) {
    const earlierRequestUuids = (await listOpenRequests(run)).map(({ Uuid }) => Uuid)
    await run.keeper.record({ earlierRequestUuids })
  }
  return await createRequest(run.client, { type, subject, answers, comment })
}

/** A call whose answer was lost may have made the request nevertheless: then there is one that was not there before. */
export async function findLostRequest(run: EnrollmentRun): Promise<string | null> {
  const { earlierRequestUuids } = run.keeper.journal
  if (earlierRequestUuids === null) return null
  const open = await listOpenRequests(run)
  const [found, ...others] = open.filter(({ Uuid }) => !earlierRequestUuids.includes(Uuid))
  if (others.length === 0) return found?.Uuid ?? null
  throw new EnrollmentError(
    'request-unclear',
    `Several requests could be the one that was interrupted: ${[found, ...others].map(each => each?.Uuid).join(', ')}. ` +
      'Name one by --request, or cancel with --cancel.',
  )
}

/** Those for the same that nobody has begun to carry out. */
async function listOpenRequests(run: EnrollmentRun): Promise<readonly RequestView[]> {
  const { operation, subject } = run.keeper.journal
  const lists = await Promise.all(
    ['Pending', 'Approved'].map(status =>
      run.client.call('GET /v1.0/requests', { query: { targetuser: 'current', status } }),
    ),
  )
  const requests = lists.flatMap(list => list ?? [])
  return requests.filter(request => {
    if (request.RequestType !== requestTypeNumber[operation]) return false
    if ('smartcard' in subject) return isSame(request.OldSmartcardUuid, subject.smartcard)
    if ('profile' in subject) return isSame(request.OldProfileUuid, subject.profile)
    const isNew = request.OldProfileUuid === zeroGuid
    return isNew && isSame(request.ProfileTemplateUuid, subject.profiletemplateuuid)
  })
}

function isSame(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}
