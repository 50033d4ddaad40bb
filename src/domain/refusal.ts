import { CardinalError, type ErrorCode } from './error.ts'

/** A rule's answer "no": which code, and in words what was refused and why. */
export interface Refusal {
  readonly refused: true
  readonly code: ErrorCode
  readonly message: string
  /** The rule that refused, for the answer to "why may I not?". */
  readonly rule?: string
}

export function refuse(code: ErrorCode, message: string, rule?: string): Refusal {
  return { refused: true, code, message, ...(rule === undefined ? {} : { rule }) }
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value && value.refused === true
}

/** Passes a rule's result on, or throws its refusal as the error that the caller sees. */
export function accept<Result>(result: Result | Refusal): Result {
  if (isRefusal(result)) {
    throw new CardinalError(
      result.code,
      result.message,
      result.rule === undefined ? {} : { rule: result.rule },
    )
  }
  return result
}
