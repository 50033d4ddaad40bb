import { randomBytes } from 'node:crypto'
import { AgentStateFile } from '../../client/agent/agent-state.ts'
import { OriginTokens } from '../../client/agent/origin-tokens.ts'
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

/** Withdraws a consent; a running agent heeds it from its next call on. Throws UsageError. */
export async function forgetOrigin(origin: string): Promise<void> {
  if (!(await openOriginTokens().forget(origin))) {
    throw new UsageError(`${origin} had no consent. "cardinal agent origins" lists those that have.`)
  }
  process.stdout.write(`${origin} may not use the cards any more.\n`)
}
