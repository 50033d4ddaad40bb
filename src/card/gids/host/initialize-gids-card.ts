import { statusWord } from '../../apdu/status-word.ts'
import { cardIdFileBytes } from '../../card-id.ts'
import type { CardExchange } from '../../host/card-exchange.ts'
import { statusWordError } from '../../host/status-word-error.ts'
import { dataFileControlParameters, keyFileControlParameters } from '../file-control-parameters.ts'
import { adminKeyFile, adminKeyReference, applicationFile, minidriverFile } from '../gids-identifiers.ts'
import { tripleDesMechanism } from '../key-mechanism.ts'
import { encodeMasterFile, initialMasterFile } from '../minidriver-files.ts'
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

const always = 0x00
const never = 0xff
const administrator = 0x20
const either = 0x30

/** One file for each way of access (minidriver specification, appendix on GIDS): identifier, who reads, who writes. */
const dataFiles = [
  [0xa000, always, either],
  [0xa010, always, either],
  [0xa011, never, either],
  [0xa012, always, administrator],
  [0xa013, either, either],
  [0xa014, administrator, administrator],
] as const

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
  const cardIdContent = cardIdFileBytes(cardId)
  requireKeyForm(adminKey)
  requirePinForm(pin)
  await setFirstPin(exchange, pin)
  for (const [identifier, get, put] of dataFiles) {
    await createFile(exchange, identifier, dataFileControlParameters(identifier, get, put))
  }
  const rule = Uint8Array.of(0x87, always, administrator, never)
  const usage = { template: 0xa4, mechanism: tripleDesMechanism }
  await createFile(exchange, adminKeyFile, keyFileControlParameters(adminKeyReference, rule, [usage]))
  await putAdminKey(exchange, adminKey)
  files.forget()
  await files.write(minidriverFile.cardApplications, Buffer.from('mscp\0\0\0\0', 'ascii'))
  await files.write(minidriverFile.cardCache, new Uint8Array(6))
  await files.write(minidriverFile.containerMap, new Uint8Array())
  await files.write(minidriverFile.cardId, cardIdContent)
  await files.write(minidriverFile.masterFile, encodeMasterFile(initialMasterFile))
  await select(exchange, applicationFile)
  await exchange.perform('end its initialization', { ins: 0x44, p1: 0x00, p2: 0x00 })
}

async function createFile(
  exchange: CardExchange,
  identifier: number,
  controlParameters: Uint8Array,
): Promise<void> {
  const { statusWord: word } = await exchange.send({ ins: 0xe0, p1: 0x00, p2: 0x00, data: controlParameters })
  // An initialization that was cut short has made it, and may not have activated it.
  if (word === statusWord.fileAlreadyExists || word === 0x6a8a) await select(exchange, identifier)
  else if (word !== statusWord.success) throw statusWordError(word, 'create a file')
  await exchange.perform('activate a file', { ins: 0x44, p1: 0x00, p2: 0x00 })
}

async function select(exchange: CardExchange, identifier: number): Promise<void> {
  const data = Uint8Array.of(identifier >> 8, identifier & 0xff)
  await exchange.perform('select a file', { ins: 0xa4, p1: 0x00, p2: 0x0c, data })
}
