import type { AgentConsole } from '../agent-console.ts'
import { AgentError, errorView } from '../agent-error.ts'
import type { JobControl, JobKind, JobProgress, JobView, JobWork } from './job.ts'

export interface JobBookOptions {
  readonly console: AgentConsole
  /** Stands for the user's consent to an origin, as of now: null for none, another one after it was given anew. */
  readonly consentOf: (origin: string) => string | null
  readonly newId: () => string
  /** Called with what nobody foresaw. */
  readonly onFault: (error: unknown) => void
}

export interface NewJob {
  readonly origin: string
  readonly kind: JobKind
  readonly reader: string
  readonly work: JobWork
}

interface Job {
  readonly origin: string
  /** By which the job began; it goes on under no other. */
  readonly consent: string | null
  view: JobView
  readonly controller: AbortController
  readonly done: Promise<void>
}

/** Ended ones of an origin that are remembered. */
const mostEnded = 16
const mostProgress = 64
const lastStep = 'complete'

/** The long steps that pages have begun: one at a time for each reader. */
export class JobBook {
  readonly #options: JobBookOptions
  readonly #jobs = new Map<string, Job>()
  readonly #watchers = new Set<() => void>()

  constructor(options: JobBookOptions) {
    this.#options = options
  }

  isBusy(reader: string): boolean {
    return [...this.#jobs.values()].some(({ view }) => view.reader === reader && !hasEnded(view))
  }

  /** @throws AgentError reader-in-use, consent-withdrawn */
  start({ origin, kind, reader, work }: NewJob): JobView {
    if (this.isBusy(reader)) {
      throw new AgentError('reader-in-use', 'Another job uses this reader. Wait for its end, or cancel it.')
    }
    const consent = this.#options.consentOf(origin)
    if (consent === null) throw withdrawn(origin)
    const id = this.#options.newId()
    const controller = new AbortController()
    const view: JobView = {
      id,
      kind,
      reader,
      state: 'running',
      revision: 1,
      progress: [],
      result: null,
      error: null,
    }
    // The job stands in the book before its first line runs.
    const done = Promise.resolve().then(() => this.#run(id, work))
    this.#jobs.set(id, { origin, consent, view, controller, done })
    this.#forgetEnded(origin)
    this.#notify()
    return view
  }

  /** @throws AgentError not-found, also for the job of another origin */
  get(origin: string, id: string): JobView {
    return this.#find(origin, id).view
  }

  /** Resolves to the job once it is past this revision, and when the signal aborts in any case. */
  async getAfter(origin: string, id: string, revision: number, signal: AbortSignal): Promise<JobView> {
    while (!signal.aborted) {
      const { view } = this.#find(origin, id)
      if (view.revision > revision || hasEnded(view)) return view
      await this.nextChange(signal)
    }
    return this.get(origin, id)
  }

  /** Resolves when any job begins, goes on or ends, or the signal aborts. */
  nextChange(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const finish = () => {
        this.#watchers.delete(finish)
        signal.removeEventListener('abort', finish)
        resolve()
      }
      this.#watchers.add(finish)
      signal.addEventListener('abort', finish)
      if (signal.aborted) finish()
    })
  }

  /** Asks a job to end; it does so between two steps. @throws AgentError not-found */
  cancel(origin: string, id: string): JobView {
    const { controller, view } = this.#find(origin, id)
    controller.abort(cancelled())
    return view
  }

  /** Cancels all jobs, and resolves once they have let go of their cards. */
  async end(): Promise<void> {
    const jobs = [...this.#jobs.values()]
    for (const { controller } of jobs) controller.abort(cancelled())
    await Promise.all(jobs.map(({ done }) => done))
  }

  /** Wakes jobs that wait for something, where the consent by which they began does not count any more. */
  endWithdrawn(): void {
    for (const job of this.#jobs.values()) if (!hasEnded(job.view)) this.#endIfWithdrawn(job)
  }

  #endIfWithdrawn({ origin, consent, controller }: Job): void {
    try {
      if (this.#options.consentOf(origin) !== consent) controller.abort(withdrawn(origin))
    } catch (error) {
      controller.abort(error)
    }
  }

  async #run(id: string, work: JobWork): Promise<void> {
    try {
      const control = this.#controlOf(id)
      control.requireGoing()
      const result = await work(control)
      this.#change(id, { state: 'succeeded', result })
    } catch (error) {
      const view = errorView(error)
      if (view.code === 'internal') this.#options.onFault(error)
      const isCancelled = view.code === 'cancelled' || view.code === 'consent-withdrawn'
      this.#change(id, { state: isCancelled ? 'cancelled' : 'failed', error: view })
      if (view.code === 'consent-withdrawn') this.#tellWithdrawn(id, view.message)
    }
  }

  /** The page that began it is told nothing any more; its user is. */
  #tellWithdrawn(id: string, message: string): void {
    const view = this.#jobs.get(id)?.view
    if (view === undefined) return
    const last = view.progress.at(-1)?.text ?? 'Nothing was done.'
    this.#options.console.show(`The job ${view.kind} in ${view.reader} has ended. ${last} ${message}`)
  }

  #controlOf(id: string): JobControl {
    const job = this.#jobs.get(id)
    const signal = job?.controller.signal ?? AbortSignal.abort(cancelled())
    // Asked of the consents themselves each time: whoever withdraws one does so in another process.
    const requireGoing = () => {
      if (job !== undefined) this.#endIfWithdrawn(job)
      signal.throwIfAborted()
    }
    return {
      signal,
      requireGoing,
      report: (step, text) => {
        this.#addProgress(id, { step, text })
        if (step !== lastStep) requireGoing()
      },
      confirm: async question => {
        requireGoing()
        this.#change(id, { state: 'waiting-for-user' })
        const isYes = await this.#options.console.confirm(question, signal)
        requireGoing()
        this.#change(id, { state: 'running' })
        return isYes
      },
    }
  }

  #addProgress(id: string, progress: JobProgress): void {
    const earlier = this.#jobs.get(id)?.view.progress ?? []
    this.#change(id, { progress: [...earlier, progress].slice(-mostProgress) })
  }

  #change(id: string, changes: Partial<JobView>): void {
    const job = this.#jobs.get(id)
    if (job === undefined) return
    job.view = { ...job.view, ...changes, revision: job.view.revision + 1 }
    this.#notify()
  }

  #notify(): void {
    for (const wake of [...this.#watchers]) wake()
  }

  #find(origin: string, id: string): Job {
    const job = this.#jobs.get(id)
    if (job?.origin === origin) return job
    throw new AgentError('not-found', 'There is no such job. Those that ended long ago are forgotten.')
  }

  #forgetEnded(origin: string): void {
    const ended = [...this.#jobs].filter(([, job]) => job.origin === origin && hasEnded(job.view))
    for (const [id] of ended.slice(0, -mostEnded)) this.#jobs.delete(id)
  }
}

function cancelled(): AgentError {
  return new AgentError(
    'cancelled',
    'The job was cancelled. What it had done stays done; begin it again with the same card to go on.',
  )
}

function withdrawn(origin: string): AgentError {
  return new AgentError('consent-withdrawn', `${origin} may not use the cards any more.`)
}

function hasEnded({ state }: JobView): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled'
}
