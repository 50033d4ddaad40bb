import type { SmartCard } from '../../card/smart-card.ts'
import type { ClientDescription } from '../certification-request.ts'
import type { CardinalClient } from '../library/create-cardinal-client.ts'
import type { StepRecorder, StepReport } from './step-recorder.ts'
import type { WalkthroughState } from './walkthrough-state.ts'

export interface WalkthroughOptions {
  readonly client: CardinalClient
  /** A template of virtual smart cards whose users choose their PIN; `sampleProfileTemplateUuid` by default. */
  readonly profileTemplateUuid?: string
  /** Makes a new card with this admin key of 24 bytes. Called at most once. */
  readonly createCard: (adminKey: Uint8Array) => SmartCard | Promise<SmartCard>
  /** To the questions of the enrollment policy, by their names. */
  readonly answers: Readonly<Record<string, string>>
  /** The PIN that the user chooses. */
  readonly pin: string
  readonly description: ClientDescription
  /** Called for every step in order, and waited for. */
  readonly report: StepReport
  /** To go on with; a new walkthrough by default. Changed as the run goes on. */
  readonly state?: WalkthroughState
}

/** The options, with everything that has a default. */
export interface WalkthroughRun extends WalkthroughOptions {
  readonly profileTemplateUuid: string
  readonly recorder: StepRecorder
  readonly state: WalkthroughState
}
