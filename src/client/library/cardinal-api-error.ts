import { type ErrorCode, errorTable } from '../../domain/error.ts'
import { ApiError } from '../api-error.ts'

/**
 * A call that failed. `kind` tells apart what the server refused from a server that was not reached, did not answer in
 * time, or answered with what is none of its API; only the first has a `status` in any case, and a `code` where the
 * refusal was Cardinal's own.
 */
export class CardinalApiError extends ApiError {
  override readonly name = 'CardinalApiError'
  /** null where no answer came, and for an answer that is not Cardinal's, or a later Cardinal's: see `errorCode`. */
  readonly code: ErrorCode | null

  constructor(error: ApiError) {
    super(error.kind, error.message, error)
    this.code = isErrorCode(error.errorCode) ? error.errorCode : null
  }
}

function isErrorCode(text: string | null): text is ErrorCode {
  return text !== null && Object.hasOwn(errorTable, text)
}
