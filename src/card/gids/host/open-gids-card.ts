import { findValue, readDataObjects } from '../../apdu/ber-tlv.ts'
import { statusWord } from '../../apdu/status-word.ts'
import type { CardConnection } from '../../card-connection.ts'
import { CardError } from '../../card-error.ts'
import { CardExchange } from '../../host/card-exchange.ts'
import { isEqual } from '../../is-equal.ts'
import { gidsApplication } from '../gids-identifiers.ts'
import { GidsCard, type GidsCardOptions, type GidsSmartCard } from './gids-card.ts'
import { readPinTries } from './gids-pin.ts'

/**
 * Finds the GIDS application on a card in a reader, by its identifier and its answers alone.
 *
 * @throws CardError 'no-such-application', 'unexpected-answer'; what the connection throws
 */
export async function openGidsCard(
  connection: CardConnection,
  options: GidsCardOptions,
): Promise<GidsSmartCard> {
  const exchange = new CardExchange(command => connection.transmit(command))
  const { data, statusWord: word } = await exchange.send({
    ins: 0xa4,
    p1: 0x04,
    p2: 0x00,
    data: gidsApplication,
    expectsData: true,
  })
  // Some cards answer every SELECT with success; only a GIDS application names itself or tells of a GIDS PIN.
  const isGids =
    word === statusWord.success && (namesGids(data) || (await readPinTries(exchange)) !== undefined)
  if (!isGids) {
    throw new CardError(
      'no-such-application',
      'The card has no GIDS application. Use a card with one, or a PIV card where that is supported.',
    )
  }
  return new GidsCard(connection, exchange, options)
}

/** In an application template (61, 4F) or file control information (6F, 84), ISO/IEC 7816-4 §7.4 and §12.2.2. */
function namesGids(answer: Uint8Array): boolean {
  try {
    const objects = readDataObjects(answer)
    const [template, nameTag] = [findValue(objects, 0x61), 0x4f] as const
    const [information, fileNameTag] = [findValue(objects, 0x6f), 0x84] as const
    const names = [
      template && findValue(readDataObjects(template), nameTag),
      information && findValue(readDataObjects(information), fileNameTag),
    ]
    return names.some(
      name => name !== undefined && isEqual(name.subarray(0, gidsApplication.length), gidsApplication),
    )
  } catch (error) {
    if (error instanceof CardError) return false
    throw error
  }
}
