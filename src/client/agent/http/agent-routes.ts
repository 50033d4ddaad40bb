import type { AgentConsole } from '../agent-console.ts'
import { AgentError } from '../agent-error.ts'
import { optional, pin, strictObject, string, uuid } from '../body-schema.ts'
import type { CardDesk } from '../jobs/card-desk.ts'
import { changePinJob } from '../jobs/change-pin.ts'
import type { JobWork } from '../jobs/job.ts'
import type { JobBook } from '../jobs/job-book.ts'
import { requestJob } from '../jobs/request-job.ts'
import type { OriginTokens } from '../origin-tokens.ts'
import type { PairingCodes } from '../pairing-codes.ts'
import type { ReaderDesk } from '../reader-desk.ts'
import { serverAtOrigin } from '../server-at-origin.ts'
import type { Answer } from './answer.ts'

export interface Agent {
  readonly version: string
  readonly console: AgentConsole
  readonly tokens: OriginTokens
  readonly pairing: PairingCodes
  readonly readers: ReaderDesk
  readonly jobs: JobBook
  readonly desk: CardDesk
}

export interface AgentCall {
  readonly origin: string
  /** null where the page sent none, or one that does not count. */
  readonly token: string | null
  /** What the path's pattern found. */
  readonly id: string
  /** The query's `after`. */
  readonly after: string | null
  /** Aborts when the page has gone. */
  readonly gone: AbortSignal
  /** Aborts when the page has gone, or has waited long enough for something to happen. */
  readonly patience: AbortSignal
  readBody(): Promise<unknown>
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: RegExp
  /** Whether it answers without a token. */
  readonly isOpen?: true
  handle(agent: Agent, call: AgentCall): Promise<Answer>
}

const emptyBody = strictObject<object>({})
const codeBody = strictObject<{ code: string }>({ code: string(16, /^[A-Za-z0-9 -]+$/) })
const cardId = optional(string(64))
const reader = string(200)

const newPinChange = strictObject<{
  kind: string
  reader: string
  cardId: string | null
  currentPin: string
  newPin: string
}>({ kind: string(16), reader, cardId, currentPin: pin, newPin: pin })

const newRequestJob = strictObject<{
  kind: 'enroll' | 'unblock' | 'retire'
  reader: string
  cardId: string | null
  server: string
  apiToken: string
  request: string
  currentPin: string | null
  newPin: string | null
}>({
  kind: requestKind,
  reader,
  cardId,
  server: string(500),
  apiToken: string(8_000, /^[A-Za-z0-9._~+/-]+=*$/),
  request: uuid,
  currentPin: optional(pin),
  newPin: optional(pin),
})

export const agentRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: /^\/agent$/,
    isOpen: true,
    handle: async ({ version }, { token }) => ({
      status: 200,
      body: { name: 'cardinal-agent', version, isPaired: token !== null },
    }),
  },
  { method: 'POST', path: /^\/pairings$/, isOpen: true, handle: beginPairing },
  { method: 'POST', path: /^\/tokens$/, isOpen: true, handle: issueToken },
  {
    method: 'DELETE',
    path: /^\/tokens\/current$/,
    async handle({ tokens }, { origin, token }) {
      await tokens.revoke(origin, token ?? '')
      return { status: 204 }
    },
  },
  {
    method: 'GET',
    path: /^\/readers$/,
    handle: async ({ readers }, { after, patience }) => ({
      status: 200,
      body: await readers.list(after, patience),
    }),
  },
  { method: 'POST', path: /^\/jobs$/, handle: beginJob },
  {
    method: 'GET',
    path: /^\/jobs\/([0-9a-f-]{36})$/,
    handle: async ({ jobs }, { origin, id, after, patience }) => ({
      status: 200,
      body: await jobs.getAfter(origin, id, revisionOf(after), patience),
    }),
  },
  {
    method: 'DELETE',
    path: /^\/jobs\/([0-9a-f-]{36})$/,
    handle: async ({ jobs }, { origin, id }) => ({ status: 202, body: jobs.cancel(origin, id) }),
  },
]

async function beginPairing({ pairing, console }: Agent, { origin, readBody }: AgentCall): Promise<Answer> {
  emptyBody(await readBody())
  const { code, expires } = pairing.begin(origin)
  if (code !== null && !console.show(`${origin} wants to pair. Type this code into its page: ${code.code}`)) {
    pairing.discard(origin)
    throw new AgentError(
      'nobody-at-terminal',
      'The agent has no terminal to show the code at. Attach one: cardinal agent attach.',
    )
  }
  return { status: 201, body: { expires: expires.toISOString() } }
}

/** Asks only on behalf of who has shown the code: nobody else can put a question before the user. */
async function issueToken(agent: Agent, { origin, readBody, gone }: AgentCall): Promise<Answer> {
  const { code } = codeBody(await readBody())
  agent.pairing.redeem(origin, code)
  const consent = agent.tokens.consentOf(origin)
  if (consent === null) {
    const mayUseCards = await agent.console.confirm(
      `${origin} wants to use your smart cards: see readers and cards, enroll, unblock, change PINs. Allow it?`,
      gone,
    )
    if (!mayUseCards) {
      throw new AgentError('consent-refused', 'The user did not allow this page to use the cards.')
    }
  }
  const { token, expires } = await agent.tokens.issue(origin, consent)
  return { status: 201, body: { token, expires: expires.toISOString() } }
}

async function beginJob(agent: Agent, { origin, readBody }: AgentCall): Promise<Answer> {
  const body = await readBody()
  const { kind, reader, work } = jobOf(agent, origin, body)
  return { status: 202, body: agent.jobs.start({ origin, kind, reader, work }) }
}

function jobOf(
  { desk, console }: Agent,
  origin: string,
  body: unknown,
): { kind: 'change-pin' | 'enroll' | 'unblock' | 'retire'; reader: string; work: JobWork } {
  if (typeof body === 'object' && body !== null && 'kind' in body && body.kind === 'change-pin') {
    const change = newPinChange(body)
    return { kind: 'change-pin', reader: change.reader, work: changePinJob(desk, change) }
  }
  const job = newRequestJob(body)
  const server = serverAtOrigin(job.server, origin)
  return { ...job, work: requestJob(desk, console, { ...job, server, origin }) }
}

function requestKind(value: unknown): 'enroll' | 'unblock' | 'retire' {
  if (value === 'enroll' || value === 'unblock' || value === 'retire') return value
  throw new AgentError('invalid-request', 'kind must be change-pin, enroll, unblock or retire.')
}

function revisionOf(after: string | null): number {
  if (after === null) return 0
  if (/^\d{1,9}$/.test(after)) return Number(after)
  throw new AgentError('invalid-request', 'after must be the revision of a job.')
}
