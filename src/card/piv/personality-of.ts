import { CardError } from '../card-error.ts'
import { pivCardTag } from './virtual/card-state-encoding.ts'

/** The application that a virtual card has. */
export type CardPersonality = 'GIDS' | 'PIV'

const personalities: ReadonlyMap<number, CardPersonality> = new Map([
  [0xe1, 'GIDS'],
  [pivCardTag, 'PIV'],
])

/**
 * Which card the stored state of one is, by its leading tag, so that the right one can be opened from it.
 *
 * @throws CardError 'invalid-card-state'
 */
export function personalityOf(content: Uint8Array): CardPersonality {
  const personality = personalities.get(content[0] ?? 0)
  if (personality !== undefined) return personality
  throw new CardError(
    'invalid-card-state',
    'The stored state is that of no virtual card that is known here. Open it with the version that wrote it.',
  )
}
