/** What goes with a refusal for some credentials only. */
export interface RefusalDetails {
  /** The name that was given, printable and bounded in length. */
  readonly account?: string
  /** The UUID of the user that goes by it. */
  readonly user?: string
  /** What the caller is told in place of what is told for most reasons; nothing that they do not know. */
  readonly answer?: string
}

/**
 * Why credentials were not accepted, for the log of the administrator. Whoever called is told only that they were not:
 * neither the reason nor the message of this reaches an answer.
 */
export class SignInRefusal extends Error {
  override readonly name = 'SignInRefusal'
  /** Short and stable, such as `expired-ticket`: what a log is searched by. */
  readonly reason: string
  readonly details: RefusalDetails

  /** @param message what happened and what to do about it, without secrets and bounded in length */
  constructor(reason: string, message: string, cause?: unknown, details: RefusalDetails = {}) {
    super(message, cause === undefined ? {} : { cause })
    this.reason = reason
    this.details = details
  }
}
