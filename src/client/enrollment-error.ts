/**
 * `approval-pending`: somebody must approve first; go on with the same request then. `request-ended`: the request
 * cannot be carried out any more. `not-offered`: the server does not offer what was asked for. `unsupported-options`:
 * the server asks for something that this client cannot make. `answer-missing`: a question of the policy is open.
 * `certificate-refused`: the certification authority's answer is a refusal. `certificate-untrustworthy`: the answer is not what was asked for, or its signatures are wrong.
 * `card-mismatch`: another card than the request's. `card-in-use`: the card serves another assignment. `declined`: the
 * person did not want it. `request-unclear`: which request was meant cannot be told. `not-active`: the server's books do
 * not show the success. `target-unusable`: the place for keys and certificates cannot be used.
 */
export type EnrollmentErrorCode =
  | 'approval-pending'
  | 'request-ended'
  | 'not-offered'
  | 'unsupported-options'
  | 'answer-missing'
  | 'certificate-refused'
  | 'certificate-untrustworthy'
  | 'card-mismatch'
  | 'card-in-use'
  | 'declined'
  | 'request-unclear'
  | 'not-active'
  | 'target-unusable'

/** An enrollment that cannot go on. The message says why and what to do next. */
export class EnrollmentError extends Error {
  override readonly name = 'EnrollmentError'
  readonly code: EnrollmentErrorCode

  constructor(code: EnrollmentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
