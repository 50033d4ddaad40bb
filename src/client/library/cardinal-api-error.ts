import { type ErrorCode, errorTable } from '../../domain/error.ts'

/**
 * `refused`: the server answered with a status that is no success. `unreachable`: no connection, or one that broke.
 * `timed-out`: no whole answer in time. `unusable-answer`: an answer that is not what the contract says.
 */
export type CardinalApiErrorKind = 'refused' | 'unreachable' | 'timed-out' | 'unusable-answer'

export interface CardinalApiErrorFacts {
  readonly method: string
  /** Without query: queries carry challenges. */
  readonly url: string
  /** null where no answer came. */
  readonly status?: number | null
  /** The server's stable error code; null where it gave none. */
  readonly errorCode?: string | null
  /** Leads to the entry in the server's log; null where the server gave none. */
  readonly correlationId?: string | null
  /** Seconds after which the server wants to be asked again; null where it did not say. */
  readonly retryAfter?: number | null
  readonly cause?: unknown
}

/** A call that failed. The message says what happened to which address and what to do next. */
export class CardinalApiError extends Error {
  override readonly name = 'CardinalApiError'
  readonly kind: CardinalApiErrorKind
  readonly method: string
  readonly url: string
  readonly status: number | null
  /** null where no answer came, and for an answer that is not Cardinal's, or a later Cardinal's: see `errorCode`. */
  readonly code: ErrorCode | null
  readonly errorCode: string | null
  readonly correlationId: string | null
  readonly retryAfter: number | null

  constructor(kind: CardinalApiErrorKind, message: string, facts: CardinalApiErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.kind = kind
    this.method = facts.method
    this.url = facts.url
    this.status = facts.status ?? null
    this.errorCode = facts.errorCode ?? null
    this.code = isErrorCode(this.errorCode) ? this.errorCode : null
    this.correlationId = facts.correlationId ?? null
    this.retryAfter = facts.retryAfter ?? null
  }
}

function isErrorCode(text: string | null): text is ErrorCode {
  return text !== null && Object.hasOwn(errorTable, text)
}
