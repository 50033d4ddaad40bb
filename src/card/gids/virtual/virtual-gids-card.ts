import type { ApduCard } from '../../apdu/apdu-card.ts'
import { encodeDataObject, readDataObjects, requireValue } from '../../apdu/ber-tlv.ts'
import type { CommandApdu } from '../../apdu/command-apdu.ts'
import { statusWord } from '../../apdu/status-word.ts'
import { isEqual } from '../../is-equal.ts'
import type { CardStateStore } from '../../virtual/card-state-store.ts'
import { CommandRefusal } from '../../virtual/command-refusal.ts'
import {
  createVirtualCard,
  type Instruction,
  openVirtualCard,
  type VirtualCardOptions,
} from '../../virtual/virtual-card.ts'
import { applicationFile } from '../gids-identifiers.ts'
import {
  changeReferenceData,
  generalAuthenticate,
  getChallenge,
  resetRetryCounter,
  verify,
} from './authentication-commands.ts'
import { CardSession } from './card-session.ts'
import type { GidsCardState } from './card-state.ts'
import { decodeCardState, encodeCardState } from './card-state-encoding.ts'
import { activateFile, createFile, deleteFile, getFileData, putFileData, select } from './file-commands.ts'
import {
  generateAsymmetricKeyPair,
  getPublicKey,
  manageSecurityEnvironment,
  performSecurityOperation,
  putKey,
} from './key-commands.ts'

/** That of Windows' virtual smart cards: T=1, historical bytes that name the GIDS application. */
const answerToReset = '3b8d0180fba000000397425446590301c8'

const instructions: ReadonlyMap<number, Instruction<CardSession>> = new Map([
  [0x20, verify],
  [0x22, manageSecurityEnvironment],
  [0x24, changeReferenceData],
  [0x2a, performSecurityOperation],
  [0x2c, resetRetryCounter],
  [0x44, activateFile],
  [0x47, generateAsymmetricKeyPair],
  [0x84, getChallenge],
  [0x87, generalAuthenticate],
  [0xa4, select],
  [0xcb, getData],
  [0xdb, putData],
  [0xe0, createFile],
  [0xe4, deleteFile],
])

const application = {
  answerToReset,
  encoding: { encode: encodeCardState, decode: decodeCardState },
  instructions,
}

/** Stores a new card, in the place of whatever the store holds. */
export function createVirtualGidsCard(state: GidsCardState, store: CardStateStore): Promise<void> {
  return createVirtualCard(application, state, store)
}

/**
 * A GIDS card in software (Generic Identity Device Specification 2.0): what Windows' minidriver and OpenSC see of such a
 * card. Private keys are generated inside or put in, and no command brings one out.
 *
 * @throws CardError 'invalid-card-state'; what the store throws
 */
export function openVirtualGidsCard({ store, randomBytes }: VirtualCardOptions): Promise<ApduCard> {
  return openVirtualCard(application, store, state => new CardSession(state, randomBytes))
}

async function getData(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  if (((command.p1 << 8) | command.p2) !== applicationFile) return getFileData(session, command)
  return command.data[0] === 0x70 ? getPublicKey(session, command) : getPinStatus(session, command)
}

async function putData(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  const isKey = ((command.p1 << 8) | command.p2) === applicationFile
  return isKey ? putKey(session, command) : putFileData(session, command)
}

/** Tries left (97) and their limit (93) of the PIN, under either of its names (GIDS §11, GET DATA). */
async function getPinStatus(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  const wanted = requireValue(readDataObjects(command.data), 0x5c)
  const tag = [0x7f71, 0x7f72].find(tag => isEqual(wanted, Uint8Array.of(tag >> 8, tag & 0xff)))
  if (tag === undefined) throw new CommandRefusal(statusWord.referencedDataNotFound)
  const { left, limit } = session.state.pinTries
  return encodeDataObject(
    tag,
    encodeDataObject(0x97, Uint8Array.of(left)),
    encodeDataObject(0x93, Uint8Array.of(limit)),
  )
}
