import { randomBytes } from 'node:crypto'
import { AgentStateFile } from '../../client/agent/agent-state.ts'
import { OriginTokens } from '../../client/agent/origin-tokens.ts'
import { listJournalFiles } from '../../client/enrollment/journal-file.ts'
import { journalFolder } from '../enrollment/interrupted-requests.ts'
import { UsageError } from '../usage-error.ts'
import { agentFiles } from './agent-files.ts'

export function openOriginTokens(): OriginTokens {
  return new OriginTokens(new AgentStateFile(agentFiles().stateFile), { now: () => new Date(), randomBytes })
}

/** Prints the origins that may use the cards. */
export async function listOrigins(): Promise<void> {
  const origins = await openOriginTokens().list()
  if (origins.length === 0) process.stdout.write('No origin may use the cards.\n')
  for (const { origin, consented, tokens } of origins) {
    const browsers = tokens.length === 1 ? '1 browser' : `${tokens.length} browsers`
    process.stdout.write(`${origin}  allowed ${consented.slice(0, 10)}, paired with ${browsers}\n`)
  }
}

/**
 * Withdraws a consent. A running agent answers nothing more to that origin, and begins no further step of its jobs. Throws
 * UsageError.
 */
export async function forgetOrigin(origin: string): Promise<void> {
  if (!(await openOriginTokens().forget(origin))) {
    throw new UsageError(`${origin} had no consent. "cardinal agent origins" lists those that have.`)
  }
  process.stdout.write(`${origin} may not use the cards any more.\n`)
  for (const { journal } of await listJournalFiles(journalFolder())) {
    if (new URL(journal.server).origin !== origin || journal.target.kind !== 'reader') continue
    process.stdout.write(
      `The request ${journal.requestUuid ?? 'begun there'} is not finished. "cardinal ${journal.operation.toLowerCase()} ` +
        '--resume" goes on with it, --cancel instead gives it up.\n',
    )
  }
}
