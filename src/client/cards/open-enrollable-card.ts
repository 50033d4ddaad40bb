import type { CardConnection } from '../../card/card-connection.ts'
import { CardError } from '../../card/card-error.ts'
import { openGidsCard } from '../../card/gids/host/open-gids-card.ts'
import { openPivCard } from '../../card/piv/host/open-piv-card.ts'
import type { EnrollableCard } from './enrollable-card.ts'
import { type CardRandomness, gidsEnrollableCard } from './gids-enrollable-card.ts'
import { pivEnrollableCard } from './piv-enrollable-card.ts'

/**
 * Recognises a card by the applications on it, GIDS before PIV, never by its answer to reset. Where it is neither, the
 * connection is let go of.
 *
 * @throws CardError 'no-such-application'; what the connection throws
 */
export async function openEnrollableCard(
  connection: CardConnection,
  randomness: CardRandomness,
): Promise<EnrollableCard> {
  try {
    const gids = await unlessAbsent(openGidsCard(connection, randomness))
    if (gids !== null) return gidsEnrollableCard(gids, randomness)
    const piv = await unlessAbsent(openPivCard(connection, randomness))
    if (piv !== null) return pivEnrollableCard(piv)
  } catch (error) {
    await connection.disconnect()
    throw error
  }
  await connection.disconnect()
  throw new CardError(
    'no-such-application',
    'The card has neither a GIDS nor a PIV application. Use a card that has one.',
  )
}

async function unlessAbsent<Card>(opening: Promise<Card>): Promise<Card | null> {
  try {
    return await opening
  } catch (error) {
    if (error instanceof CardError && error.code === 'no-such-application') return null
    throw error
  }
}
