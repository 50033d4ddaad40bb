import { findValue, readTemplate } from '../../apdu/ber-tlv.ts'
import { statusWord } from '../../apdu/status-word.ts'
import type { CardConnection } from '../../card-connection.ts'
import { CardError } from '../../card-error.ts'
import { CardExchange } from '../../host/card-exchange.ts'
import { applicationIdentifier, instruction, unversionedLength } from '../piv-identifiers.ts'
import { ConnectedPivCard } from './connected-piv-card.ts'
import type { PivCard, PivCardOptions } from './piv-card.ts'

/**
 * Finds the PIV application on a card in a reader, by its identifier and its answer alone (SP 800-73-4 part 2 §3.1.1).
 *
 * @throws CardError 'no-such-application', 'unexpected-answer'; what the connection throws
 */
export async function openPivCard(connection: CardConnection, options: PivCardOptions): Promise<PivCard> {
  const exchange = new CardExchange(command => connection.transmit(command))
  const { data, statusWord: word } = await exchange.send({
    ins: instruction.select,
    p1: 0x04,
    p2: 0x00,
    data: applicationIdentifier.subarray(0, unversionedLength),
    expectsData: true,
  })
  if (word !== statusWord.success || !isApplicationProperties(data)) {
    throw new CardError(
      'no-such-application',
      'The card has no PIV application. Use a card with one, or a GIDS card where that is supported.',
    )
  }
  return new ConnectedPivCard(connection, exchange, options)
}

/** The application property template (SP 800-73-4 part 2 table 3); some cards name themselves in full, some shortly. */
function isApplicationProperties(answer: Uint8Array): boolean {
  try {
    return findValue(readTemplate(answer, 0x61), 0x4f) !== undefined
  } catch (error) {
    if (error instanceof CardError) return false
    throw error
  }
}
