import { randomBytes } from 'node:crypto'
import type { ApduCard } from '../../../../src/card/apdu/apdu-card.ts'
import type { CardConnection } from '../../../../src/card/card-connection.ts'
import type { GidsSmartCard } from '../../../../src/card/gids/host/gids-card.ts'
import { openGidsCard } from '../../../../src/card/gids/host/open-gids-card.ts'

/** A card in software, spoken to as one in a reader. */
export function connectionTo(card: ApduCard): CardConnection {
  return {
    answerToReset: card.answerToReset,
    transmit: command => card.transmit(command),
    disconnect: () => card.reset(),
  }
}

export function open(connection: CardConnection): Promise<GidsSmartCard> {
  return openGidsCard(connection, { randomBytes })
}
