/** What was sent in a step, secrets masked. */
export interface StepRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  /** null where nothing but the line was sent. */
  readonly body: unknown
}

/** What came back in a step, secrets masked. */
export interface StepResponse {
  readonly status: number
  /** null where the answer had no content. */
  readonly body: unknown
}

/** One step of the published sample enrollment, as it was carried out. Holds no secret. */
export interface WalkthroughStep {
  /** 1 to 28, as Microsoft's "Sample enrollment walkthrough" numbers them. */
  readonly number: number
  readonly title: string
  /** Done by an earlier run that this one goes on from, or not needed; the note says which. */
  readonly skipped: boolean
  readonly request: StepRequest | null
  readonly response: StepResponse | null
  /** What the client found or did. */
  readonly note: string | null
}

/** Source: Microsoft, "Sample enrollment walkthrough" of the MIM CM REST API; the titles are our words. */
export const stepTitles: Readonly<Record<number, string>> = {
  1: 'Ask which profile templates the user can enroll for',
  2: 'Show the list; the user selects a profile template',
  3: 'Ask for the enrollment policy of that profile template',
  4: 'Look up in the policy what to ask the user',
  5: 'Create the request',
  6: 'The server answers with the address of the request',
  7: 'Read the request',
  8: 'Check that the request is approved',
  9: 'Look whether the request has a smart card already',
  10: 'Decide between an existing card and a new one',
  11: 'Decide to create a virtual smart card',
  12: 'Ask for the smart card configuration of the profile template',
  13: 'Create the card with the default admin key',
  14: 'Assign the card to the request',
  15: 'The server answers with the address of the smart card',
  16: 'Read the smart card',
  17: 'Look up in the configuration whether the admin key must be diversified',
  18: 'Ask for the admin key that the card is to have',
  19: "Have the server answer the card's challenge under the default admin key",
  20: 'Authenticate to the card and change its admin key',
  21: 'Look up in the configuration who chooses the PIN',
  22: "Have the server answer the card's challenge under the new admin key",
  23: "Authenticate to the card and set the user's PIN",
  24: 'Ask how to make keys and certificate requests',
  25: 'Make a key pair on the card and a certificate request signed by it',
  26: 'Hand in the certificate request',
  27: 'Check the answer and write the certificate to the card',
  28: 'Mark the request as completed',
}

export const lastStep = 28

export function stepTitle(number: number): string {
  return stepTitles[number] ?? `Step ${number}`
}

/** A walkthrough that stopped. `cause` is what stopped it: a CardinalApiError, a CardError or an EnrollmentError. */
export class WalkthroughError extends Error {
  override readonly name = 'WalkthroughError'
  /** 1 to 28; 29 stands for the checks after the last step. */
  readonly step: number

  constructor(step: number, cause: Error) {
    super(
      step > lastStep ? `The final check failed: ${cause.message}` : `Step ${step} failed: ${cause.message}`,
      { cause },
    )
    this.step = step
  }
}
