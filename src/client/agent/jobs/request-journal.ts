import type { RequestSubject } from '../../create-request.ts'
import type { JournalFile } from '../../enrollment/journal-file.ts'
import { createJournalFile, listJournalFiles, openJournalFile } from '../../enrollment/journal-file.ts'
import { EnrollmentError } from '../../enrollment-error.ts'
import { type RequestType, requestTypeNumber, zeroGuid } from '../../enumerations.ts'
import { readRequest } from '../../executable-request.ts'
import { CardinalApiError } from '../../library/cardinal-api-error.ts'
import type { CardinalClient } from '../../library/create-cardinal-client.ts'
import type { RequestView } from '../../library/generated/answers.ts'
import type { CardDesk } from './card-desk.ts'

/** What a kind of job carries out. */
export const operationsOf = {
  enroll: ['Enroll', 'Renew', 'Recover'],
  unblock: ['Unblock'],
  retire: ['Retire'],
} as const satisfies Readonly<Record<string, readonly RequestType[]>>

export type RequestJobKind = keyof typeof operationsOf

/**
 * The journal of a request that the user made at the server: the one that an interrupted run left, here or at the command
 * line, or a new one.
 *
 * @throws EnrollmentError not-offered where there is no such request of this kind; CardinalApiError; FileLockedError where
 *   another process carries it out
 */
export async function openRequestJournal(
  client: CardinalClient,
  kind: RequestJobKind,
  requestUuid: string,
  { journalFolder, now }: Pick<CardDesk, 'journalFolder' | 'now'>,
): Promise<JournalFile> {
  const uuid = requestUuid.toLowerCase()
  const request = await readRequest(client, uuid)
  const account = await accountOf(client, request)
  const operation = operationsOf[kind].find(each => requestTypeNumber[each] === request.RequestType)
  if (operation === undefined) {
    throw new EnrollmentError('not-offered', `The request ${uuid} is not one to ${kind} a card.`)
  }
  const found = (await listJournalFiles(journalFolder)).find(
    ({ journal }) =>
      journal.server === client.apiUrl && journal.account === account && journal.requestUuid === uuid,
  )
  if (found !== undefined) return await openJournalFile(found.file)
  const keeper = await createJournalFile(journalFolder, {
    server: client.apiUrl,
    account,
    operation,
    subject: subjectOf(request),
    target: { kind: 'reader' },
    begun: now().toISOString(),
  })
  await keeper.record({ requestUuid: uuid })
  return keeper
}

/** Whose request it is. API tokens may not ask for the session that names its user, other bearer tokens may. */
async function accountOf(client: CardinalClient, { TargetUserUuid }: RequestView): Promise<string> {
  try {
    return (await client.call('GET /v2.0/session')).user.account
  } catch (error) {
    if (error instanceof CardinalApiError && error.status === 403) return TargetUserUuid
    throw error
  }
}

/** @throws EnrollmentError not-offered for a software profile */
function subjectOf(request: RequestView): RequestSubject {
  if (!request.IsSmartcard) {
    throw new EnrollmentError('not-offered', `The request ${request.Uuid} is not about a smart card.`)
  }
  if (request.OldSmartcardUuid !== zeroGuid) return { smartcard: request.OldSmartcardUuid }
  return { profiletemplateuuid: request.ProfileTemplateUuid }
}
