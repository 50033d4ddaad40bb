import { homedir } from 'node:os'
import { join } from 'node:path'
import type { RequestSubject } from '../../client/create-request.ts'
import type { Journal, JournalTarget } from '../../client/enrollment/journal.ts'
import {
  createJournalFile,
  type JournalFile,
  listJournalFiles,
  openJournalFile,
} from '../../client/enrollment/journal-file.ts'
import {
  type RequestType,
  requestStatusName,
  requestTypeNumber,
  zeroGuid,
} from '../../client/enumerations.ts'
import { hasEndedInVain, readRequest } from '../../client/executable-request.ts'
import type { RequestView } from '../../client/library/generated/answers.ts'
import { UsageError } from '../usage-error.ts'
import type { ResumeValues } from './enrollment-options.ts'
import { hasKeyInStore } from './key-store-place.ts'
import type { SignedIn } from './sign-in.ts'

/** Where journals are, by the habits of the system (XDG Base Directory Specification). */
export function journalFolder(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const { XDG_STATE_HOME: stateHome, LOCALAPPDATA: localData } = environment
  if (stateHome?.startsWith('/')) return join(stateHome, 'cardinal', 'requests')
  if (platform === 'win32' && localData !== undefined) return join(localData, 'Cardinal', 'Requests')
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Cardinal', 'Requests')
  return join(homedir(), '.local', 'state', 'cardinal', 'requests')
}

interface InterruptedRequest {
  readonly file: string
  readonly journal: Journal
}

/** What a command knows of the request that it would make; null where it does not know. */
export interface Wanted {
  readonly operation: RequestType
  readonly subject: RequestSubject | null
  readonly target: JournalTarget | null
}

/**
 * The interrupted request that a command is to go on with; null where it is to begin one. Throws UsageError where that is
 * unclear, and FileLockedError where another process carries it out.
 */
export async function findInterrupted(
  { client, account, userUuid }: SignedIn,
  values: ResumeValues,
  wanted: Wanted,
): Promise<JournalFile | null> {
  if (values.new) {
    if (values.resume || values.cancel) throw new UsageError('--new goes with neither --resume nor --cancel.')
    return null
  }
  const all = await listJournalFiles(journalFolder())
  const fitting = all.filter(
    ({ journal }) =>
      journal.server === client.apiUrl &&
      // The card agent, which has an API token of the user's, knows no more than who they are.
      (journal.account === account || journal.account === userUuid) &&
      (values.request === undefined
        ? fits(journal, wanted)
        : journal.requestUuid === values.request.toLowerCase()),
  )
  // Whoever resumes or cancels is told what became of it.
  const open = values.resume || values.cancel ? fitting : await withoutEnded(client, fitting)
  const [found, ...others] = open
  if (found === undefined) {
    if (!values.resume && !values.cancel) return null
    throw new UsageError('There is no interrupted request to go on with.')
  }
  if (others.length === 0) return await openJournalFile(found.file)
  const list = open.map(
    ({ journal }) => `\n  ${journal.requestUuid ?? 'not made yet'}, begun ${journal.begun}`,
  )
  throw new UsageError(`Which request? Give --request with one of these, or --new:${list.join('')}`)
}

/** Drops the journals of requests that came to nothing: no card is to wait for them. */
async function withoutEnded(
  client: SignedIn['client'],
  interrupted: readonly InterruptedRequest[],
): Promise<readonly InterruptedRequest[]> {
  const open: InterruptedRequest[] = []
  for (const each of interrupted) {
    const { requestUuid } = each.journal
    // The key in a token or database would lie there for ever.
    const isKept = requestUuid === null || hasKeyInStore(each.journal)
    const request = isKept ? null : await readRequest(client, requestUuid)
    if (request === null || !hasEndedInVain(request)) open.push(each)
    else await drop(each.file, request)
  }
  return open
}

async function drop(file: string, { Uuid, Status }: RequestView): Promise<void> {
  const keeper = await openJournalFile(file)
  await keeper.remove()
  await keeper.release()
  process.stderr.write(
    `The interrupted request ${Uuid} is ${requestStatusName(Status)}, and was forgotten.\n`,
  )
}

/** Begins a request's journal, or takes over a request that somebody else made. Throws UsageError, EnrollmentError. */
export async function beginJournal(
  { client, account }: SignedIn,
  about: Pick<Journal, 'operation' | 'subject' | 'target'>,
  requestUuid: string | undefined,
): Promise<JournalFile> {
  const journal = { ...about, server: client.apiUrl, account, begun: new Date().toISOString() }
  const keeper = await createJournalFile(journalFolder(), journal)
  if (requestUuid !== undefined) await keeper.record({ requestUuid: requestUuid.toLowerCase() })
  return keeper
}

/** What a request that somebody else made is about. Throws UsageError for one of another kind; EnrollmentError. */
export async function subjectOfRequest(
  { client }: SignedIn,
  operation: RequestType,
  requestUuid: string,
): Promise<RequestSubject> {
  const request = await readRequest(client, requestUuid)
  if (request.RequestType !== requestTypeNumber[operation]) {
    throw new UsageError(`The request ${requestUuid} is of another kind. Use the command of its kind.`)
  }
  return subjectOf(request)
}

function subjectOf(request: RequestView): RequestSubject {
  if (request.OldSmartcardUuid !== zeroGuid) return { smartcard: request.OldSmartcardUuid }
  if (request.OldProfileUuid !== zeroGuid) return { profile: request.OldProfileUuid }
  return { profiletemplateuuid: request.ProfileTemplateUuid }
}

function fits(journal: Journal, { operation, subject, target }: Wanted): boolean {
  if (journal.operation !== operation) return false
  if (
    subject !== null &&
    JSON.stringify(subject).toLowerCase() !== JSON.stringify(journal.subject).toLowerCase()
  ) {
    return false
  }
  return target === null || isSameTarget(target, journal.target)
}

/** What a request has found out about its target since it began is no difference. */
export function isSameTarget(target: JournalTarget, kept: JournalTarget): boolean {
  const found = new Map(Object.entries(kept))
  return Object.entries(target).every(([name, value]) => found.get(name) === value)
}
