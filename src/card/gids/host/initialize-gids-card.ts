import { statusWord } from '../../apdu/status-word.ts'
import type { CardExchange } from '../../host/card-exchange.ts'
import { statusWordError } from '../../host/status-word-error.ts'
import { unexpectedAnswer } from '../../host/unexpected-answer.ts'
import { adminKeyFile, applicationFile } from '../gids-identifiers.ts'
import { adminKeyControlParameters, dataFiles, initialContents } from '../personal-card-files.ts'
import { putAdminKey, requireKeyForm } from './gids-administrator.ts'
import { requirePinForm, setFirstPin } from './gids-pin.ts'
import type { MinidriverFileSystem } from './minidriver-file-system.ts'

export interface GidsInitialization {
  /** A GUID, as `parseCardId` reads it. */
  readonly cardId: string
  /** 24 bytes. */
  readonly adminKey: Uint8Array
  readonly pin: string
}

/**
 * Furnishes a card that its maker delivered blank: PIN, files, admin key, the minidriver's files, and last the activation that
 * ends the time in which anybody may do this. What was cut short is begun again.
 *
 * @throws CardError 'already-initialized', 'invalid-card-id', 'invalid-key', 'invalid-pin'
 */
export async function initializeGidsCard(
  exchange: CardExchange,
  files: MinidriverFileSystem,
  { cardId, adminKey, pin }: GidsInitialization,
): Promise<void> {
  const contents = initialContents(cardId)
  requireKeyForm(adminKey)
  requirePinForm(pin)
  await setFirstPin(exchange, pin)
  for (const { identifier, controlParameters } of dataFiles) {
    await createFile(exchange, identifier, controlParameters)
  }
  await createFile(exchange, adminKeyFile, adminKeyControlParameters)
  await putAdminKey(exchange, adminKey)
  files.forget()
  for (const { place, content } of contents) await files.write(place, content)
  if (!(await isSelected(exchange, applicationFile))) {
    throw unexpectedAnswer('The card does not select its own application.')
  }
  await exchange.perform('end its initialization', { ins: 0x44, p1: 0x00, p2: 0x00 })
}

async function createFile(
  exchange: CardExchange,
  identifier: number,
  controlParameters: Uint8Array,
): Promise<void> {
  const { statusWord: word } = await exchange.send({ ins: 0xe0, p1: 0x00, p2: 0x00, data: controlParameters })
  // An initialization that was cut short has made it, and may not have activated it. Each card says that in another way.
  if (word !== statusWord.success && !(await isSelected(exchange, identifier))) {
    throw statusWordError(word, 'create a file')
  }
  await exchange.perform('activate a file', { ins: 0x44, p1: 0x00, p2: 0x00 })
}

/** Whether there is such a file; of one that is not activated yet a card may warn (ISO/IEC 7816-4 table 6). */
async function isSelected(exchange: CardExchange, identifier: number): Promise<boolean> {
  const data = Uint8Array.of(identifier >> 8, identifier & 0xff)
  const { statusWord: word } = await exchange.send({ ins: 0xa4, p1: 0x00, p2: 0x0c, data })
  return word === statusWord.success || word === statusWord.fileDeactivated
}
