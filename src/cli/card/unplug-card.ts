import { existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { UsageError } from '../usage-error.ts'
import type { CardFiles } from './card-files.ts'
import { type PlugState, readPlugState, removePlugState } from './plug-state.ts'

const patience = 15_000
const checkInterval = 50

/**
 * Asks the process that keeps a card in a reader to end, by removing the file with its state: a signal might hit another
 * process that has got its number. Resolves to what that process was once it has let go of the card. Throws UsageError.
 */
export async function unplugCard(card: CardFiles): Promise<PlugState> {
  const state = await readPlugState(card)
  await removePlugState(card)
  if (state === null) throw new UsageError(`The card ${card.name} is in no reader.`)
  for (let waited = 0; existsSync(card.lockFile); waited += checkInterval) {
    if (waited >= patience) {
      throw new UsageError(`Process ${state.process} does not let go of the card ${card.name}. End it.`)
    }
    await setTimeout(checkInterval)
  }
  return state
}
