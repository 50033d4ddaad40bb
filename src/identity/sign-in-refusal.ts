/**
 * Why credentials were not accepted, for the log of the administrator. Whoever called is told only that they were not:
 * neither the code nor the text of this reaches an answer.
 */
export class SignInRefusal extends Error {
  override readonly name = 'SignInRefusal'
  /** Short and stable, such as `expired-ticket`: what a log is searched by. */
  readonly reason: string

  /** @param message what happened and what to do about it, without secrets and bounded in length */
  constructor(reason: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.reason = reason
  }
}
