import { CardError } from '../../../card/card-error.ts'
import type { PinPolicy } from '../../../card/secrets/pin.ts'
import type { EnrollableCard } from '../../cards/enrollable-card.ts'
import { openEnrollableCard } from '../../cards/open-enrollable-card.ts'
import { endUse } from '../../enrollment/end-use.ts'
import type { EnrollmentPerson, EnrollmentRun } from '../../enrollment/enrollment-run.ts'
import { fillCard } from '../../enrollment/fill-card.ts'
import { findAssignment } from '../../enrollment/identify-card.ts'
import type { Journal } from '../../enrollment/journal.ts'
import { pinFault } from '../../enrollment/pin-fault.ts'
import { unblockCard } from '../../enrollment/unblock-card.ts'
import { EnrollmentError } from '../../enrollment-error.ts'
import { createCardinalClient } from '../../library/create-cardinal-client.ts'
import { printableText } from '../../printable-text.ts'
import type { AgentConsole } from '../agent-console.ts'
import { AgentError } from '../agent-error.ts'
import { nameOfCard } from '../refused-pins.ts'
import { type CardDesk, requireShownCard, type ShownCard } from './card-desk.ts'
import type { JobControl, JobResult, JobWork } from './job.ts'
import { openRequestJournal, type RequestJobKind } from './request-journal.ts'
import { sparingTries } from './sparing-tries.ts'

export interface RequestJob extends ShownCard {
  readonly kind: RequestJobKind
  /** The page's own. */
  readonly origin: string
  /** The server's address, at that origin. */
  readonly server: string
  /** The user's, at that server. A secret. */
  readonly apiToken: string
  /** Of a request that the user has made there. */
  readonly request: string
  readonly currentPin: string | null
  readonly newPin: string | null
}

const noWords = { answers: {}, comment: '' }

/** Carries out a request with the card that was shown, or goes on where an interrupted run left it. */
export function requestJob(desk: CardDesk, console: AgentConsole, job: RequestJob): JobWork {
  return async control => {
    const credentials = { token: job.apiToken }
    const client = createCardinalClient({ baseUrl: job.server, credentials }).through(
      async (request, send) => {
        control.requireGoing()
        return await send(request)
      },
    )
    const keeper = await openRequestJournal(client, job.kind, job.request, desk)
    try {
      const userName = keeper.journal.account
      const description = { ...desk.computer, userName, processName: 'cardinal agent' }
      const run: EnrollmentRun = { client, keeper, description, report: control.report }
      return await carryOut(run, desk, console, job, control)
    } catch (error) {
      if (error instanceof EnrollmentError && error.code === 'request-ended') await keeper.remove()
      if (error instanceof AgentError && error.code === 'consent-withdrawn') {
        throw new AgentError(error.code, `${error.message} ${howToGoOn(keeper.journal)}`)
      }
      throw error
    } finally {
      await keeper.release()
    }
  }
}

async function carryOut(
  run: EnrollmentRun,
  desk: CardDesk,
  console: AgentConsole,
  job: RequestJob,
  control: JobControl,
): Promise<JobResult> {
  const person = personOf(console, job, control)
  const open = () => openShownCard(desk, run, job)
  if (job.kind === 'enroll') {
    const { cardId, certificates } = await fillCard(run, open, person, noWords)
    return { cardId, certificates: certificates.map(({ certificate }) => certificate.serialNumberHex) }
  }
  if (job.kind === 'unblock') {
    await unblockCard(run, open, person, noWords)
    return { cardId: job.cardId }
  }
  await askToRetire(run, open, job, control)
  await endUse(run, open, person, noWords)
  return { cardId: job.cardId }
}

async function openShownCard(desk: CardDesk, run: EnrollmentRun, job: RequestJob): Promise<EnrollableCard> {
  const card = await openEnrollableCard(await desk.readers.connect(job.reader), desk.randomness)
  try {
    // An interrupted run may have given a blank card its id meanwhile; which card it is, its journal knows.
    if (run.keeper.journal.card === null) requireShownCard(job, await card.readCardId())
    return sparingTries(card, desk.refusedPins, () =>
      nameOfCard(run.keeper.journal.card?.cardId ?? job.cardId, job.reader),
    )
  } catch (error) {
    await card.disconnect()
    throw error
  }
}

/** What would be lost is told by what the card says, not by what the page does. */
async function askToRetire(
  run: EnrollmentRun,
  open: () => Promise<EnrollableCard>,
  { origin, reader }: RequestJob,
  control: JobControl,
): Promise<void> {
  const card = await open()
  let question: string
  try {
    const [cardId, keys] = [await card.readCardId(), await card.listKeys()]
    await requireSubject(run, cardId)
    question =
      `${origin} wants to retire the card ${cardId ?? ''} in ${printableText(reader, 120)}: its certificates end, and the ` +
      `${keys.length === 1 ? 'key' : `${keys.length} keys`} on it may be erased for ever. Do it?`
  } finally {
    await card.disconnect()
  }
  if (!(await control.confirm(question))) throw declined()
}

async function requireSubject({ client, keeper }: EnrollmentRun, cardId: string | null): Promise<void> {
  const { subject } = keeper.journal
  const assignment = cardId === null ? null : await findAssignment(client, cardId)
  if (assignment !== null && 'smartcard' in subject && assignment.Uuid === subject.smartcard) return
  throw new EnrollmentError(
    'card-mismatch',
    'The card in the reader is not the one that the request is about.',
  )
}

function personOf(console: AgentConsole, job: RequestJob, control: JobControl): EnrollmentPerson {
  const { origin, newPin, currentPin } = job
  const requireCurrentPin = () => required(currentPin, 'currentPin', 'the PIN of the card')
  const requireNewPin = (rules: PinPolicy) => {
    const pin = required(newPin, 'newPin', 'a new PIN')
    const fault = pinFault(rules, pin)
    if (fault !== null) throw new CardError('invalid-pin', fault)
    return pin
  }
  return {
    confirm: consequence => control.confirm(`${origin} wants to ${job.kind} a card. ${consequence} Do it?`),
    async expectPin(need) {
      if (need.kind === 'current') requireCurrentPin()
      if (need.kind === 'chosen') requireNewPin(need.rules)
    },
    choosePin: async rules => requireNewPin(rules),
    currentPin: async () => requireCurrentPin(),
    async receivePin(pin) {
      if (console.show(`The PIN of the card in ${printableText(job.reader, 120)} will be: ${pin}`)) return
      throw new AgentError(
        'nobody-at-terminal',
        'The server made a PIN for the card, and the agent has no terminal to show it at. Attach one: cardinal agent attach.',
      )
    },
  }
}

function required(pin: string | null, property: string, what: string): string {
  if (pin !== null) return pin
  throw new AgentError('pin-needed', `This request needs ${what}. Begin it again with ${property}.`)
}

function declined(): EnrollmentError {
  return new EnrollmentError('declined', 'Its user declined at the agent. Nothing was changed.')
}

/** The page cannot begin it again: its user may, with the same card. */
function howToGoOn({ operation, requestUuid }: Journal): string {
  return (
    `The request ${requestUuid ?? ''} can be gone on with by "cardinal ${operation.toLowerCase()} --resume", ` +
    'or given up by --cancel instead.'
  )
}
