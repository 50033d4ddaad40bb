import { CardError } from '../../card-error.ts'
import { allTries } from '../../virtual/try-counter.ts'
import { adminKeyControlParameters, dataFiles, initialContents } from '../personal-card-files.ts'
import type { CardFile, GidsCardState } from './card-state.ts'
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
    files: [...minidriverFiles(options.cardId), adminKeyFile(adminKey)],
  }
}

function minidriverFiles(cardId: string): CardFile[] {
  const contents = initialContents(cardId)
  return dataFiles.map(({ identifier, controlParameters }) => ({
    ...newFile(controlParameters),
    kind: 'data',
    isActive: true,
    objects: contents
      .filter(({ place }) => place.file === identifier)
      .map(({ place, content }) => ({ tag: place.tag, value: content })),
  }))
}

function adminKeyFile(adminKey: Uint8Array): CardFile {
  return {
    ...newFile(adminKeyControlParameters),
    kind: 'key',
    isActive: true,
    key: { kind: 'symmetric', value: Uint8Array.from(adminKey) },
  }
}

function isCount(value: number, maximum: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= maximum
}
