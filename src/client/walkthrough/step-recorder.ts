import type { CardinalClient } from '../library/create-cardinal-client.ts'
import { maskRequest, maskResponse } from './mask.ts'
import {
  type StepRequest,
  type StepResponse,
  stepTitle,
  WalkthroughError,
  type WalkthroughStep,
} from './walkthrough-step.ts'

export type StepReport = (step: WalkthroughStep) => void | Promise<void>

/** The numbers of the steps in which a call is sent and answered; often the same. */
export interface CallSteps {
  readonly sent: number
  readonly answered: number
}

/** Carries steps out and reports each one, after it succeeded, in the order of their numbers. */
export class StepRecorder {
  readonly #client: CardinalClient
  readonly #report: StepReport

  constructor(client: CardinalClient, report: StepReport) {
    this.#client = client
    this.#report = report
  }

  /** A step within the client. @param note says what came of it */
  async act<Result>(
    number: number,
    work: () => Result | Promise<Result>,
    note: (result: Result) => string,
  ): Promise<Result> {
    const result = await attempt(number, work)
    await this.#tell({ number, note: note(result) })
    return result
  }

  /** Steps that an earlier run has done, or that are not needed. */
  async skip(numbers: readonly number[], note = 'done before'): Promise<void> {
    for (const number of numbers) await this.#tell({ number, skipped: true, note })
  }

  /**
   * A call. A step that only sends is reported before the call is sent, so that who watches sees what is waited for.
   *
   * @param accept what is to be done with the result within the step in which it comes
   */
  async call<Result, Accepted>(
    steps: CallSteps,
    send: (client: CardinalClient) => Promise<Result>,
    accept: (result: Result) => Accepted | Promise<Accepted>,
    note: (accepted: Accepted) => string | null = () => null,
  ): Promise<Accepted> {
    const exchange: { request: StepRequest | null; response: StepResponse | null } = {
      request: null,
      response: null,
    }
    const recording = this.#client.through(async (request, sendOn) => {
      exchange.request = maskRequest(request, new URL(this.#client.apiUrl).pathname)
      if (steps.sent !== steps.answered) await this.#tell({ number: steps.sent, request: exchange.request })
      const response = await attempt(steps.sent, () => sendOn(request))
      exchange.response = maskResponse(request, response)
      return response
    })
    const accepted = await attempt(steps.answered, async () => accept(await send(recording)))
    await this.#tell({
      number: steps.answered,
      request: steps.sent === steps.answered ? exchange.request : null,
      response: exchange.response,
      note: note(accepted),
    })
    return accepted
  }

  async #tell(step: Partial<WalkthroughStep> & { readonly number: number }): Promise<void> {
    const nothing = { skipped: false, request: null, response: null, note: null }
    await this.#report({ title: stepTitle(step.number), ...nothing, ...step })
  }
}

/** Says which step failed. */
export async function attempt<Result>(number: number, work: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof WalkthroughError || !(error instanceof Error)) throw error
    throw new WalkthroughError(number, error)
  }
}
