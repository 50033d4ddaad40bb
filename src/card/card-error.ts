/**
 * What a card, or the code that prepares bytes for one, can refuse. Closed: whoever maps these to a user's words
 * or to an HTTP status can be checked for completeness.
 */
export type CardErrorCode =
  | 'wrong-response'
  | 'no-challenge'
  | 'admin-blocked'
  | 'wrong-pin'
  | 'pin-blocked'
  | 'pin-not-set'
  | 'security-status-not-satisfied'
  | 'invalid-pin'
  | 'invalid-key'
  | 'invalid-block'
  | 'invalid-challenge'
  | 'invalid-atr'
  | 'invalid-card-id'
  | 'invalid-certificate'
  | 'no-such-key'
  | 'no-such-certificate'
  | 'not-attested'
  | 'unsupported-algorithm'
  | 'card-full'
  | 'invalid-apdu'
  | 'invalid-tlv'
  | 'invalid-card-state'
  | 'pin-refused-before'
  | 'last-pin-try'
  | 'wrong-puk'
  | 'puk-blocked'
  | 'no-such-application'
  | 'not-initialized'
  | 'already-initialized'
  | 'card-not-genuine'
  | 'no-such-file'
  | 'file-exists'
  | 'command-refused'
  | 'command-not-supported'
  | 'card-failure'
  | 'unexpected-answer'
  | 'card-removed'
  | 'card-timeout'
  | 'not-connected'
  | 'no-card'
  | 'no-such-reader'
  | 'reader-busy'
  | 'card-service-unavailable'

/**
 * A refusal by a card. The message says what happened and what to do next, and never holds a PIN, a key, a
 * challenge or a response. `triesLeft` stands only where a retry counter was touched.
 */
export class CardError extends Error {
  override readonly name = 'CardError'
  readonly code: CardErrorCode
  readonly triesLeft?: number

  constructor(code: CardErrorCode, message: string, triesLeft?: number) {
    super(message)
    this.code = code
    if (triesLeft !== undefined) this.triesLeft = triesLeft
  }
}
