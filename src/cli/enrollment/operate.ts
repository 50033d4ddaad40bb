import type { RequestSubject } from '../../client/create-request.ts'
import { endUse } from '../../client/enrollment/end-use.ts'
import { fillCard } from '../../client/enrollment/fill-card.ts'
import { fillProfile } from '../../client/enrollment/fill-profile.ts'
import type { JournalTarget } from '../../client/enrollment/journal.ts'
import type { JournalFile } from '../../client/enrollment/journal-file.ts'
import { unblockCard } from '../../client/enrollment/unblock-card.ts'
import type { RequestType } from '../../client/enumerations.ts'
import type { Configuration } from '../../config/configuration.ts'
import { UsageError } from '../usage-error.ts'
import { answerQuestions } from './answer-questions.ts'
import { cancelRequest } from './cancel-request.ts'
import { cardPlaceOf } from './card-place.ts'
import { type CarryOutValues, carryOut } from './carry-out.ts'
import { chooseSubject, namedSubject, subjectAtHand, templateOfSubject } from './choose-subject.ts'
import type {
  CardValues,
  RequestValues,
  ResumeValues,
  SignInValues,
  SoftwareValues,
  SubjectValues,
} from './enrollment-options.ts'
import { beginJournal, findInterrupted, subjectOfRequest } from './interrupted-requests.ts'
import { printOutcome } from './print-outcome.ts'
import { requireGivenFiles } from './require-given-files.ts'
import { requireUuid } from './require-uuid.ts'
import { type SignedIn, signIn } from './sign-in.ts'
import {
  isSoftware,
  openSoftwareTarget,
  requireNoFile,
  softwarePlaces,
  softwareTargetOf,
} from './software-place.ts'

export type Operation = Exclude<RequestType, 'Enroll'>

export interface OperateValues
  extends SignInValues,
    ResumeValues,
    CardValues,
    SoftwareValues,
    RequestValues,
    SubjectValues,
    CarryOutValues {}

/** A request about a card or profile that is there already, from wherever it stands to its completion. */
export async function operate(
  operation: Operation,
  values: OperateValues,
  configuration: () => Configuration,
): Promise<void> {
  const named = namedSubject(values)
  if (values.request !== undefined) requireUuid(values.request, '--request')
  await requireGivenFiles(values)
  const signedIn = await signIn(values, configuration)
  const interrupted = await findInterrupted(signedIn, values, { operation, subject: named, target: null })
  if (values.cancel && interrupted !== null) return await cancelRequest(signedIn, interrupted, values)
  await carryOutAt(
    signedIn,
    interrupted ?? (await begin(signedIn, operation, named, values)),
    operation,
    values,
  )
}

async function begin(
  signedIn: SignedIn,
  operation: Operation,
  named: RequestSubject | null,
  values: OperateValues,
): Promise<JournalFile> {
  const subject =
    values.request === undefined
      ? (named ?? (await unnamedSubject(signedIn, operation, values)))
      : await subjectOfRequest(signedIn, operation, values.request)
  const target = targetOf(operation, subject, values)
  requireNoFile(target, values)
  return await beginJournal(signedIn, { operation, subject, target }, values.request)
}

/** The card at hand, except where that is to take the place of another. */
async function unnamedSubject(
  signedIn: SignedIn,
  operation: Operation,
  values: OperateValues,
): Promise<RequestSubject> {
  if (operation === 'Recover' || softwareTargetOf(values) !== null) {
    return await chooseSubject(signedIn, softwareTargetOf(values) !== null)
  }
  return await subjectAtHand(signedIn, cardPlaceOf(values, null))
}

function targetOf(operation: Operation, subject: RequestSubject, values: OperateValues): JournalTarget {
  const software = softwareTargetOf(values)
  const isProfile = 'profile' in subject
  if (operation === 'Revoke' || (operation === 'Retire' && isProfile)) return { kind: 'none' }
  if (isProfile) {
    if (software !== null) return software
    throw new UsageError(`Say where the keys go: ${softwarePlaces}.`)
  }
  if (software !== null) throw new UsageError('A smart card is renewed on a card, not in files.')
  // A card that is only named need not be at hand to be retired.
  const isAtHand = values.reader !== undefined || values.virtual !== undefined || values.card === undefined
  return operation === 'Retire' && !isAtHand ? { kind: 'none' } : cardPlaceOf(values, null).target
}

async function carryOutAt(
  signedIn: SignedIn,
  keeper: JournalFile,
  operation: Operation,
  values: OperateValues,
): Promise<void> {
  const { journal } = keeper
  const target = targetNow(journal.target, values)
  const outcome = await carryOut(signedIn, keeper, values, async (run, person) => {
    const words =
      journal.requestUuid === null
        ? await answerQuestions(
            signedIn,
            await templateOfSubject(signedIn, journal.subject),
            operation,
            values,
          )
        : { answers: {}, comment: '' }
    const openCard = target.kind === 'none' ? null : () => cardPlaceOf(values, target).open()
    if (operation === 'Retire' || operation === 'Revoke') {
      return { request: await endUse(run, openCard, person, words), certificates: [] }
    }
    if (isSoftware(target)) {
      return await fillProfile(run, await openSoftwareTarget(target, values, run), words)
    }
    const open = openCard ?? (() => cardPlaceOf(values, null).open())
    if (operation === 'Unblock') {
      return { request: await unblockCard(run, open, person, words), certificates: [] }
    }
    return await fillCard(run, open, person, words)
  })
  const cardId = keeper.journal.card?.cardId ?? null
  printOutcome({ cardId, target, ...outcome }, values.json)
}

/** The card may be in another reader than before. */
function targetNow(target: JournalTarget, values: OperateValues): JournalTarget {
  const isCard = target.kind === 'reader' || target.kind === 'virtual'
  return isCard ? cardPlaceOf(values, target).target : target
}
