import type { CardReaders } from '../../card-reader/card-readers.ts'
import type { CardRandomness } from '../../cards/gids-enrollable-card.ts'
import { AgentError } from '../agent-error.ts'
import type { RefusedPins } from '../refused-pins.ts'

/** What jobs work with. */
export interface CardDesk {
  readonly readers: CardReaders
  readonly randomness: CardRandomness
  /** No job sends one of them again. */
  readonly refusedPins: RefusedPins
  readonly now: () => Date
  /** Where the requests that were interrupted are written down, those of other programs of this user's too. */
  readonly journalFolder: string
  /** What certificate requests say of this computer. */
  readonly computer: { readonly osVersion: string; readonly machineName: string }
}

/** The card that the page showed to its user. */
export interface ShownCard {
  readonly reader: string
  /** null for a blank one. */
  readonly cardId: string | null
}

/** @throws AgentError card-changed: what was shown to the user is not what would be written to */
export function requireShownCard(shown: ShownCard, cardId: string | null): void {
  if (cardId?.toLowerCase() === shown.cardId?.toLowerCase()) return
  throw new AgentError(
    'card-changed',
    `The card in the reader is another one now (${cardId ?? 'a blank one'}). Look at the readers again.`,
  )
}
