import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { CardError } from '../../../card/card-error.ts'
import { AgentError, errorView } from '../agent-error.ts'
import { admitRequest } from './admit-request.ts'
import { type Agent, type AgentCall, agentRoutes, type Route } from './agent-routes.ts'
import { type Answer, answerPreflight, sendAnswer } from './answer.ts'
import { readBody } from './read-body.ts'

export interface AgentServerOptions {
  readonly port: number
  readonly allowedOrigins: ReadonlySet<string>
  /** Milliseconds for a request's headers, and for all of it; 5,000 and 10,000 where they are left out. */
  readonly patience?: { readonly headers: number; readonly request: number }
  /** Called with an Origin that was refused, null where a request had none. */
  readonly onRefused: (origin: string | null) => void
  /** Called with what nobody foresaw. */
  readonly onFault: (error: unknown) => void
}

export interface AgentServer {
  /** As `host:port`. */
  readonly addresses: readonly string[]
  close(): Promise<void>
}

/** Milliseconds after which a page that waits is told that nothing happened. */
const waitTime = 25_000
const mostConnections = 256
/** Requests of an origin that are answered at the same time; browsers hold six connections to a host. */
const mostCalls = 32

/**
 * Serves pages of the allowed origins on both loopback addresses. To anybody else it says nothing: their connections end
 * without a byte, as if nothing listened.
 *
 * @throws what listening throws, for instance where the port is taken
 */
export async function startAgentServer(agent: Agent, options: AgentServerOptions): Promise<AgentServer> {
  const handle = handlerOf(agent, options)
  const servers: Server[] = []
  const addresses: string[] = []
  const close = async () => {
    await Promise.all(servers.map(closeServer))
  }
  try {
    for (const host of ['127.0.0.1', '::1']) {
      const server = newServer(handle, options.patience ?? defaultPatience)
      if (!(await listen(server, host, options.port))) continue
      servers.push(server)
      addresses.push(host.includes(':') ? `[${host}]:${options.port}` : `${host}:${options.port}`)
    }
  } catch (error) {
    await close()
    throw error
  }
  return { addresses, close }
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void

const defaultPatience = { headers: 5_000, request: 10_000 }

function newServer(handle: Handler, patience: { headers: number; request: number }): Server {
  const server = createServer({
    // Where Node would answer by itself, it would say that somebody is here.
    requireHostHeader: false,
    maxHeaderSize: 16 * 1024,
    headersTimeout: patience.headers,
    requestTimeout: patience.request,
    keepAliveTimeout: 5_000,
    connectionsCheckingInterval: Math.min(1_000, patience.headers),
  })
  server.maxConnections = mostConnections
  const refuse = (_: unknown, socket: Duplex) => void socket.destroy()
  return server
    .on('request', handle)
    .on('checkContinue', handle)
    .on('checkExpectation', request => void request.socket.destroy())
    .on('upgrade', (request: IncomingMessage) => void request.socket.destroy())
    .on('connect', (request: IncomingMessage) => void request.socket.destroy())
    .on('clientError', refuse)
}

function handlerOf(agent: Agent, options: AgentServerOptions): Handler {
  const calls = new Map<string, number>()
  return (request, response) => {
    const admitted = admitRequest(request, options)
    if ('refused' in admitted) {
      request.socket.destroy()
      options.onRefused(admitted.refused)
      return
    }
    const { origin } = admitted
    if (request.method === 'OPTIONS') return answerPreflight(request, response, origin)
    if (request.headers.expect !== undefined) response.writeContinue()
    const running = calls.get(origin) ?? 0
    if (running >= mostCalls) {
      return sendAnswer(
        response,
        origin,
        errorAnswer(new AgentError('too-many', 'Too many calls at a time.')),
      )
    }
    calls.set(origin, running + 1)
    response.once('close', () => calls.set(origin, (calls.get(origin) ?? 1) - 1))
    answer(agent, request, response, origin).then(
      found => sendAnswer(response, origin, found),
      (error: unknown) => {
        const failure = errorAnswer(error)
        if (failure.status === 500 && !request.destroyed) options.onFault(error)
        sendAnswer(response, origin, failure)
      },
    )
  }
}

async function answer(
  agent: Agent,
  request: IncomingMessage,
  response: ServerResponse,
  origin: string,
): Promise<Answer> {
  const url = new URL(`http://agent${request.url ?? '/'}`)
  const token = await countedToken(agent, request, origin)
  const found = findRoute(url.pathname, request.method)
  if (token === null && (found === null || found.route?.isOpen !== true)) {
    throw notPaired()
  }
  if (found === null) throw new AgentError('not-found', 'The agent has nothing there.')
  if (found.route === null) throw new AgentError('method-not-allowed', 'The agent has another method there.')
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const call: AgentCall = {
    origin,
    token,
    id: found.id,
    after: afterOf(url),
    gone: gone.signal,
    patience: AbortSignal.any([gone.signal, AbortSignal.timeout(waitTime)]),
    readBody: () => readBody(request),
  }
  const answered = await found.route.handle(agent, call)
  // A page that waited may have been forgotten meanwhile.
  if (token !== null && found.route.method === 'GET' && !(await agent.tokens.accepts(origin, token))) {
    throw notPaired()
  }
  return answered
}

function notPaired(): AgentError {
  return new AgentError('not-paired', 'This page is not paired with the agent, or not any more. Pair it.')
}

function findRoute(pathname: string, method = ''): { route: Route | null; id: string } | null {
  const fitting = agentRoutes.filter(({ path }) => path.test(pathname))
  if (fitting.length === 0) return null
  const route = fitting.find(each => each.method === method) ?? null
  return { route, id: route?.path.exec(pathname)?.[1] ?? '' }
}

async function countedToken(agent: Agent, request: IncomingMessage, origin: string): Promise<string | null> {
  const token = /^Bearer ([A-Za-z0-9_-]{43})$/.exec(request.headers.authorization ?? '')?.[1]
  return token !== undefined && (await agent.tokens.accepts(origin, token)) ? token : null
}

/** The one parameter there is; no secret has a place in an address. */
function afterOf({ searchParams }: URL): string | null {
  if ([...searchParams.keys()].some(name => name !== 'after')) {
    throw new AgentError('invalid-request', 'The address has a parameter that is not known here.')
  }
  const after = searchParams.get('after')
  if (after === null || (after.length <= 40 && /^[\w.-]+$/.test(after))) return after
  throw new AgentError('invalid-request', 'after must be a revision that the agent gave.')
}

function errorAnswer(error: unknown): Answer {
  const status = error instanceof AgentError ? error.status : error instanceof CardError ? 503 : 500
  return { status, body: { error: errorView(error) } }
}

/** @returns false where the computer has no such address */
function listen(server: Server, host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') resolve(false)
      else reject(error)
    })
    server.listen({ host, port, exclusive: true }, () => resolve(true))
  })
}

function closeServer(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
