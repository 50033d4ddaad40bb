import { CardError } from '../card-error.ts'

/** The application that a virtual card has. */
export type CardPersonality = 'GIDS' | 'PIV'

/** The tag around the stored state of a card, which tells whose it is. */
export const cardStateTag = { GIDS: 0xe1, PIV: 0xe2 } as const satisfies Record<CardPersonality, number>

const personalities = ['GIDS', 'PIV'] as const satisfies readonly CardPersonality[]

/**
 * Which card the stored state of one is, by its leading tag, so that the right one can be opened from it.
 *
 * @throws CardError 'invalid-card-state'
 */
export function personalityOf(content: Uint8Array): CardPersonality {
  const personality = personalities.find(candidate => cardStateTag[candidate] === content[0])
  if (personality !== undefined) return personality
  throw new CardError(
    'invalid-card-state',
    'The stored state is that of no virtual card that is known here. Open it with the version that wrote it.',
  )
}
