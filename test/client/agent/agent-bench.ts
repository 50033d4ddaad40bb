import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { AgentConsole } from '../../../src/client/agent/agent-console.ts'
import { AgentStateFile } from '../../../src/client/agent/agent-state.ts'
import type { Agent } from '../../../src/client/agent/http/agent-routes.ts'
import { startAgentServer } from '../../../src/client/agent/http/agent-server.ts'
import { JobBook } from '../../../src/client/agent/jobs/job-book.ts'
import { OriginTokens } from '../../../src/client/agent/origin-tokens.ts'
import { PairingCodes } from '../../../src/client/agent/pairing-codes.ts'
import { ReaderDesk } from '../../../src/client/agent/reader-desk.ts'
import { RefusedPins } from '../../../src/client/agent/refused-pins.ts'
import { openPcscReaders } from '../../../src/client/card-reader/pcsc-readers.ts'
import { freePort } from '../../testbed/server.ts'

export const portal = 'https://pki.contoso.com'
export const otherPortal = 'https://cards.contoso.com'

/** Says what it was shown and asked, and answers as it is told to. */
export class ScriptedConsole implements AgentConsole {
  readonly shown: string[] = []
  readonly asked: string[] = []
  isThere = true
  answer: (signal: AbortSignal) => Promise<boolean> = async () => true

  show(text: string): boolean {
    this.shown.push(text)
    return this.isThere
  }

  confirm(question: string, signal: AbortSignal): Promise<boolean> {
    this.asked.push(question)
    return this.answer(signal)
  }

  lastCode(): string {
    return /: (\S+)$/.exec(this.shown.at(-1) ?? '')?.[1] ?? ''
  }
}

export interface AgentBench {
  readonly port: number
  readonly agent: Agent
  readonly console: ScriptedConsole
  readonly stateFile: string
  /** Called with every request that was refused, as `onRefused`. */
  readonly refused: (string | null)[]
  readonly faults: unknown[]
  now: Date
  /** A call as a page's, of an allowed origin where it is left out. */
  call(method: string, path: string, options?: CallOptions): Promise<CallAnswer>
  pair(origin?: string): Promise<string>
  /** Sends these bytes, and resolves to all that comes back until the connection ends. */
  send(...text: readonly (string | Uint8Array)[]): Promise<string>
}

export interface CallOptions {
  readonly origin?: string
  readonly token?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface CallAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
  readonly code: string | undefined
}

/** The agent's service in this process, for two portals; there is no PC/SC. */
export async function startAgentBench(
  t: Pick<TestContext, 'after'>,
  patience = { headers: 5_000, request: 10_000 },
): Promise<AgentBench> {
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-agent-'))
  const stateFile = join(folder, 'agent', 'origins.json')
  const port = await freePort()
  const console = new ScriptedConsole()
  const readers = await openPcscReaders()
  const faults: unknown[] = []
  const refused: (string | null)[] = []
  const randomness = {
    randomBytes,
    randomUuid: randomUUID,
    randomInteger: (limit: number) => randomInt(limit),
  }
  const clock = { now: new Date() }
  const tokens = new OriginTokens(new AgentStateFile(stateFile), { now: () => clock.now, randomBytes })
  const jobs = new JobBook({
    console,
    consentOf: origin => tokens.consentOf(origin),
    newId: randomUUID,
    onFault: error => void faults.push(error),
  })
  const stopWatching = tokens.watch(() => jobs.endWithdrawn())
  const agent: Agent = {
    version: '1.2.3',
    console,
    tokens,
    pairing: new PairingCodes({ now: () => clock.now.getTime(), randomInteger: randomness.randomInteger }),
    readers: new ReaderDesk(readers, jobs, randomness),
    jobs,
    desk: {
      readers,
      randomness,
      refusedPins: new RefusedPins(randomBytes),
      now: () => clock.now,
      journalFolder: join(folder, 'requests'),
      computer: { osVersion: '1', machineName: 'desk' },
    },
  }
  const server = await startAgentServer(agent, {
    port,
    allowedOrigins: new Set([portal, otherPortal]),
    patience,
    onRefused: origin => void refused.push(origin),
    onFault: error => void faults.push(error),
  })
  t.after(async () => {
    stopWatching()
    await server.close()
    await jobs.end()
    await rm(folder, { recursive: true })
  })
  async function call(method: string, path: string, options: CallOptions = {}): Promise<CallAnswer> {
    const { origin = portal, token, body, headers = {} } = options
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: {
        origin,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const parsed = text === '' ? {} : JSON.parse(text)
    return { status: response.status, headers: response.headers, body: parsed, code: parsed.error?.code }
  }
  return {
    port,
    agent,
    console,
    stateFile,
    refused,
    faults,
    get now() {
      return clock.now
    },
    set now(now) {
      clock.now = now
    },
    call,
    async pair(origin = portal) {
      await call('POST', '/pairings', { origin, body: {} })
      const { body } = await call('POST', '/tokens', { origin, body: { code: console.lastCode() } })
      return String(body['token'])
    },
    send: (...text) => exchange(port, text),
  }
}

function exchange(port: number, text: readonly (string | Uint8Array)[]): Promise<string> {
  return new Promise(resolve => {
    let heard = ''
    const socket = connect(port, '127.0.0.1', () => {
      for (const each of text) socket.write(each)
    })
    socket.setEncoding('latin1').on('data', chunk => {
      heard += chunk
    })
    socket.on('error', () => undefined).once('close', () => resolve(heard))
  })
}
