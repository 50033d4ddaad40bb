import { createServer, type Server, type ServerOptions } from 'node:http'
import { createServer as createSecureServer, type ServerOptions as SecureServerOptions } from 'node:https'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { CardinalError } from '../domain/error.ts'
import { refuseForeignCodings } from './body-coding.ts'
import { answerClientError } from './client-error.ts'
import { correlationIdOf } from './correlation-id.ts'
import { addDocumentationRoutes } from './documentation.ts'
import { answerError } from './errors.ts'
import { takeForgivingJson } from './forgiving-json.ts'
import { requireHostHeader } from './host-header.ts'
import { refuseOtherMethods } from './method-not-allowed.ts'
import { leaveOutLengthOfNothing } from './no-content.ts'
import { parseQueryString } from './query-string.ts'
import { logRequests, type TraceVerbosity } from './request-log.ts'
import { addApiRoutes, addServerRoutes, type RouteOptions } from './routes.ts'
import { addSecurityHeaders } from './security-headers.ts'
import { authenticateCallers, requireDeclaredAccess } from './sign-in/authentication.ts'

export interface ApplicationOptions extends RouteOptions {
  /** null: no log. */
  readonly logger: FastifyBaseLogger | null
  readonly traceVerbosity: TraceVerbosity
  /** Bytes. */
  readonly bodyLimit: number
  /** Milliseconds in which a call must have arrived. */
  readonly requestTimeout: number
  /** Whether X-Forwarded-* headers are believed, as far as the proxy that calls us has written them. */
  readonly trustProxy: boolean
  /** Certificate and key; null to serve without TLS. */
  readonly https: SecureServerOptions | null
  readonly version: string
}

/** Nothing is coerced or removed: what is forgiven is written out. Our own schemas are not validated at each start. */
const ajvOptions = {
  coerceTypes: false,
  removeAdditional: false,
  useDefaults: false,
  allowUnionTypes: true,
  meta: false,
  validateSchema: false,
} as const

/** A Kerberos token of somebody who is in many groups has up to 64 KiB, and a third more in base64. */
const longestHeaders = 96 * 1024

/** Longer path parameters than any identifier, so that a wrong one is refused by name and not as an unknown route. */
const longestPathParameter = 1024

/**
 * Builds the server of the API, to be tested by `inject` or made to listen. `close()` lets the calls in flight end;
 * new ones get ServiceUnavailable.
 */
export function createApplication(options: ApplicationOptions): FastifyInstance {
  const app = bareApplication(options)
  requireDeclaredAccess(app)
  refuseOtherMethods(app)
  addServerRoutes(app, options)
  app.register(async api =>
    addDocumentationRoutes(api.withTypeProvider<TypeBoxTypeProvider>(), async () => {
      const { describedApplication } = await import('./described-application.ts')
      return await describedApplication(bareApplication({ ...options, logger: null }), options)
    }),
  )
  addApiRoutes(app, options)
  return app
}

function bareApplication(options: ApplicationOptions): FastifyInstance {
  const { randomness } = options.environment
  const app = fastify({
    ...(options.logger === null ? {} : { loggerInstance: options.logger }),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'correlationId' }),
    genReqId: request => correlationIdOf(request.headers, () => randomness.uuid()),
    serverFactory: handler => createHttpServer(options, handler),
    bodyLimit: options.bodyLimit,
    // What stands before the address that our proxy added is what its client wrote.
    trustProxy: options.trustProxy && ((_address, hop) => hop === 0),
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    rewriteUrl: request => withVirtualDirectory(request.url ?? '/', options.virtualDirectory),
    frameworkErrors: answerError(options.authenticator),
    clientErrorHandler: answerClientError(() => randomness.uuid()),
    // Words are for the description alone: they are taken in any case.
    ajv: { customOptions: { ...ajvOptions, keywords: ['words'] } },
    routerOptions: {
      caseSensitive: false,
      ignoreTrailingSlash: true,
      maxParamLength: longestPathParameter,
      querystringParser: parseQueryString,
    },
  })
  addSecurityHeaders(app, options.https !== null)
  leaveOutLengthOfNothing(app)
  requireHostHeader(app)
  refuseWhileClosing(app)
  logRequests(app, options.traceVerbosity)
  authenticateCallers(app, options.authenticator, options.secureCookies)
  refuseForeignCodings(app)
  takeForgivingJson(app)
  app.setErrorHandler(answerError(options.authenticator))
  app.setNotFoundHandler(async () => {
    throw new CardinalError('RouteNotFound', 'There is no such route.')
  })
  return app
}

function createHttpServer(
  options: ApplicationOptions,
  handler: NonNullable<Parameters<typeof createServer>[1]>,
): Server {
  const limits: ServerOptions = {
    requestTimeout: options.requestTimeout,
    keepAliveTimeout: 72_000,
    maxHeaderSize: longestHeaders,
    // It would be answered by node itself, without the body that every error has.
    requireHostHeader: false,
  }
  const server =
    options.https === null
      ? createServer(limits, handler)
      : createSecureServer({ ...limits, ...options.https }, handler)
  // So would be an expectation that nobody knows, which a server may pass over (RFC 9110 §10.1.1).
  return server.on('checkExpectation', handler)
}

/** The API is served under `/api` too, the form of the vendor's controller table. */
function withVirtualDirectory(url: string, virtualDirectory: string): string {
  return /^\/api(?=\/)/i.test(url) ? `/${virtualDirectory}${url}` : url
}

function refuseWhileClosing(app: FastifyInstance): void {
  let isClosing = false
  app.addHook('preClose', async () => {
    isClosing = true
  })
  app.addHook('onSend', async (_request, reply) => {
    if (isClosing) reply.header('connection', 'close')
  })
  app.addHook('onRequest', async () => {
    if (isClosing) throw new CardinalError('ServiceUnavailable', 'The server is shutting down.')
  })
}
