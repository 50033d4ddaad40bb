import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { CardinalError, type ErrorCode } from '../domain/error.ts'
import type { Authenticator } from '../workflows/ports/authenticator.ts'
import { validationError } from './validation-error.ts'

/** The one place that says which status each code has. `docs/errors.md` is checked against it. */
export const statusOfError: Readonly<Record<ErrorCode, number>> = {
  MalformedBody: 400,
  InvalidParameter: 400,
  UnsupportedMediaType: 415,
  BodyTooLarge: 413,
  RequestTimeout: 408,
  NotSignedIn: 401,
  SignInThrottled: 429,
  TooManyRequests: 429,
  NotPermitted: 403,
  PolicyForbids: 403,
  RequestTypeNotSupported: 403,
  ApiDisabled: 404,
  RouteNotFound: 404,
  MethodNotAllowed: 405,
  RequestNotFound: 404,
  SmartcardNotFound: 404,
  ProfileNotFound: 404,
  ProfileTemplateNotFound: 404,
  UserNotFound: 404,
  SessionNotFound: 404,
  ApiTokenNotFound: 404,
  RequestStateForbids: 409,
  SmartcardStateForbids: 409,
  ProfileStateForbids: 409,
  UserStateForbids: 409,
  SmartcardInUse: 409,
  SmartcardReuseForbidden: 403,
  SmartcardNotOfRequest: 409,
  SmartcardNotBound: 409,
  CertificatesMissing: 409,
  TooManyApiTokens: 409,
  DuplicateApproval: 409,
  ConcurrentChange: 409,
  CertificationAuthorityFailed: 500,
  ServiceUnavailable: 503,
  InternalError: 500,
}

/** The body of every answer that is an error, in the form of ASP.NET Web API's HttpError. */
export interface ErrorView {
  readonly Message: string
  readonly ErrorCode: ErrorCode
  readonly CorrelationId: string
}

export function errorView(error: CardinalError, correlationId: string): ErrorView {
  const message = error.rule === null ? error.message : `${error.message} Rule: ${error.rule}.`
  return { Message: message, ErrorCode: error.code, CorrelationId: correlationId }
}

/** Nobody knows; whoever asks again at once makes it no better (RFC 9110 §15.6.4). */
const secondsUntilMended = 2

/** Answers whatever was thrown. */
export function answerError({ challengesAfter }: Pick<Authenticator, 'challengesAfter'>) {
  return (thrown: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const error = toCardinalError(thrown)
    if (findsNothing(request.method, error.code)) return reply.code(204).send()
    const status = statusOfError[error.code]
    if (status >= 500) request.log.error({ err: logView(thrown) }, error.code)
    reply.header('x-correlation-id', request.id)
    if (error.code === 'BodyTooLarge' && isDrainable(request)) reply.removeHeader('connection')
    if (error.code === 'NotSignedIn') {
      reply.header('www-authenticate', [...challengesAfter(request.headers.authorization ?? null)])
    }
    const retryAfter = error.retryAfter ?? (status === 503 ? secondsUntilMended : null)
    if (retryAfter !== null) reply.header('retry-after', Math.ceil(retryAfter))
    return reply
      .code(status)
      .type('application/json; charset=utf-8')
      .send(JSON.stringify(errorView(error, request.id)))
  }
}

/** Bytes of a refused body that are read and thrown away, so that the client is there to read the refusal. */
const longestDrained = 64 * 1024 * 1024

/** Closed at once, the connection would be reset under a client that still sends, and the answer lost. */
function isDrainable(request: FastifyRequest): boolean {
  const length = Number(request.headers['content-length'])
  return Number.isSafeInteger(length) && length <= longestDrained
}

/** Contract §1: reading what is not there is 204; only a write to it is 404. */
function findsNothing(method: string, code: ErrorCode): boolean {
  return (method === 'GET' || method === 'HEAD') && unknownObjectCodes.has(code)
}

const unknownObjectCodes: ReadonlySet<ErrorCode> = new Set([
  'RequestNotFound',
  'SmartcardNotFound',
  'ProfileNotFound',
  'ProfileTemplateNotFound',
])

/** What happened, with the stack; nothing else that an error may carry, for that may be a secret. */
function logView(thrown: Error): { type: string; message: string; stack: string; cause?: unknown } {
  const cause = thrown.cause instanceof Error ? { cause: logView(thrown.cause) } : {}
  return { type: thrown.name, message: thrown.message, stack: thrown.stack ?? '', ...cause }
}

/** Translates the errors of Fastify; anything unknown becomes an InternalError without detail. */
export function toCardinalError(thrown: FastifyError | Error): CardinalError {
  if (thrown instanceof CardinalError) return thrown
  const code = 'code' in thrown ? thrown.code : ''
  switch (code) {
    case 'FST_ERR_VALIDATION':
      return validationError(thrown)
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new CardinalError('UnsupportedMediaType', 'The body must be application/json.')
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new CardinalError('BodyTooLarge', 'The body is larger than the server takes.')
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new CardinalError('MalformedBody', 'The body has another length than Content-Length says.')
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new CardinalError('InvalidParameter', 'path: a segment is too long.')
    case 'FST_ERR_BAD_URL':
      return new CardinalError('InvalidParameter', 'path: is not a valid address.')
    case 'FST_ERR_HANDLER_TIMEOUT':
      return new CardinalError('ServiceUnavailable', 'The server took too long to answer.')
    case 'ECONNRESET':
      return new CardinalError('MalformedBody', 'The body ended early.')
    default:
      return new CardinalError('InternalError', 'An unexpected fault happened; it is in the server log.', {
        cause: thrown,
      })
  }
}
