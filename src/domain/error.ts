/**
 * The closed table of error codes. A code is part of the API: it never changes its meaning.
 * The text says when it appears; `docs/errors.md` is checked against it.
 */
export const errorTable = {
  MalformedBody: 'The body is not the JSON that the route takes.',
  InvalidParameter:
    'A field, a path segment or a query parameter has a value that the route does not take; the message names it.',
  UnsupportedMediaType: 'The body is not application/json in UTF-8, or is compressed.',
  BodyTooLarge: 'The body is larger than the server takes.',
  RequestTimeout: 'The request did not arrive in time.',
  NotSignedIn: 'The route needs a signed-in user and the request carried no accepted credentials.',
  SignInThrottled:
    'Too many failed sign-ins for this account or from this address; Retry-After says when to try again.',
  TooManyRequests:
    'A key or a PIN was asked for, or a certificate request refused, too often; Retry-After says when to try again.',
  NotPermitted: 'The caller lacks the permission; the message names the rule that refused.',
  PolicyForbids: "The profile template's policy does not allow this.",
  RequestTypeNotSupported: 'This release does not carry out requests of this type.',
  ApiDisabled: 'The API is switched off in the configuration.',
  RouteNotFound: 'There is no such route.',
  MethodNotAllowed: 'The route exists, but not with this method.',
  RequestNotFound: 'There is no request with this id.',
  SmartcardNotFound: 'There is no smart card with this id.',
  ProfileNotFound: 'There is no profile with this id.',
  ProfileTemplateNotFound: 'There is no profile template with this id.',
  UserNotFound: 'There is no user with this id or name.',
  SessionNotFound: 'There is no session with this id, or it has ended.',
  ApiTokenNotFound: 'There is no API token with this id, or it was revoked.',
  RequestStateForbids: 'The request is in a state in which this step is not allowed.',
  SmartcardStateForbids: 'The smart card is in a state in which this step is not allowed.',
  ProfileStateForbids: 'The profile is in a state in which this step is not allowed.',
  UserStateForbids: 'The target user is disabled or expired, or the directory knows them no more.',
  SmartcardInUse: 'The physical card belongs to another assignment that has not ended.',
  SmartcardReuseForbidden: 'The profile template does not allow this physical card to be used again.',
  SmartcardNotOfRequest: 'The request is bound to another smart card.',
  SmartcardNotBound: 'The request has no smart card yet; bind one first.',
  CertificatesMissing: 'The request cannot be completed before its certificates are issued.',
  TooManyApiTokens: 'The user has as many API tokens as one may have; revoke one first.',
  DuplicateApproval: 'The caller has already decided on this request.',
  ConcurrentChange: 'Somebody else changed the object at the same moment; read it again and repeat.',
  CertificationAuthorityFailed: 'The certification authority could not issue; the request has failed.',
  ServiceUnavailable:
    'The server cannot work at the moment, for instance because its database is out of reach.',
  InternalError: 'An unexpected fault; the correlation id leads to the entry in the server log.',
} as const satisfies Readonly<Record<string, string>>

export type ErrorCode = keyof typeof errorTable

/** An error that the caller is told about. Anything else that is thrown becomes an InternalError without detail. */
export class CardinalError extends Error {
  readonly code: ErrorCode
  /** The rule that refused, for the answer to "why may I not?". */
  readonly rule: string | null
  /** Seconds after which a throttled caller may try again. */
  readonly retryAfter: number | null

  constructor(
    code: ErrorCode,
    message: string,
    facts: { rule?: string; retryAfter?: number; cause?: unknown } = {},
  ) {
    super(message, facts.cause === undefined ? {} : { cause: facts.cause })
    this.name = 'CardinalError'
    this.code = code
    this.rule = facts.rule ?? null
    this.retryAfter = facts.retryAfter ?? null
  }
}
