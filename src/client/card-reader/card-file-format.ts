import { CardFileError } from './card-file-error.ts'
import type { SealedKey } from './key-sealer.ts'

/** How the key of a sealed card file is kept. */
export interface CardFileSeal {
  readonly sealedKey: SealedKey
  /** Whether a passphrase is needed besides. */
  readonly hasPassphrase: boolean
}

/** What stays the same each time that a card is saved. */
export interface CardFileOpening {
  readonly salt: Uint8Array
  /** Null where a passphrase or key alone opens the file. */
  readonly seal: CardFileSeal | null
}

export interface CardFileParts extends CardFileOpening {
  readonly nonce: Uint8Array
  /** The first byte of the state, which says what card it is. */
  readonly firstStateByte: number
  /** Everything before the ciphertext. */
  readonly header: Uint8Array
  readonly ciphertext: Uint8Array
  readonly tag: Uint8Array
}

export const saltLength = 16
export const nonceLength = 12
export const tagLength = 16
/** Far above what a card holds. */
export const maximumLength = 4 * 1024 * 1024

const plainMagic = Buffer.from('Cardinal card 1\n', 'ascii')
const sealedMagic = Buffer.from('Cardinal card 2\n', 'ascii')
/** By a TPM; 1 without a passphrase, 2 with one. */
const sealKinds = { withoutPassphrase: 1, withPassphrase: 2 } as const
/** TPM_ALG_SHA256 and the digest (TPM 2.0 Library, Part 1, §16). */
const nameAlgorithm = 0x000b
const nameLength = 2 + 32
/** Of a sealed key of 32 bytes they have 48 and 160. */
const longestPublicPart = 256
const longestPrivatePart = 1024

/** The beginning of a card file, up to its nonce. */
export function encodeOpening({ salt, seal }: CardFileOpening): Buffer {
  if (seal === null) return Buffer.concat([plainMagic, salt])
  const { sealerName, publicPart, privatePart } = seal.sealedKey
  const kind = seal.hasPassphrase ? sealKinds.withPassphrase : sealKinds.withoutPassphrase
  return Buffer.concat([sealedMagic, salt, Buffer.of(kind), sealerName, publicPart, privatePart])
}

/** Takes a card file apart. @throws CardFileError where it is another file */
export function parseCardFile(content: Uint8Array): CardFileParts {
  const reader = new PartReader(content)
  const magic = reader.take(plainMagic.length)
  const isSealed = sealedMagic.equals(magic)
  if (!isSealed && !plainMagic.equals(magic)) throw noCardFile()
  const salt = reader.take(saltLength)
  const seal = isSealed ? readSeal(reader) : null
  const nonce = reader.take(nonceLength)
  const [firstStateByte] = reader.take(1)
  if (firstStateByte === undefined) throw noCardFile()
  const headerLength = reader.position
  const ciphertext = reader.take(content.length - headerLength - tagLength)
  const tag = reader.take(tagLength)
  return { salt, seal, nonce, firstStateByte, header: content.subarray(0, headerLength), ciphertext, tag }
}

function readSeal(reader: PartReader): CardFileSeal {
  const [kind] = reader.take(1)
  if (kind !== sealKinds.withoutPassphrase && kind !== sealKinds.withPassphrase) throw noCardFile()
  const sealerName = reader.take(nameLength)
  if (Buffer.from(sealerName).readUInt16BE() !== nameAlgorithm) throw noCardFile()
  const publicPart = reader.takeSized(longestPublicPart)
  const privatePart = reader.takeSized(longestPrivatePart)
  return {
    sealedKey: { sealerName, publicPart, privatePart },
    hasPassphrase: kind === sealKinds.withPassphrase,
  }
}

class PartReader {
  readonly #content: Uint8Array
  position = 0

  constructor(content: Uint8Array) {
    this.#content = content
  }

  take(length: number): Uint8Array {
    const end = this.position + length
    if (length < 0 || end > this.#content.length) throw noCardFile()
    const part = this.#content.subarray(this.position, end)
    this.position = end
    return part
  }

  /** A TPM2B with its two bytes of length before it (TPM 2.0 Library, Part 2, §10.4). */
  takeSized(longest: number): Uint8Array {
    const start = this.position
    const length = Buffer.from(this.take(2)).readUInt16BE()
    if (length === 0 || 2 + length > longest) throw noCardFile()
    this.position = start
    return this.take(2 + length)
  }
}

function noCardFile(): CardFileError {
  return new CardFileError('The file is not the file of a virtual card.')
}
