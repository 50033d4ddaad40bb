import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { isProcessRunning } from '../../client/card-reader/is-process-running.ts'
import type { CardFiles } from './card-files.ts'

/** What the process that keeps a card in a reader says of itself. */
export interface PlugState {
  readonly process: number
  /** HOST:PORT of vpcd. */
  readonly vpcd: string
  readonly isInReader: boolean
  /** As PC/SC calls it; null where that cannot be asked, or the card is in none. */
  readonly reader: string | null
}

export async function writePlugState({ plugFile }: CardFiles, state: PlugState): Promise<void> {
  const temporary = `${plugFile}.new`
  await writeFile(temporary, `${JSON.stringify(state)}\n`, { mode: 0o600 })
  await rename(temporary, plugFile)
}

export async function removePlugState({ plugFile }: CardFiles): Promise<void> {
  await rm(plugFile, { force: true })
}

/** Null where no process has the card; one that was killed leaves its file, which then counts for nothing. */
export async function readPlugState({ plugFile }: CardFiles): Promise<PlugState | null> {
  const text = await readFile(plugFile, 'utf8').catch(() => '')
  const state = parse(text)
  return isPlugState(state) && isProcessRunning(state.process) ? state : null
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isPlugState(state: unknown): state is PlugState {
  if (typeof state !== 'object' || state === null) return false
  return (
    'process' in state &&
    Number.isInteger(state.process) &&
    'vpcd' in state &&
    typeof state.vpcd === 'string' &&
    'isInReader' in state &&
    typeof state.isInReader === 'boolean' &&
    'reader' in state &&
    (state.reader === null || typeof state.reader === 'string')
  )
}
