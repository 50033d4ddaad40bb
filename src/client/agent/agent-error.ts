import { CardError, type CardErrorCode } from '../../card/card-error.ts'
import { FileLockedError } from '../card-reader/file-lock.ts'
import { EnrollmentError, type EnrollmentErrorCode } from '../enrollment-error.ts'
import { CardinalApiError } from '../library/cardinal-api-error.ts'

/** What a page can do about an error. Closed, so that a page can have words for each. */
export type NextStep =
  | 'mend-request'
  | 'pair'
  | 'ask-user'
  | 'try-later'
  | 'insert-card'
  | 'use-other-card'
  | 'enter-pin'
  | 'choose-pin'
  | 'unblock-pin'
  | 'attach-terminal'
  | 'sign-in'
  | 'wait-for-approval'
  | 'make-new-request'
  | 'ask-help-desk'

interface ErrorKind {
  /** Of the HTTP answer, where the error is one's and not a job's. */
  readonly status: number
  readonly next: NextStep
}

/** The errors of the agent itself; those of cards, requests and the server keep their own codes. */
const errorKinds = {
  'invalid-request': { status: 400, next: 'mend-request' },
  'not-found': { status: 404, next: 'mend-request' },
  'method-not-allowed': { status: 405, next: 'mend-request' },
  'not-json': { status: 415, next: 'mend-request' },
  'body-too-large': { status: 413, next: 'mend-request' },
  'foreign-server': { status: 400, next: 'mend-request' },
  'not-paired': { status: 401, next: 'pair' },
  'wrong-code': { status: 403, next: 'pair' },
  'consent-refused': { status: 403, next: 'ask-user' },
  'nobody-at-terminal': { status: 403, next: 'attach-terminal' },
  'too-many': { status: 429, next: 'try-later' },
  'reader-in-use': { status: 409, next: 'try-later' },
  'pin-needed': { status: 400, next: 'choose-pin' },
  'card-changed': { status: 409, next: 'insert-card' },
  'consent-withdrawn': { status: 403, next: 'pair' },
  cancelled: { status: 409, next: 'try-later' },
  internal: { status: 500, next: 'try-later' },
} as const satisfies Readonly<Record<string, ErrorKind>>

export type AgentErrorCode = keyof typeof errorKinds

/** What a page is told it did wrong, or cannot have. The message never holds a secret. */
export class AgentError extends Error {
  override readonly name = 'AgentError'
  readonly code: AgentErrorCode

  constructor(code: AgentErrorCode, message: string) {
    super(message)
    this.code = code
  }

  get status(): number {
    return errorKinds[this.code].status
  }
}

export interface ErrorView {
  readonly code: string
  /** For people. */
  readonly message: string
  readonly next: NextStep
  /** Where a retry counter of the card was touched. */
  readonly triesLeft?: number
}

/** Anything that was thrown, as a page may see it: what nobody foresaw is named, and not shown. */
export function errorView(error: unknown): ErrorView {
  if (error instanceof AgentError) {
    return { code: error.code, message: error.message, next: errorKinds[error.code].next }
  }
  if (error instanceof CardError) {
    const { code, message, triesLeft } = error
    const next = triesLeft === 0 ? 'unblock-pin' : (nextOfCard[code] ?? 'ask-help-desk')
    return { code, message, next, ...(triesLeft !== undefined && { triesLeft }) }
  }
  if (error instanceof EnrollmentError) {
    return { code: error.code, message: error.message, next: nextOfEnrollment[error.code] ?? 'ask-help-desk' }
  }
  if (error instanceof CardinalApiError) return apiErrorView(error)
  if (error instanceof FileLockedError) {
    return {
      code: 'reader-in-use',
      message: 'Another program carries out this request. Wait for its end.',
      next: 'try-later',
    }
  }
  return { code: 'internal', message: 'The agent failed. Its terminal says more.', next: 'try-later' }
}

/** Only what the server itself said of the caller's own call: its address is the page's own, and holds no query. */
function apiErrorView({ kind, status, errorCode, message }: CardinalApiError): ErrorView {
  if (kind !== 'refused') return { code: `server-${kind}`, message, next: 'try-later' }
  const next = status === 401 ? 'sign-in' : status === 429 || status === 503 ? 'try-later' : 'ask-help-desk'
  return { code: errorCode ?? 'server-refused', message, next }
}

const nextOfCard: Partial<Record<CardErrorCode, NextStep>> = {
  'wrong-pin': 'enter-pin',
  'pin-refused-before': 'enter-pin',
  'invalid-pin': 'choose-pin',
  'pin-blocked': 'unblock-pin',
  'last-pin-try': 'unblock-pin',
  'pin-not-set': 'use-other-card',
  'card-removed': 'insert-card',
  'no-card': 'insert-card',
  'no-such-reader': 'insert-card',
  'card-timeout': 'insert-card',
  'card-failure': 'insert-card',
  'not-connected': 'insert-card',
  'reader-busy': 'try-later',
  'no-such-application': 'use-other-card',
  'card-full': 'use-other-card',
  'wrong-response': 'use-other-card',
  'admin-blocked': 'use-other-card',
}

const nextOfEnrollment: Partial<Record<EnrollmentErrorCode, NextStep>> = {
  'approval-pending': 'wait-for-approval',
  'request-ended': 'make-new-request',
  'card-mismatch': 'insert-card',
  'card-in-use': 'use-other-card',
  declined: 'ask-user',
}
