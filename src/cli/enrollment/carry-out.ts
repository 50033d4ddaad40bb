import { hostname, release } from 'node:os'
import { CardError } from '../../card/card-error.ts'
import type { EnrollmentPerson, EnrollmentRun } from '../../client/enrollment/enrollment-run.ts'
import type { Journal } from '../../client/enrollment/journal.ts'
import type { JournalFile } from '../../client/enrollment/journal-file.ts'
import { EnrollmentError } from '../../client/enrollment-error.ts'
import { CardinalApiError } from '../../client/library/cardinal-api-error.ts'
import { printableText } from '../../client/printable-text.ts'
import { UsageError } from '../usage-error.ts'
import type { PinValues } from './enrollment-options.ts'
import { hasKeyInStore, isKeyStore } from './key-store-place.ts'
import type { SignedIn } from './sign-in.ts'
import { noteRefusedPin, terminalPerson } from './terminal-person.ts'

/** What a command ends with; docs/enrollment.md explains them. */
export const exitCode = { done: 0, failed: 1, waitsForApproval: 3, interrupted: 4, pinRefused: 5 } as const

const longestText = 2_000
const unblockFirst = 'Run "cardinal unblock", which sets a new PIN.'

const interruptions: ReadonlySet<string> = new Set([
  'card-removed',
  'card-timeout',
  'card-failure',
  'not-connected',
  'no-card',
  'no-such-reader',
  'reader-busy',
  'card-service-unavailable',
])
const pinRefusals: ReadonlySet<string> = new Set([
  'wrong-pin',
  'pin-blocked',
  'pin-refused-before',
  'last-pin-try',
])

export interface CarryOutValues extends PinValues {
  readonly yes: boolean
  readonly json: boolean
}

/** Carries a request out with progress at the terminal, and lets go of its journal whatever happens. */
export async function carryOut<Result>(
  { client, account }: SignedIn,
  keeper: JournalFile,
  values: CarryOutValues,
  work: (run: EnrollmentRun, person: EnrollmentPerson) => Promise<Result>,
): Promise<Result> {
  const run: EnrollmentRun = {
    client,
    keeper,
    description: {
      osVersion: release().replaceAll(/[^A-Za-z0-9.]/g, '.'),
      machineName: hostname(),
      userName: account,
      processName: 'cardinal',
    },
    report(step, text) {
      if (!values.json) process.stdout.write(`${step.padEnd(13)} ${printableText(text, longestText)}\n`)
    },
  }
  const interrupt = () => endByInterrupt(keeper)
  process.once('SIGINT', interrupt)
  try {
    return await work(run, terminalPerson(values, keeper))
  } catch (error) {
    if (error instanceof CardError && error.code === 'wrong-pin') await noteRefusedPin(keeper, values)
    if (!isOver(error, keeper)) throw new InterruptedRequest(error, adviceOf(keeper, error))
    const left = keyLeftBy(keeper)
    if (left !== null) throw new InterruptedRequest(error, left)
    await keeper.remove()
    throw needsUnblocking(error, keeper.journal)
      ? new InterruptedRequest(error, `${unblockFirst} Then run this command again.`)
      : error
  } finally {
    process.off('SIGINT', interrupt)
    await keeper.release()
  }
}

/** An error that leaves a request to go on with. */
export class InterruptedRequest extends Error {
  override readonly name = 'InterruptedRequest'
  override readonly cause: unknown
  readonly advice: string

  constructor(cause: unknown, advice: string) {
    super(cause instanceof Error ? cause.message : String(cause))
    this.cause = cause
    this.advice = advice
  }
}

/** Runs a command; what went wrong becomes a sentence and an exit code. */
export async function withExitCode(command: () => Promise<void>): Promise<void> {
  try {
    await command()
  } catch (error) {
    const cause = error instanceof InterruptedRequest ? error.cause : error
    if (!isExpected(cause)) throw cause
    const advice = error instanceof InterruptedRequest ? ` ${printableLines(error.advice)}` : ''
    process.stderr.write(`cardinal: ${printableLines(cause.message)}${advice}\n`)
    process.exitCode = exitCodeOf(cause)
  }
}

/** Servers and cards name templates, requests and subjects, which must not drive the terminal. */
function printableLines(text: string): string {
  return text
    .split('\n')
    .map(line => printableText(line, longestText))
    .join('\n')
}

function endByInterrupt(keeper: JournalFile): void {
  process.stderr.write(`\ncardinal: Interrupted. ${printableLines(adviceOf(keeper))}\n`)
  process.kill(process.pid, 'SIGINT')
}

function exitCodeOf(error: Error): number {
  if (error instanceof EnrollmentError) {
    return error.code === 'approval-pending' ? exitCode.waitsForApproval : exitCode.failed
  }
  if (error instanceof CardinalApiError)
    return error.kind === 'refused' ? exitCode.failed : exitCode.interrupted
  if (!(error instanceof CardError)) return exitCode.failed
  if (pinRefusals.has(error.code)) return exitCode.pinRefused
  return interruptions.has(error.code) ? exitCode.interrupted : exitCode.failed
}

function isExpected(error: unknown): error is Error {
  if (error instanceof UsageError || error instanceof EnrollmentError) return true
  if (error instanceof CardinalApiError || error instanceof CardError) return true
  return (
    error instanceof Error &&
    ['CardFileError', 'FileLockedError', 'FileWriteError', 'JournalError'].includes(error.name)
  )
}

/** Nothing is left to go on with: the request ended, or was surely never made. */
function isOver(error: unknown, { journal }: JournalFile): boolean {
  if (error instanceof EnrollmentError && error.code === 'request-ended') return true
  if (journal.requestUuid !== null) return false
  return (
    journal.earlierRequestUuids === null || (error instanceof CardinalApiError && error.kind === 'refused')
  )
}

/** Whoever removed the journal now would leave a key behind that nobody knows what it was for. */
function keyLeftBy({ journal }: JournalFile): string | null {
  if (!hasKeyInStore(journal)) return null
  return `The key that was made for it is still there: "cardinal ${journal.operation.toLowerCase()} --cancel" deletes it.`
}

/** No try is left that could be spent, and only another command gives some. */
function needsUnblocking(error: unknown, { target }: Journal): boolean {
  if (!(error instanceof CardError) || isKeyStore(target)) return false
  if (error.code === 'pin-blocked' || error.code === 'last-pin-try') return true
  return error.code === 'wrong-pin' && error.triesLeft === 0
}

function adviceOf({ journal }: JournalFile, error?: unknown): string {
  const { card, requestUuid, operation } = journal
  const command = `cardinal ${operation.toLowerCase()}`
  const state: string[] = []
  if (card?.adminKey === 'own' && !card.isUsersCard) state.push('has an admin key of its own by now')
  if (card?.hasPin === true && !card.isUsersCard) state.push('has its PIN')
  if (card !== null && journal.certificates.length > 0 && !journal.isInstalled) {
    state.push('has keys whose certificates are missing')
  }
  const about = state.length === 0 ? '' : `The card ${state.join(', and ')}. `
  const first = needsUnblocking(error, journal) ? `${unblockFirst} Then run` : 'Run'
  return `${about}${first} "${command} --resume" to go on with the request${requestUuid === null ? '' : ` ${requestUuid}`}, or "${command} --cancel" to give it up.`
}
