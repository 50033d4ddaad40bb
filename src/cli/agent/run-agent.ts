import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { hostname, release } from 'node:os'
import path from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { AgentConsole } from '../../client/agent/agent-console.ts'
import type { Agent } from '../../client/agent/http/agent-routes.ts'
import { startAgentServer } from '../../client/agent/http/agent-server.ts'
import { JobBook } from '../../client/agent/jobs/job-book.ts'
import { PairingCodes } from '../../client/agent/pairing-codes.ts'
import { ReaderDesk } from '../../client/agent/reader-desk.ts'
import { RefusedPins } from '../../client/agent/refused-pins.ts'
import type { CardReaders } from '../../client/card-reader/card-readers.ts'
import { printableText } from '../../client/printable-text.ts'
import { trustCertificationAuthorities } from '../../client/trusted-authorities.ts'
import { openReaders } from '../card/open-readers.ts'
import { journalFolder } from '../enrollment/interrupted-requests.ts'
import { UsageError } from '../usage-error.ts'
import { version } from '../version.ts'
import { agentFiles } from './agent-files.ts'
import { AttachedConsole } from './attached-console.ts'
import { openOriginTokens } from './origins.ts'
import { TerminalConsole } from './terminal-console.ts'

export interface RunAgentOptions {
  readonly port: number
  readonly allowedOrigins: readonly string[]
  /** PEM, of further authorities that certify servers. */
  readonly authorities: string | null
}

/** Refused origins that are named in a process's life; what else is refused is nobody's mistake. */
const mostNamedOrigins = 20

/** Runs until it is told to stop. Throws UsageError, CardError where there is no PC/SC. */
export async function runAgent({ port, allowedOrigins, authorities }: RunAgentOptions): Promise<void> {
  // What browsers of this computer trust, the agent does.
  setDefaultCACertificates([...new Set([...getCACertificates('default'), ...getCACertificates('system')])])
  if (authorities !== null) trustCertificationAuthorities(authorities)
  const readers = await openReaders()
  const { console, open, close } = chooseConsole()
  const agent = assembleAgent(readers, console)
  try {
    const server = await listen(agent, port, allowedOrigins)
    await open()
    agent.tokens.watch(() => agent.jobs.endWithdrawn())
    process.stdout.write(`The agent serves ${allowedOrigins.join(', ')} on ${server.addresses.join(', ')}.\n`)
    await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT'), once(process, 'SIGHUP')])
    await server.close()
    await agent.jobs.end()
  } finally {
    close()
  }
  // PC/SC is asked for changes by a thread that cannot be interrupted.
  process.exit()
}

/** This terminal, or where there is none, one that may be attached: opened once no other agent is in the way. */
function chooseConsole(): { console: AgentConsole; open(): Promise<void>; close(): void } {
  if (process.stdin.isTTY) {
    const console = new TerminalConsole()
    return { console, open: async () => undefined, close: () => console.close() }
  }
  const { controlSocket } = agentFiles()
  if (controlSocket === null) throw new UsageError('On Windows the agent runs in a terminal of its own.')
  const console = new AttachedConsole()
  return {
    console,
    async open() {
      await mkdir(path.dirname(controlSocket), { recursive: true, mode: 0o700 })
      await console.listen(controlSocket)
    },
    close: () => console.close(),
  }
}

function assembleAgent(readers: CardReaders, console: AgentConsole): Agent {
  const randomness = {
    randomBytes,
    randomUuid: randomUUID,
    randomInteger: (limit: number) => randomInt(limit),
  }
  const tokens = openOriginTokens()
  const jobs = new JobBook({
    console,
    consentOf: origin => tokens.consentOf(origin),
    newId: randomUUID,
    onFault: sayFault,
  })
  return {
    version,
    console,
    tokens,
    pairing: new PairingCodes({ now: Date.now, randomInteger: randomness.randomInteger }),
    readers: new ReaderDesk(readers, jobs, randomness),
    jobs,
    desk: {
      readers,
      randomness,
      refusedPins: new RefusedPins(randomBytes),
      now: () => new Date(),
      journalFolder: journalFolder(),
      computer: {
        osVersion: release().replaceAll(/[^A-Za-z0-9.]/g, '.'),
        machineName: hostname(),
      },
    },
  }
}

async function listen(agent: Agent, port: number, allowedOrigins: readonly string[]) {
  const named = new Set<string>()
  try {
    return await startAgentServer(agent, {
      port,
      allowedOrigins: new Set(allowedOrigins),
      onFault: sayFault,
      onRefused(origin) {
        if (origin === null || named.has(origin) || named.size >= mostNamedOrigins) return
        named.add(origin)
        process.stderr.write(`cardinal agent: refused a page of ${printableText(origin, 200)}\n`)
      },
    })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new UsageError(
        `Port ${port} is taken, perhaps by an agent that runs already. Give another --port.`,
      )
    }
    throw error
  }
}

function sayFault(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(`cardinal agent: ${text}\n`)
}
