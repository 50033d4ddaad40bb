import { setTimeout as wait } from 'node:timers/promises'
import type { ApiCredentials } from './api-credentials.ts'
import { callPath, type PathValues } from './call-path.ts'
import { answerShapes } from './generated/answer-shapes.ts'
import type { AnswerOf, InputOf, OperationName } from './operations.ts'
import { readAllPages } from './read-all-pages.ts'
import { type RetryPolicy, sendWithRetries } from './send-with-retries.ts'
import { shapeFault } from './shape.ts'
import { type ApiRequest, type ApiResponse, createTransport, type Transport } from './transport.ts'
import { unusableAnswer } from './unusable-answer.ts'

export interface CardinalClientOptions {
  /** The server's address. A path in it is the virtual directory; without one, it is `/CertificateManagement`. */
  readonly baseUrl: string
  readonly credentials: ApiCredentials
  readonly fetch?: typeof fetch
  /** How often a GET is repeated at most, 2 by default. Nothing else is ever repeated. */
  readonly retries?: number
  /** Milliseconds for one whole answer, 30 000 by default; each repetition has as long again. */
  readonly timeout?: number
  /** How the client waits before it repeats, and by what chance it waits longer. */
  readonly pacing?: Pick<RetryPolicy, 'wait' | 'random'>
}

export interface CallOptions {
  /** Ends the call, which then fails with the signal's reason. */
  readonly signal?: AbortSignal
}

/** What follows an operation's name; nothing needs to where the operation takes nothing. */
export type CallArguments<Name extends OperationName> =
  Partial<InputOf<Name>> extends InputOf<Name>
    ? [input?: InputOf<Name> & CallOptions]
    : [input: InputOf<Name> & CallOptions]

export interface CardinalClient {
  /** Where the API stands, up to and with its `/api`. */
  readonly apiUrl: string
  /**
   * Calls one operation: `client.call('GET /v1.0/requests/{id}', { path: { id } })`. Its answer is checked to be of the
   * declared form; 204 is null. A list comes whole: further pages are asked for as the server names them.
   *
   * @throws CardinalApiError; TypeError for a value that cannot stand in a path; the reason of the signal
   */
  call<Name extends OperationName>(name: Name, ...input: CallArguments<Name>): Promise<AnswerOf<Name>>
  /** The same client, each of whose calls goes through `layer`, which may look at it, hold it back or end it. */
  through(layer: Layer): CardinalClient
}

/**
 * Stands around a call as it is sent, with all its repetitions.
 *
 * @param send goes on with the call; throws CardinalApiError
 */
export type Layer = (
  request: ApiRequest,
  send: (request: ApiRequest) => Promise<ApiResponse>,
) => Promise<ApiResponse>

interface AnyInput extends PathValues, CallOptions {
  readonly body?: unknown
}

/** The longest timer that Node has. */
const mostMilliseconds = 2 ** 31 - 1

const pacingByChance: Pick<RetryPolicy, 'wait' | 'random'> = {
  wait: (milliseconds, signal) => wait(milliseconds, undefined, signal === undefined ? {} : { signal }),
  random: Math.random,
}

/** @throws TypeError for an address, credentials or limits that cannot work */
export function createCardinalClient(options: CardinalClientOptions): CardinalClient {
  const policy = {
    ...(options.pacing ?? pacingByChance),
    retries: wholeNumber('retries', options.retries ?? 2, 0),
  }
  const transport = createTransport({
    baseUrl: options.baseUrl,
    credentials: options.credentials,
    ...(options.fetch !== undefined && { fetch: options.fetch }),
    ...(options.timeout !== undefined && { timeout: wholeNumber('timeout', options.timeout, 1) }),
  })
  return clientOver({
    apiUrl: transport.apiUrl,
    send: request => sendWithRetries(transport, request, policy),
  })
}

function clientOver(transport: Transport): CardinalClient {
  const { apiUrl } = transport
  return {
    apiUrl,
    call<Name extends OperationName>(
      name: Name,
      ...[input = {}]: CallArguments<Name>
    ): Promise<AnswerOf<Name>> {
      return carryOut(transport, name, input)
    },
    through: layer => clientOver({ apiUrl, send: request => layer(request, inner => transport.send(inner)) }),
  }
}

async function carryOut<Name extends OperationName>(
  transport: Transport,
  name: Name,
  { body, signal, ...values }: AnyInput,
): Promise<AnswerOf<Name>> {
  const { method, template } = partsOf(name)
  const request = {
    method,
    path: callPath(template, values),
    ...(body !== undefined && { body }),
    ...(signal !== undefined && { signal }),
  }
  const answer = await transport.send(request)
  // Without query: queries carry challenges.
  const url = `${transport.apiUrl}/${request.path.split('?')[0]}`
  const whole = answer.next === undefined ? answer.body : await readAllPages(transport, request, answer)
  assertAnswer(whole, name, { method, url, status: answer.status })
  return whole
}

function assertAnswer<Name extends OperationName>(
  body: unknown,
  name: Name,
  facts: { readonly method: string; readonly url: string; readonly status: number },
): asserts body is AnswerOf<Name> {
  const fault = shapeFault(body, answerShapes[name], 'the body')
  if (fault !== null) throw unusableAnswer(facts, fault)
}

function partsOf(name: OperationName) {
  // Whoever calls without the types may name anything.
  if (!Object.hasOwn(answerShapes, name)) throw new TypeError('There is no operation of this name.')
  const [method, template = ''] = name.split(' ')
  if (method !== 'GET' && method !== 'POST' && method !== 'PUT' && method !== 'DELETE') {
    throw new TypeError(`${name} has a method that the client does not send.`)
  }
  return { method, template } as const
}

function wholeNumber(name: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least && value <= mostMilliseconds) return value
  throw new TypeError(`${name} must be a whole number from ${least} to ${mostMilliseconds}.`)
}
