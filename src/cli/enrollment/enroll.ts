import { fillCard } from '../../client/enrollment/fill-card.ts'
import { fillProfile } from '../../client/enrollment/fill-profile.ts'
import type { JournalTarget } from '../../client/enrollment/journal.ts'
import type { JournalFile } from '../../client/enrollment/journal-file.ts'
import type { ProfileTemplateView } from '../../client/library/generated/answers.ts'
import type { Configuration } from '../../config/configuration.ts'
import { UsageError } from '../usage-error.ts'
import { answerQuestions } from './answer-questions.ts'
import { cancelRequest } from './cancel-request.ts'
import { type CardPlace, cardPlaceOf } from './card-place.ts'
import { type CarryOutValues, carryOut } from './carry-out.ts'
import { chooseTemplate, findTemplate } from './choose-template.ts'
import type {
  CardValues,
  RequestValues,
  ResumeValues,
  SignInValues,
  SoftwareValues,
} from './enrollment-options.ts'
import { beginJournal, findInterrupted, isSameTarget, subjectOfRequest } from './interrupted-requests.ts'
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

export interface EnrollValues
  extends SignInValues,
    ResumeValues,
    CardValues,
    SoftwareValues,
    RequestValues,
    CarryOutValues {
  readonly template?: string | undefined
}

/** `cardinal enroll`: one request, from wherever it stands to its completion. */
export async function enroll(values: EnrollValues, configuration: () => Configuration): Promise<void> {
  const target = namedTarget(values)
  if (values.request !== undefined) requireUuid(values.request, '--request')
  await requireGivenFiles(values)
  const signedIn = await signIn(values, configuration)
  const template = values.template === undefined ? null : await findTemplate(signedIn, values.template)
  const interrupted = await findInterrupted(signedIn, values, {
    operation: 'Enroll',
    subject: template === null ? null : { profiletemplateuuid: template.Uuid },
    target,
  })
  if (values.cancel && interrupted !== null) return await cancelRequest(signedIn, interrupted, values)
  if (interrupted !== null) return await carryOutAt(signedIn, interrupted, values)
  const keeper = await begin(signedIn, template, target, values)
  await carryOutAt(signedIn, keeper, values)
}

/** Where certificates go, as far as the options say. */
function namedTarget(values: EnrollValues): JournalTarget | null {
  const software = softwareTargetOf(values)
  const namesCard = values.reader !== undefined || values.virtual !== undefined
  if (software !== null && namesCard) throw new UsageError('Give a card or files, not both.')
  return namesCard ? cardPlaceOf(values, null).target : software
}

async function begin(
  signedIn: SignedIn,
  named: ProfileTemplateView | null,
  target: JournalTarget | null,
  values: EnrollValues,
): Promise<JournalFile> {
  const template =
    values.request === undefined
      ? (named ?? (await chooseTemplate(signedIn)))
      : await templateOfRequest(signedIn, values.request)
  const chosen = target ?? defaultTarget(template)
  if (template.IsSmartcardProfileTemplate === isSoftware(chosen)) throw unfitTarget(template)
  requireNoFile(chosen, values)
  const about = {
    operation: 'Enroll',
    subject: { profiletemplateuuid: template.Uuid },
    target: chosen,
  } as const
  return await beginJournal(signedIn, about, values.request)
}

async function templateOfRequest(signedIn: SignedIn, requestUuid: string): Promise<ProfileTemplateView> {
  const subject = await subjectOfRequest(signedIn, 'Enroll', requestUuid)
  const uuid = 'profiletemplateuuid' in subject ? subject.profiletemplateuuid : ''
  const template = await signedIn.client.call('GET /v1.0/profiletemplates/{id}', { path: { id: uuid } })
  if (template !== null) return template
  throw new UsageError('The profile template of the request is not there any more. Make another request.')
}

function defaultTarget(template: ProfileTemplateView): JournalTarget {
  if (template.IsSmartcardProfileTemplate) return { kind: 'reader' }
  throw unfitTarget(template)
}

function unfitTarget({ Name, IsSmartcardProfileTemplate }: ProfileTemplateView): UsageError {
  return new UsageError(
    IsSmartcardProfileTemplate
      ? `The profile template "${Name}" is for smart cards: give --reader or --virtual.`
      : `The profile template "${Name}" is for keys in software: give ${softwarePlaces}.`,
  )
}

/** A card may be in another reader than before; a key in software is where it was made. Throws UsageError. */
function targetNow(kept: JournalTarget, named: JournalTarget | null): JournalTarget {
  if (named === null || isSameTarget(named, kept)) return kept
  if (!isSoftware(kept)) return named
  throw new UsageError(
    'The request was begun with another place for the key. Leave out the options that name one, or cancel it with --cancel.',
  )
}

async function carryOutAt(signedIn: SignedIn, keeper: JournalFile, values: EnrollValues): Promise<void> {
  const { journal } = keeper
  const target = targetNow(journal.target, namedTarget(values))
  const outcome = await carryOut(signedIn, keeper, values, async (run, person) => {
    const words =
      journal.requestUuid === null && 'profiletemplateuuid' in journal.subject
        ? await answerQuestions(signedIn, journal.subject.profiletemplateuuid, 'Enroll', values)
        : { answers: {}, comment: '' }
    if (isSoftware(target)) {
      const place = await openSoftwareTarget(target, values, run)
      return { cardId: null, ...(await fillProfile(run, place, words)) }
    }
    const place: CardPlace = cardPlaceOf(values, journal.target)
    return await fillCard(run, () => place.open(), person, words)
  })
  printOutcome({ ...outcome, target }, values.json)
}
