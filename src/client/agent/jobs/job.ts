import type { ErrorView } from '../agent-error.ts'

export type JobKind = 'change-pin' | 'enroll' | 'unblock' | 'retire'

export type JobState = 'running' | 'waiting-for-user' | 'succeeded' | 'failed' | 'cancelled'

export interface JobProgress {
  /** Names the step, for programs. */
  readonly step: string
  /** A sentence, for people. */
  readonly text: string
}

/** What came of it. Never a PIN or a key. */
export type JobResult = Readonly<Record<string, string | null | readonly string[]>>

export interface JobView {
  readonly id: string
  readonly kind: JobKind
  readonly reader: string
  readonly state: JobState
  /** Grows with every change; a page waits for the next one by it. */
  readonly revision: number
  readonly progress: readonly JobProgress[]
  /** Of one that succeeded. */
  readonly result: JobResult | null
  /** Of one that failed or was cancelled. */
  readonly error: ErrorView | null
}

/** A job's own hold of itself. */
export interface JobControl {
  /** Aborts where the page cancels or the user withdraws the consent; the job ends before its next step. */
  readonly signal: AbortSignal
  /** To be called before each step that `report` does not stand before. @throws AgentError cancelled, consent-withdrawn */
  requireGoing(): void
  /**
   * Tells that a step is done, and that the next one begins; after `complete` there is none.
   *
   * @throws AgentError cancelled, consent-withdrawn
   */
  report(step: string, text: string): void
  /** Asks at the agent's terminal. @throws AgentError nobody-at-terminal, cancelled, consent-withdrawn */
  confirm(question: string): Promise<boolean>
}

export type JobWork = (control: JobControl) => Promise<JobResult>
