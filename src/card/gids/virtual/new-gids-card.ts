import type { DataObject } from '../../apdu/ber-tlv.ts'
import { CardError } from '../../card-error.ts'
import { cardIdFileBytes } from '../../card-id.ts'
import { allTries } from '../../virtual/try-counter.ts'
import { dataFileControlParameters, keyFileControlParameters } from '../file-control-parameters.ts'
import { adminKeyReference, minidriverFile } from '../gids-identifiers.ts'
import { tripleDesMechanism } from '../key-mechanism.ts'
import { encodeMasterFile, initialMasterFile } from '../minidriver-files.ts'
import type { CardFile, DataFile, GidsCardState } from './card-state.ts'
import { newFile } from './new-file.ts'

export interface NewGidsCardOptions {
  /** Wrong PINs in a row that block the PIN, 1 to 15; 5 by default. */
  readonly pinTries?: number
  /** Wrong responses in a row that block the administrator for good, 1 to 255; 5 by default. */
  readonly adminTries?: number
}

export interface PersonalGidsCardOptions extends NewGidsCardOptions {
  /** A GUID, as `parseCardId` reads it. */
  readonly cardId: string
  /** 24 bytes; weak keys are accepted, as they are what new cards come with. */
  readonly adminKey: Uint8Array
  /** 4 to 127 characters of ASCII. */
  readonly pin: string
}

const defaultTries = 5
const always = 0x00
const never = 0xff
const pinHolder = 0x10
const administrator = 0x20
const either = pinHolder | administrator

/** A card as its maker delivers it: empty, in creation, for whoever furnishes it first. */
export function newGidsCardState(options: NewGidsCardOptions = {}): GidsCardState {
  const pinTries = options.pinTries ?? defaultTries
  const adminTries = options.adminTries ?? defaultTries
  // More than 15 tries cannot be told in a '63Cx'.
  if (!isCount(pinTries, 15) || !isCount(adminTries, 255)) {
    throw new RangeError('A card gives 1 to 15 tries for its PIN and 1 to 255 to its administrator.')
  }
  return {
    lifeCycle: 'creation',
    pinTries: allTries(pinTries),
    adminTries: allTries(adminTries),
    files: [],
  }
}

/**
 * A card as Windows' tool for virtual smart cards hands it out: the minidriver's files written, no keys, operational.
 *
 * @throws CardError 'invalid-card-id', 'invalid-key', 'invalid-pin'; RangeError for numbers of tries out of range
 */
export function personalGidsCardState(options: PersonalGidsCardOptions): GidsCardState {
  const { adminKey, pin } = options
  if (adminKey.length !== 24) {
    throw new CardError('invalid-key', `An admin key has 24 bytes, not ${adminKey.length}.`)
  }
  if (!/^[ -~]{4,127}$/.test(pin)) {
    throw new CardError('invalid-pin', 'The card cannot hold this PIN. Choose 4 to 127 characters of ASCII.')
  }
  return {
    ...newGidsCardState(options),
    lifeCycle: 'operational',
    pin: Uint8Array.from(Buffer.from(pin, 'ascii')),
    files: [...dataFiles(cardIdFileBytes(options.cardId)), adminKeyFile(adminKey)],
  }
}

/** One file for each way of access (Windows' minidriver specification, appendix on GIDS). */
function dataFiles(cardId: Uint8Array): CardFile[] {
  const { masterFile, cardApplications, cardCache, containerMap } = minidriverFile
  return [
    dataFile(0xa000, always, either, [{ tag: masterFile.tag, value: encodeMasterFile(initialMasterFile) }]),
    dataFile(0xa010, always, either, [
      { tag: cardApplications.tag, value: Uint8Array.from(Buffer.from('mscp\0\0\0\0', 'ascii')) },
      { tag: cardCache.tag, value: new Uint8Array(6) },
      { tag: containerMap.tag, value: new Uint8Array() },
    ]),
    dataFile(0xa011, never, either, []),
    dataFile(0xa012, always, administrator, [{ tag: minidriverFile.cardId.tag, value: cardId }]),
    dataFile(0xa013, either, either, []),
    dataFile(0xa014, administrator, administrator, []),
  ]
}

function dataFile(identifier: number, get: number, put: number, objects: DataObject[]): CardFile {
  const file = newFile(dataFileControlParameters(identifier, get, put))
  return { ...file, kind: 'data', isActive: true, objects } satisfies DataFile
}

/** Selected by anybody, replaced by the administrator, read by nobody. */
function adminKeyFile(adminKey: Uint8Array): CardFile {
  const accessRule = Uint8Array.of(0x87, always, administrator, never)
  const usage = { template: 0xa4, mechanism: tripleDesMechanism }
  const file = newFile(keyFileControlParameters(adminKeyReference, accessRule, [usage]))
  return {
    ...file,
    kind: 'key',
    isActive: true,
    key: { kind: 'symmetric', value: Uint8Array.from(adminKey) },
  }
}

function isCount(value: number, maximum: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= maximum
}
